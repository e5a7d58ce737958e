import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from support.waiting import PATIENCE_S

from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.rtmo import NetworkFailed, Rtmo
from tracker.pose.rtmo_network import LARGEST_ON_CPU, RtmoNetwork
from tracker.types import NO_BOXES, Frame, Image, Pose
from tracker.weights.onnx_session import CPU, CUDA

SIDE_PX = 64  # of the pictures that the small network takes
BLUE, GREEN, RED = 0, 1, 2
Box = tuple[int, int, int, int]


@contextmanager
def _opened(
    path: Path, telemetry: InMemoryTelemetry | None = None, **options: object
) -> Iterator[Rtmo]:
    rtmo = Rtmo(path, telemetry or InMemoryTelemetry(), **{"provider": "cpu", **options})
    try:
        yield rtmo
    finally:
        rtmo.close()


def _picture(width_px: int, height_px: int, people: dict[int, Box], score: float = 0.8) -> Image:
    """Draw people, each a channel and a box in pixels, right and bottom beyond it."""
    image = np.full((height_px, width_px, 3), 50, np.uint8)
    for channel, (left, top, right, bottom) in people.items():
        image[top:bottom, left:right] = 0
        image[top:bottom, left:right, channel] = 255
        image[top:bottom, left:right, RED] = round(255 * score)
    return image


def _frame(image: Image | None) -> Frame:
    height_px, width_px = (1, 1) if image is None else image.shape[:2]
    return Frame("gate", "s", 0, 0.0, width_px, height_px, image)


def _estimate(rtmo: Rtmo, image: Image | None) -> list[Pose]:
    return rtmo.estimate(_frame(image), NO_BOXES)


@pytest.mark.parametrize(
    ("width_px", "height_px"), [(768, 576), (300, 640), (64, 64), (40, 30), (1000, 333)]
)
@pytest.mark.parametrize("batch", [None, 1, 3])
def test_people_are_found_where_they_are(
    save_rtmo: Callable[..., Path],
    tmp_path: Path,
    batch: int | None,
    width_px: int,
    height_px: int,
) -> None:
    """Box, joints and score come back in frame pixels, whatever the shapes of frame and file."""
    blue = tuple(np.multiply((0.1, 0.2, 0.4, 0.7), (width_px, height_px) * 2).astype(int))
    green = tuple(np.multiply((0.6, 0.1, 0.9, 0.9), (width_px, height_px) * 2).astype(int))
    image = _picture(width_px, height_px, {BLUE: blue, GREEN: green})
    pixel = max(max(width_px, height_px) / SIDE_PX, 1)

    with _opened(save_rtmo(tmp_path / "net.onnx", batch=batch, side_px=SIDE_PX)) as rtmo:
        poses = sorted(_estimate(rtmo, image), key=lambda pose: pose.box_px[0])

    assert len(poses) == 2
    for pose, (left, top, right, bottom) in zip(poses, (blue, green), strict=True):
        edges = np.array((left, top, right - 1, bottom - 1))
        np.testing.assert_allclose(pose.box_px, edges, atol=pixel)
        along = np.linspace(edges[:2], edges[2:], 17)
        np.testing.assert_allclose(pose.joints[:, :2], along, atol=pixel)
        np.testing.assert_allclose(pose.joints[:, 2], np.arange(17) / 16)
        assert pose.score == pytest.approx(0.8, abs=0.1)


def test_a_file_may_leave_the_pictures_size_open(
    save_rtmo: Callable[..., Path], tmp_path: Path
) -> None:
    """Such a network gets the 640 px that RTMO was trained with."""
    image = _picture(1280, 720, {BLUE: (100, 200, 300, 600)})

    with _opened(save_rtmo(tmp_path / "net.onnx", side_px=None)) as rtmo:
        (pose,) = _estimate(rtmo, image)

    np.testing.assert_allclose(pose.box_px, (100, 200, 299, 599), atol=2)


def test_an_empty_picture_has_nobody(rtmo_file: Path) -> None:
    """Neither an empty street nor a source that carries poses gives people."""
    with _opened(rtmo_file) as rtmo:
        assert _estimate(rtmo, _picture(100, 80, {})) == []
        assert _estimate(rtmo, None) == []


def test_a_shrivelled_skeleton_is_nobody(rtmo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network draws into a detail of its box is refused, and counted."""
    run, telemetry = RtmoNetwork.run, InMemoryTelemetry()

    def shrivelled(network: RtmoNetwork, pictures: np.ndarray, number: int) -> list:
        return [
            (boxes, joints * (0.1, 0.1, 1) + (20, 20, 0))
            for boxes, joints in run(network, pictures, number)
        ]

    with _opened(rtmo_file, telemetry) as rtmo:
        monkeypatch.setattr(RtmoNetwork, "run", shrivelled)
        assert _estimate(rtmo, _picture(64, 64, {BLUE: (10, 10, 50, 50)})) == []

    assert telemetry.value("poses_refused_total", reason="implausible") == 1


def test_a_slot_keeps_nothing_of_another_cameras_frame(rtmo_file: Path) -> None:
    """Where a smaller frame leaves the picture grey, the larger one before it is not seen."""
    wide = _picture(640, 160, {BLUE: (0, 0, 640, 160)})

    with _opened(rtmo_file) as rtmo:
        for _ in range(2):
            # Twice each, for two buffers take turns.
            assert [len(_estimate(rtmo, wide)) for _ in range(2)] == [1, 1]
            assert [_estimate(rtmo, _picture(160, 640, {})) for _ in range(2)] == [[], []]


def test_cameras_get_their_own_people(rtmo_file: Path) -> None:
    """Eight cameras of different sizes ask at once, again and again; each gets its own answers."""

    def watch(rtmo: Rtmo, camera: int) -> list[float]:
        strayed = []
        for step in range(20):
            left = 20 * camera + 3 * step
            image = _picture(320, 100 + 20 * camera, {GREEN: (left, 20, left + 60, 80)})
            (pose,) = _estimate(rtmo, image)
            strayed.append(abs(float(pose.box_px[0]) - left))
        return strayed

    with _opened(rtmo_file) as rtmo, ThreadPoolExecutor(8) as cameras:
        strayed = list(cameras.map(lambda camera: watch(rtmo, camera), range(8)))

    assert np.max(strayed) <= 320 / SIDE_PX


class _Gate:
    """Holds the first batch of cameras' pictures until opened; notes how many each one had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.entered, self.opened = threading.Event(), threading.Event()
        run = RtmoNetwork.run

        def held(network: RtmoNetwork, pictures: np.ndarray, number: int) -> list:
            self.sizes.append(number)
            self.entered.set()
            assert self.opened.wait(PATIENCE_S)
            return run(network, pictures, number)

        monkeypatch.setattr(RtmoNetwork, "run", held)


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.001)


@pytest.fixture
def held(
    rtmo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Rtmo, _Gate, Callable[[Image, int], list[Future]]]]:
    """An RTMO whose first batch is held, and a way to let cameras ask meanwhile."""
    telemetry = InMemoryTelemetry()
    with _opened(rtmo_file, telemetry) as rtmo, ThreadPoolExecutor(16) as cameras:
        gate = _Gate(monkeypatch)

        def ask(image: Image, number: int) -> list[Future]:
            asked = [cameras.submit(_estimate, rtmo, image)]
            assert gate.entered.wait(PATIENCE_S)
            asked += [cameras.submit(_estimate, rtmo, image) for _ in range(number - 1)]
            most = min(number - 1, LARGEST_ON_CPU)
            _until(lambda: telemetry.value("queue_depth", queue="rtmo") == most)
            return asked

        yield rtmo, gate, ask
        gate.opened.set()


def test_what_waits_goes_together(held: tuple) -> None:
    """While one batch runs the next fills up to the limit; whoever finds no room waits."""
    _, gate, ask = held
    asked = ask(_picture(100, 100, {BLUE: (20, 20, 60, 60)}), 7)

    gate.opened.set()

    assert [len(each.result(PATIENCE_S)) for each in asked] == [1] * 7
    assert gate.sizes[:2] == [1, LARGEST_ON_CPU]
    assert sum(gate.sizes) == 7


def test_a_failing_batch_is_told_to_everybody_in_it(held: tuple) -> None:
    """Each waiting camera gets an error of its own, and the next pictures are looked at again."""
    rtmo, gate, ask = held
    poison = _picture(100, 100, {BLUE: (20, 20, 60, 60)}, score=1.0)
    asked = ask(poison, 3)

    gate.opened.set()
    failures = [each.exception(10) for each in asked]

    assert [type(failure) for failure in failures] == [NetworkFailed] * 3
    assert len({id(failure) for failure in failures}) == 3
    assert "RTMO failed on 2 pictures" in str(failures[2])
    assert len(_estimate(rtmo, _picture(100, 100, {BLUE: (20, 20, 60, 60)}))) == 1


def test_a_frame_that_cannot_be_drawn_harms_nobody_else(held: tuple) -> None:
    """Its camera alone gets the error; the others of the batch get their people."""
    rtmo, gate, ask = held
    asked = ask(_picture(100, 100, {BLUE: (20, 20, 60, 60)}), 2)
    with pytest.raises(ZeroDivisionError):
        _estimate(rtmo, np.empty((0, 0, 3), np.uint8))

    gate.opened.set()

    assert [len(each.result(PATIENCE_S)) for each in asked] == [1, 1]


def test_closing_lets_nobody_wait(held: tuple) -> None:
    """Who waits for a batch or for room is told; so is who asks later; the thread ends."""
    rtmo, gate, ask = held
    asked = ask(_picture(100, 100, {BLUE: (20, 20, 60, 60)}), 7)

    closing = threading.Thread(target=rtmo.close)
    closing.start()
    # Who waits for room is turned away at once, the rest when the batch that runs is done.
    _until(lambda: any(each.done() for each in asked))
    gate.opened.set()
    closing.join()

    assert len(asked[0].result(PATIENCE_S)) == 1
    for each in asked[1:]:
        with pytest.raises(NetworkFailed, match="closed"):
            each.result(PATIENCE_S)
    with pytest.raises(NetworkFailed, match="closed"):
        _estimate(rtmo, _picture(100, 100, {}))
    assert "rtmo" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_a_fall_back_to_the_cpu_is_told(
    rtmo_file: Path, wanted: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where CUDA is missing the log, the cameras' notes and the metric say what is really used."""
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("CUDA is here: nothing falls back")
    telemetry = InMemoryTelemetry()
    caplog.set_level(logging.INFO)

    with _opened(rtmo_file, telemetry, provider=wanted) as rtmo:
        assert rtmo.notes == (f"RTMO runs on the CPU; the provider wanted is {wanted}",)

    labels = {"role": "camera", "provider": CPU, "wanted": wanted}
    assert telemetry.value("session_provider_info", **labels) == 1
    (record,) = [each for each in caplog.records if each.message == "RTMO runs on the CPU"]
    assert record.levelname == ("WARNING" if wanted == "cuda" else "INFO")


def test_a_wanted_cpu_is_no_remark(rtmo_file: Path) -> None:
    """Who asked for the CPU is told nothing."""
    with _opened(rtmo_file, provider="cpu") as rtmo:
        assert rtmo.notes == ()


@pytest.mark.gpu
def test_cuda_sees_what_the_cpu_sees(rtmo_file: Path) -> None:
    """Both providers find the same person, and the session tells which one it is."""
    if CUDA not in onnxruntime.get_available_providers():
        pytest.skip("no CUDA provider: install the gpu extra on a machine with CUDA")
    image = _picture(300, 200, {BLUE: (20, 20, 60, 60)})
    telemetry = InMemoryTelemetry()

    with _opened(rtmo_file) as cpu, _opened(rtmo_file, telemetry, provider="cuda") as cuda:
        ((by_cpu,), (by_cuda,)) = _estimate(cpu, image), _estimate(cuda, image)

    np.testing.assert_allclose(by_cuda.joints, by_cpu.joints, atol=1e-3)
    assert cuda.notes == ()
    labels = {"role": "camera", "provider": CUDA, "wanted": "cuda"}
    assert telemetry.value("session_provider_info", **labels) == 1

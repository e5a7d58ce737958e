import dataclasses
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tracker.errors import ConfigError, ModelUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import LITE_BELOW_PX
from tracker.pose.blazepose import Sight
from tracker.pose.factory import Estimators, build_estimator
from tracker.pose.rtmo import NetworkFailed
from tracker.types import NO_BOXES, Frame, Image
from tracker.weights.store import (
    BLAZEPOSE,
    BLAZEPOSE_LITE,
    RTMO_S,
    RTMO_T,
    WEIGHTS,
    YOLOX_NANO,
    ModelStore,
)


def _offline(folder: Path, *folders: Path) -> ModelStore:
    """A store that knows the real hashes but reaches no source."""
    weights = [dataclasses.replace(weight, sources=()) for weight in WEIGHTS]
    return ModelStore(folders, folder, weights)


def _with_lite(blazepose_file: Path, folder: Path, *folders: Path) -> ModelStore:
    """Such a store that takes the full network for the lite one."""
    (folder / BLAZEPOSE_LITE.file_name).symlink_to(blazepose_file)
    weights = [
        dataclasses.replace(
            weight,
            sources=(),
            sha256=BLAZEPOSE.sha256 if weight is BLAZEPOSE_LITE else weight.sha256,
        )
        for weight in WEIGHTS
    ]
    return ModelStore([blazepose_file.parent, *folders], folder, weights)


@pytest.mark.slow
def test_with_all_weights_there_is_nothing_to_remark(
    blazepose_file: Path, yolox_file: Path, tmp_path: Path, street: list[Image]
) -> None:
    """YOLOX's boxes, gated by motion, lead to the people who walk."""
    store = _with_lite(blazepose_file, tmp_path, yolox_file.parent)

    estimator, notes = build_estimator("blazepose", store=store, telemetry=InMemoryTelemetry())
    for index, image in enumerate(street):
        poses = estimator.estimate(Frame("gate", "s", index, index / 10, 480, 360, image), NO_BOXES)

    assert notes == ()
    assert len(poses) >= 3
    assert estimator.networks() == {
        "boxes": "YOLOX-nano",
        "joints": "BlazePose",
        "lite_below_px": LITE_BELOW_PX,
        "provider": "CPUExecutionProvider",
    }


@pytest.mark.slow
def test_without_yolox_the_camera_goes_on_with_motion(
    blazepose_file: Path, tmp_path: Path, street: list[Image]
) -> None:
    """The weaker detector is told in the notes, and still sees who walks."""
    site = tmp_path / "site"
    site.mkdir()
    (site / BLAZEPOSE.file_name).symlink_to(blazepose_file)

    estimator, notes = build_estimator(
        "blazepose", store=_offline(tmp_path / "pulled", site), telemetry=InMemoryTelemetry()
    )
    for index, image in enumerate(street):
        poses = estimator.estimate(Frame("gate", "s", index, index / 10, 480, 360, image), NO_BOXES)

    (note,) = notes
    assert note.startswith("YOLOX weights unavailable: ")
    assert "BlazePose lite is not used then" in note
    assert estimator.networks()["boxes"] == "motion"
    assert len(poses) >= 1


@pytest.mark.slow
def test_what_all_cameras_lack_is_said_once_in_one_line(
    blazepose_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Missing YOLOX weights are one warning of the process; each camera's status has the note."""
    site = tmp_path / "site"
    site.mkdir()
    (site / BLAZEPOSE.file_name).symlink_to(blazepose_file)
    estimators = Estimators(_offline(tmp_path / "pulled", site), InMemoryTelemetry())

    notes = [estimators.build("blazepose")[1] for _ in range(3)]

    (line,) = caplog.messages
    assert (line,) == notes[0] == notes[1] == notes[2]
    assert "\n" not in line
    assert "posewarden models pull" in line


def test_without_the_lite_network_small_people_are_seen_all_the_same(
    blazepose_file: Path, yolox_file: Path, tmp_path: Path, street: list[Image]
) -> None:
    """The full network looks at them, which the camera's notes say; nobody asked: nothing said."""
    site = tmp_path / "site"
    site.mkdir()
    (site / BLAZEPOSE.file_name).symlink_to(blazepose_file)
    store = _offline(tmp_path / "pulled", site, yolox_file.parent)

    estimator, notes = build_estimator("blazepose", store=store, telemetry=InMemoryTelemetry())
    plain = build_estimator(
        "blazepose", store=store, telemetry=InMemoryTelemetry(), sight=Sight(lite_below_px=0)
    )
    frame = Frame("gate", "s", 0, 0.0, 480, 360, street[0])
    poses, others = estimator.estimate(frame, NO_BOXES), plain[0].estimate(frame, NO_BOXES)

    (note,) = notes
    assert note.startswith("BlazePose lite's weights unavailable: ")
    assert plain[1] == ()
    assert len(poses) == len(others) >= 3


def test_without_landmarks_there_is_no_estimator(tmp_path: Path) -> None:
    """Nothing replaces the landmark network: the error says what to do."""
    with pytest.raises(ModelUnavailable, match=r"put pose_landmark_full\.tflite"):
        build_estimator("blazepose", store=_offline(tmp_path), telemetry=InMemoryTelemetry())


def test_an_unknown_kind_is_a_wrong_setting(tmp_path: Path) -> None:
    """A kind that does not exist is answered with those that do."""
    with pytest.raises(ConfigError, match="there is no best; use blazepose, rtmo or rtmo-t"):
        build_estimator("best", store=_offline(tmp_path), telemetry=InMemoryTelemetry())


def test_the_weights_of_the_table_are_the_ones_we_run(
    blazepose_file: Path, yolox_file: Path
) -> None:
    """The files that the tests run on have hashes of the table."""
    for weight, path in ((BLAZEPOSE, blazepose_file), (YOLOX_NANO, yolox_file)):
        assert _offline(path.parent).find(weight.name) == path


def _with_rtmo(save_rtmo: Callable[..., Path], folder: Path) -> ModelStore:
    """A store whose registry takes small networks for the weights of both RTMOs."""
    known = []
    for weight, side_px in ((RTMO_S, 64), (RTMO_T, 32)):
        content = save_rtmo(folder / weight.file_name, side_px=side_px).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        known.append(dataclasses.replace(weight, sha256=(sha256,), sources=()))
    return ModelStore([folder], folder, known)


def test_all_cameras_share_one_rtmo(save_rtmo: Callable[..., Path], tmp_path: Path) -> None:
    """However many ask at once, one network is opened; closing ends it for all."""
    estimators = Estimators(_with_rtmo(save_rtmo, tmp_path), InMemoryTelemetry(), provider="cpu")
    with ThreadPoolExecutor(4) as cameras:
        built = list(cameras.map(estimators.build, ["rtmo"] * 4))
    estimators.close()

    (rtmo,) = {estimator for estimator, _ in built}
    assert {notes for _, notes in built} == {()}
    assert rtmo.networks()["provider"] == "CPUExecutionProvider"
    image = np.zeros((48, 64, 3), np.uint8)
    with pytest.raises(NetworkFailed, match="closed"):
        rtmo.estimate(Frame("gate", "s", 0, 0.0, 64, 48, image), NO_BOXES)


def test_a_fall_back_of_rtmo_is_every_cameras_note(
    save_rtmo: Callable[..., Path], tmp_path: Path
) -> None:
    """Where CUDA is wanted and missing, each camera's status says so."""
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("CUDA is here: nothing falls back")
    estimators = Estimators(_with_rtmo(save_rtmo, tmp_path), InMemoryTelemetry(), provider="cuda")

    notes = [estimators.build("rtmo")[1] for _ in range(2)]
    estimators.close()

    assert notes == [("RTMO runs on the CPU; the provider wanted is cuda",)] * 2


@pytest.mark.slow
def test_each_rtmo_is_a_network_of_its_own(save_rtmo: Callable[..., Path], tmp_path: Path) -> None:
    """Cameras with `rtmo` and with `rtmo-t` share nothing; both networks find whoever is there."""
    estimators = Estimators(_with_rtmo(save_rtmo, tmp_path), InMemoryTelemetry(), provider="cpu")
    image = np.zeros((64, 64, 3), np.uint8)
    image[8:56, 16:40] = (255, 0, 200)  # the small network's person

    small, tiny, again = (estimators.build(kind)[0] for kind in ("rtmo", "rtmo-t", "rtmo-t"))

    assert small is not tiny
    assert tiny is again
    for estimator in (small, tiny):
        (pose,) = estimator.estimate(Frame("gate", "s", 0, 0.0, 64, 64, image), NO_BOXES)
        assert pose.box_px == pytest.approx([16, 8, 39, 55], abs=2)
    estimators.close()


def test_rtmo_without_weights_says_where_to_put_them(tmp_path: Path) -> None:
    """Nothing replaces RTMO's network: the error names the file and its hash."""
    with pytest.raises(ModelUnavailable, match=rf"put {RTMO_S.file_name} with SHA-256 d0703d40"):
        Estimators(_offline(tmp_path), InMemoryTelemetry()).build("rtmo")

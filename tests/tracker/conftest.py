"""What the tests of tracker share: weights for real pictures, time that need not pass, a loop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import cv2
import numpy as np
import pytest

from tracker.camera import loop
from tracker.camera.loop import Parts, watch
from tracker.errors import ModelUnavailable, StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.ports import FrameSource, StatusStore, WindowStore
from tracker.sources import retry_policy
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import CameraStatus, Frame, FrameView, Image, Pose, Samples
from tracker.weights.store import ModelStore

SHARED_WEIGHTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "weights"


@pytest.fixture(scope="session")
def store() -> ModelStore:
    """The user's own store, so that weights are downloaded once, not once a run."""
    return ModelStore([SHARED_WEIGHTS], Path.home() / ".cache" / "posewarden" / "models")


@pytest.fixture(scope="session")
def blazepose_file(store: ModelStore) -> Path:
    """BlazePose's weights; tests skip where they cannot be had."""
    return _pulled(store, "blazepose")


@pytest.fixture(scope="session")
def yolox_file(store: ModelStore) -> Path:
    """YOLOX's weights; tests skip where they cannot be had."""
    return _pulled(store, "yolox-nano")


@pytest.fixture(scope="session")
def rtmo_file(save_rtmo: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that takes any number of pictures."""
    return save_rtmo(tmp_path_factory.mktemp("rtmo") / "any.onnx", side_px=64)


@pytest.fixture(scope="session")
def street(shared: Path) -> list[Image]:
    """Thirty pictures of a street with six to eight people, 480×360."""
    capture = cv2.VideoCapture(str(shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"))
    try:
        return [capture.read()[1] for _ in range(30)]
    finally:
        capture.release()


def _pulled(store: ModelStore, name: str) -> Path:
    try:
        return store.pull(name)
    except ModelUnavailable as err:
        pytest.skip(str(err))


class SteppedTime:
    """A clock, and a stop flag whose waits move it on at once."""

    def __init__(self) -> None:
        self.now = 1.79e9
        self.stop = SteppedStop(self)

    def __call__(self) -> float:
        return self.now


class SteppedStop(Event):
    """A stop flag that needs no real time to wait."""

    def __init__(self, time: SteppedTime) -> None:
        super().__init__()
        self._time = time

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "this wait would never end"
        if not self.is_set():
            self._time.now += timeout
        return self.is_set()


@pytest.fixture
def time() -> SteppedTime:
    """A clock that starts in 2026 and moves when its `stop` is waited on."""
    return SteppedTime()


class Played(FrameSource):
    """Each opening plays the next scene: frame numbers, then an error or the end."""

    def __init__(
        self, *scenes: tuple[Sequence[int], Exception | None], remarks: tuple[str, ...] = ()
    ) -> None:
        self._scenes = list(scenes)
        self._remarks = remarks
        self._body = Pose(np.ones((17, 3), np.float32), np.zeros(4, np.float32), 1)
        self.opened = 0

    def __iter__(self) -> Iterator[Frame]:
        self.opened += 1
        seqs, error = self._scenes.pop(0)
        for seq in seqs:
            at = 1.79e9 + seq / 24
            yield Frame("gate", f"s{self.opened}", seq, at, 64, 48, poses=(self._body,))
        if error is not None:
            raise error

    def remarks(self) -> tuple[str, ...]:
        return self._remarks


class Kept(WindowStore, StatusStore):
    """Store and board in one: keeps what it is told; may be out of order for a while."""

    def __init__(self) -> None:
        self.views: list[FrameView] = []
        self.samples: list[Samples] = []
        self.statuses: list[CameraStatus] = []
        self.down_for = 0

    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        if self.down_for:
            self.down_for -= 1
            raise StoreUnavailable("no answer")
        self.views.append(view)
        self.samples += samples
        return sum(one.due for one in samples)

    def report(self, status: CameraStatus) -> None:
        self.statuses.append(status)
        if len(self.statuses) == 1:
            raise StoreUnavailable("no answer")


class Rig:
    """Runs the camera loop on parts of the test's choice; `kept` and `tally` hold the outcome."""

    played = Played
    new_board = Kept

    def __init__(self) -> None:
        self.kept = Kept()
        self.tally = InMemoryTelemetry()
        self._parts = Parts(
            source=Played(),
            estimator=CarriedPoses(),
            make_tracker=lambda _session: CarriedIds(),
            windows=WindowOptions(),
            store=self.kept,
            board=self.kept,
            telemetry=self.tally,
        )

    @contextmanager
    def watching(self, name: str = "gate", **parts: Any) -> Iterator[Event]:
        """Run the loop in a thread; it must end soon after it is told to stop."""
        stop = Event()
        thread = Thread(target=watch, args=(name, replace(self._parts, **parts), stop))
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(5)
        assert not thread.is_alive()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for another thread to make something true."""
        deadline_s = monotonic() + 5
        while not condition():
            assert monotonic() < deadline_s, "it never came true"
            sleep(0.005)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A camera whose retries and reports follow fast, so that the tests need not wait."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 0.002)
    monkeypatch.setattr(loop, "REPORT_EVERY_S", 0.02)
    return Rig()

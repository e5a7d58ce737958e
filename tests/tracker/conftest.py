"""What the tests of tracker share: weights for real pictures, and time that need not pass."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import cv2
import pytest

from tracker.errors import ModelUnavailable
from tracker.models import ModelStore
from tracker.types import Image

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

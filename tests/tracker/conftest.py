"""What the tests of tracker share: weights for real pictures, time that need not pass, a loop."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from support.camera_rig import Rig
from support.lite_weights import lite_weights
from support.stepped_time import SteppedTime

from tracker.camera import status_report
from tracker.errors import ModelUnavailable
from tracker.sources import retry_policy
from tracker.types import Image
from tracker.weights.store import ModelStore

PULLED = Path.home() / ".cache" / "posewarden" / "models"
SHARED_WEIGHTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "weights"


@pytest.fixture(scope="session")
def store() -> ModelStore:
    """The user's own store, so that weights are downloaded once, not once a run."""
    return ModelStore([SHARED_WEIGHTS], PULLED)


@pytest.fixture(scope="session")
def blazepose_file(store: ModelStore) -> Path:
    """BlazePose's weights; tests skip where they cannot be had."""
    return _pulled(store, "blazepose")


@pytest.fixture(scope="session")
def lite_file(store: ModelStore) -> Path:
    """BlazePose lite's weights; tests skip where they cannot be had."""
    try:
        return lite_weights(store, PULLED)
    except ModelUnavailable as err:
        pytest.skip(str(err))


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


@pytest.fixture
def time() -> SteppedTime:
    """A clock that starts in 2026 and moves when its `stop` is waited on."""
    return SteppedTime()


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A camera whose retries and reports follow fast, so that the tests need not wait."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 0.002)
    monkeypatch.setattr(status_report, "REPORT_EVERY_S", 0.02)
    return Rig()

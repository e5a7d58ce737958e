"""What the export tests share."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import torch

from tracker.errors import ModelUnavailable
from tracker.models import BLAZEPOSE, ModelStore

DOWNLOADS = Path.home() / ".cache" / "posewarden" / "models"
SHARED_VIDEO = "../shared/data/video/vtest_480x360_10fps_795f.mp4"
STREETS = (
    Path(__file__).resolve().parents[2] / SHARED_VIDEO,
    Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi"),
)
STREET_PX = (480, 360)


@pytest.fixture(autouse=True, scope="session")
def _one_torch_thread() -> None:
    """Flows this small lose by threads, most of all on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def blazepose() -> None:
    """BlazePose's weights lie in the user's own store; tests skip where they cannot be had."""
    try:
        ModelStore([], DOWNLOADS).pull(BLAZEPOSE.name)
    except ModelUnavailable as err:
        pytest.skip(str(err))


@pytest.fixture(scope="session")
def cut_street() -> Callable[..., Path]:
    """Cut frames of a street video out into a small one of its own; skips where there is none."""
    street = next((file for file in STREETS if file.is_file()), None)
    if street is None:
        pytest.skip("no street video: neither the measuring data nor Debian's opencv-doc is here")

    def cut(file: Path, *, first: int = 0, frames: int = 24) -> Path:
        reader = cv2.VideoCapture(str(street))
        writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, STREET_PX)
        for number in range(first + frames):
            picture = reader.read()[1]
            if number >= first:
                writer.write(cv2.resize(picture, STREET_PX))
        writer.release()
        reader.release()
        return file

    return cut

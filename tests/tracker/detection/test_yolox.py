from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker.detection.yolox import YoloxBoxes
from tracker.errors import ModelUnavailable
from tracker.types import Image


@pytest.fixture(scope="module")
def detector(yolox_file: Path) -> YoloxBoxes:
    """One detector for all tests of this file."""
    return YoloxBoxes(yolox_file)


def test_people_in_a_street_are_found(detector: YoloxBoxes, street: list[Image]) -> None:
    """A picture with several people gives upright boxes inside the picture."""
    boxes = detector.detect(street[0], 0.0)
    sure = boxes[boxes[:, 4] > 0.6]

    assert boxes.dtype == np.float32
    assert 3 <= len(sure) <= 9
    assert (sure[:, 3] - sure[:, 1] > sure[:, 2] - sure[:, 0]).all()
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:4] <= (480, 360)).all()


def test_an_empty_picture_has_nobody(detector: YoloxBoxes) -> None:
    """A grey picture gives no box."""
    assert detector.detect(np.full((300, 400, 3), 114, np.uint8), 0.0).shape == (0, 5)


def test_boxes_are_in_the_frames_own_pixels(detector: YoloxBoxes, street: list[Image]) -> None:
    """The same scene at another size gives the same boxes at that size."""
    small = detector.detect(street[0], 0.0)
    large = detector.detect(cv2.resize(street[0], (960, 720)), 0.0)

    assert large[0, :4] == pytest.approx(2 * small[0, :4], abs=8)


def test_tall_and_wide_pictures_may_alternate(detector: YoloxBoxes, street: list[Image]) -> None:
    """What one picture left in the buffers does not show in the next."""
    first = detector.detect(street[0], 0.0)
    detector.detect(street[0][:, :200], 0.0)

    assert detector.detect(street[0], 0.0) == pytest.approx(first, abs=1e-3)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """A broken file is named in the error."""
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")

    with pytest.raises(ModelUnavailable, match=r"broken\.onnx is not a readable ONNX file"):
        YoloxBoxes(path)

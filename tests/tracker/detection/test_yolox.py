from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import yolox_network

from tracker.detection.yolox import YoloxBoxes, sides_for
from tracker.errors import ModelMismatch, ModelUnavailable
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


@pytest.mark.parametrize(
    ("picture_px", "seen"),
    [
        ((768, 576), (320, 416)),
        ((1920, 1080), (256, 416)),
        ((1080, 1920), (416, 256)),
        ((416, 416), (416, 416)),
        ((4000, 10), (32, 416)),
    ],
)
def test_the_network_sees_as_little_grey_as_it_can(
    picture_px: tuple[int, int], seen: tuple[int, int]
) -> None:
    """The longer side is 416 px; the other one ends with the cell that holds the last row."""
    assert sides_for(*picture_px) == seen


def test_grey_that_is_left_out_changes_no_box(
    yolox_file: Path, detector: YoloxBoxes, street: list[Image]
) -> None:
    """A square picture with the same street above grey gives the same people."""
    flat = detector.detect(street[0], 0.0)
    square = np.full((480, 480, 3), 114, np.uint8)
    square[:360] = street[0]

    boxes = YoloxBoxes(yolox_file).detect(square, 0.0)

    sure, sure_square = flat[flat[:, 4] > 0.3], boxes[boxes[:, 4] > 0.3]
    assert len(sure) >= 3
    assert sure_square[:, :4] == pytest.approx(sure[:, :4], abs=1.0)
    assert sure_square[:, 4] == pytest.approx(sure[:, 4], abs=0.02)


def test_boxes_lie_where_people_are_whatever_the_pictures_shape(tmp_path: Path) -> None:
    """Cells are counted by the rows and columns that the network sees of this picture."""
    detector = YoloxBoxes(yolox_network.save(tmp_path / "small.onnx"), score_min=0.5)
    wide, tall = np.zeros((208, 416, 3), np.uint8), np.zeros((416, 208, 3), np.uint8)
    wide[64:96, 352:384] = tall[352:384, 64:96] = (255, 0, 0)  # one cell of 32 px

    in_wide, in_tall = detector.detect(wide, 0.0), detector.detect(tall, 0.0)

    # Without red a box is as large as its cell, around the cell's corner.
    assert [336, 48, 368, 80, 1] in in_wide.tolist()
    assert [48, 336, 80, 368, 1] in in_tall.tolist()


def test_a_network_with_its_size_in_the_graph_sees_squares(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be given another shape finds people all the same, and the log says so once."""
    detector = YoloxBoxes(yolox_network.save(tmp_path / "fixed.onnx", fixed=True), score_min=0.5)
    picture = np.zeros((208, 416, 3), np.uint8)
    picture[64:96, 352:384] = (255, 0, 0)

    found = [detector.detect(picture, 0.0) for _ in range(2)]

    assert all(len(boxes) for boxes in found)
    assert caplog.messages == ["YOLOX sees square pictures only, at more cost"]


def test_a_network_that_is_no_yolox_is_refused(
    tmp_path: Path, save_rtmo: Callable[..., Path]
) -> None:
    """Other ports are named in the error."""
    with pytest.raises(ModelMismatch, match="YOLOX at 416 px is wanted"):
        YoloxBoxes(save_rtmo(tmp_path / "people.onnx"))

"""Bodies in turned crops."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker.detection.yolox import YoloxBoxes
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.body_turns import BodyTurns, turn_of
from tracker.pose.landmarks import LandmarkPool
from tracker.types import Float32, Image, Pose


def _body(turn_rad: float) -> Float32:
    """A body of 100 px from ankles to head around (200, 200), turned clockwise from upright."""
    heights = np.array([-50] * 5 + [-35] * 2 + [-20] * 4 + [0] * 2 + [25] * 2 + [50] * 2, float)
    widths = np.array([0, 2, -2, 4, -4, 10, -10, 12, -12, 12, -12, 7, -7, 7, -7, 7, -7], float)
    cosine, sine = math.cos(turn_rad), math.sin(turn_rad)
    x = 200 + widths * cosine - heights * sine
    y = 200 + widths * sine + heights * cosine
    return np.stack([x, y, np.ones(17)], axis=1).astype(np.float32)


@pytest.mark.parametrize("turn_deg", [-170, -90, -45, 45, 90, 135])
def test_the_trunk_tells_how_a_body_is_turned(turn_deg: float) -> None:
    """From hips to shoulders, clockwise from upright."""
    assert turn_of(_body(math.radians(turn_deg))) == pytest.approx(math.radians(turn_deg))


@pytest.mark.parametrize("turn_deg", [-30, 0, 20])
def test_nearly_upright_bodies_are_upright(turn_deg: float) -> None:
    """Who leans is seen by the cheap crop."""
    assert turn_of(_body(math.radians(turn_deg))) == 0


def test_a_trunk_that_points_at_the_camera_says_nothing() -> None:
    """Shoulders over hips in the picture have no direction."""
    body = _body(math.pi / 2)
    body[5:7, :2] = body[11:13, :2]

    assert turn_of(body) is None


def test_bodies_are_remembered_for_a_second(blazepose_file: Path) -> None:
    """A box near a body seen a moment ago shows that body; later or elsewhere nobody is known."""
    turns = BodyTurns(LandmarkPool(blazepose_file), InMemoryTelemetry())
    image = np.full((240, 420, 3), 90, np.uint8)
    boxes_px = np.array([[155, 175, 255, 215], [300, 10, 420, 60]], np.float32)
    body = Pose(_body(math.pi / 2), np.array([150, 180, 250, 220], np.float32))
    turns.remember([body], at=10.0)

    assert turns.look(image, boxes_px, 10.5).remembered.tolist() == [True, False]
    assert turns.look(image, boxes_px, 11.1).remembered.tolist() == [False, False]


def test_bodies_are_looked_at_upright_where_turning_is_left_out(blazepose_file: Path) -> None:
    """Whatever is remembered, and however doubtful a box is; following still knows who is there."""
    telemetry = InMemoryTelemetry()
    image = np.full((240, 420, 3), 90, np.uint8)
    boxes_px = np.array([[150, 180, 250, 220]], np.float32)
    upright = BodyTurns(LandmarkPool(blazepose_file), telemetry, turning=False)
    upright.remember([Pose(_body(math.pi / 2), boxes_px[0])], at=10.0)
    fresh = BodyTurns(LandmarkPool(blazepose_file), telemetry, turning=False)

    seen, again = upright.look(image, boxes_px, 10.1), fresh.look(image, boxes_px, 10.1)

    np.testing.assert_array_equal(seen.joints, again.joints)
    assert (seen.remembered.tolist(), again.remembered.tolist()) == ([True], [False])
    assert telemetry.value("crops_doubted_total", outcome="retried") == 0


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 3])
def test_a_turned_picture_gives_turned_joints(
    blazepose_file: Path, yolox_file: Path, street: list[Image], quarters: int
) -> None:
    """Somebody whose picture is turned by quarters has the same body, turned by as much."""
    image = street[0]
    boxes = YoloxBoxes(yolox_file, score_min=0.5).detect(image, 0.0)
    left, top, right, bottom = boxes[boxes[:, 4].argmax(), :4].round().astype(int)
    margin = (bottom - top) // 2
    cut = image[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin]
    box_px = np.array(
        [left - max(left - margin, 0), top - max(top - margin, 0)] * 2, np.float32
    ) + np.array([0, 0, right - left, bottom - top], np.float32)
    landmarks = LandmarkPool(blazepose_file)

    telemetry = InMemoryTelemetry()

    upright = BodyTurns(landmarks, telemetry).look(cut, box_px[None], 0.0).joints
    turned = np.ascontiguousarray(np.rot90(cut, -quarters))  # clockwise
    corners = _turned(box_px.reshape(2, 2), cut.shape, quarters)
    turned_box = np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32)
    again = BodyTurns(landmarks, telemetry).look(turned, turned_box[None], 0.0)

    assert again.presence[0] > 0.5
    expected = _turned(upright[0, :, :2], cut.shape, quarters)
    away_px = np.linalg.norm(again.joints[0, :, :2] - expected, axis=1)
    assert np.median(away_px) < 0.1 * (bottom - top)


def _turned(points_px: Float32, shape: tuple[int, ...], quarters: int) -> Float32:
    """Turn points with their picture by quarters clockwise."""
    for _ in range(quarters):
        points_px = np.stack([shape[0] - 1 - points_px[:, 1], points_px[:, 0]], axis=1)
        shape = (shape[1], shape[0])
    return points_px


def test_only_so_many_boxes_are_looked_at_again(blazepose_file: Path) -> None:
    """Empty wide boxes are doubtful; those beyond the bound are counted."""
    telemetry = InMemoryTelemetry()
    turns = BodyTurns(LandmarkPool(blazepose_file), telemetry, retries=2)
    image = np.full((240, 320, 3), 90, np.uint8)
    cv2.circle(image, (100, 100), 30, (0, 0, 255), -1)

    turns.look(image, np.array([[10, 10, 110, 60]] * 5, np.float32), 0.0)

    assert telemetry.value("crops_doubted_total", outcome="retried") == 2
    assert telemetry.value("crops_doubted_total", outcome="skipped") == 3

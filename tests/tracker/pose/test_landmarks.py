"""Which network looks at whom."""

import math
from pathlib import Path

import numpy as np
import pytest

from tracker.detection.yolox import YoloxBoxes
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.crop import Crop, crop_of
from tracker.pose.landmarks import LandmarkNetwork, LandmarkPool, LiteNetwork, pruned_model
from tracker.types import Float32, Image


@pytest.fixture(scope="module")
def crops(yolox_file: Path, street: list[Image]) -> list[Crop]:
    """Of the people in a street, the surest first: taller and smaller ones."""
    boxes = YoloxBoxes(yolox_file, score_min=0.5).detect(street[0], 0.0)
    return [crop_of(box[:4], 0.0, street[0].shape[0]) for box in boxes]


def test_small_bodies_are_looked_at_by_the_lite_network(
    blazepose_file: Path, lite_file: Path, crops: list[Crop], street: list[Image]
) -> None:
    """Each body has the joints that its network gives, whichever thread looks at it."""
    below_px = sorted(crop.body_px for crop in crops)[len(crops) // 2]
    telemetry, lite_network = InMemoryTelemetry(), LiteNetwork(lite_file, below_px)
    pool = LandmarkPool(blazepose_file, telemetry, lite=lite_network, threads=2)
    full, lite = (LandmarkNetwork(pruned_model(path)) for path in (blazepose_file, lite_file))

    joints, _ = pool.look(street[0], crops)

    small = [crop.slim and crop.body_px < below_px for crop in crops]
    assert {False, True} == {*small}
    for network, number in (("lite", sum(small)), ("full", len(crops) - sum(small))):
        assert telemetry.value("landmark_runs_total", network=network) == number
    for crop, is_small, seen in zip(crops, small, joints, strict=True):
        expected, _ = (lite if is_small else full).look(street[0], crop)
        np.testing.assert_array_equal(seen, expected)


def test_both_networks_see_the_same_bodies(
    blazepose_file: Path, lite_file: Path, crops: list[Crop], street: list[Image]
) -> None:
    """Of a small body most joints lie within a twentieth of its height of each other."""
    full, lite = (LandmarkNetwork(pruned_model(path)) for path in (blazepose_file, lite_file))

    away = [
        np.linalg.norm(one[0][:, :2] - other[0][:, :2], axis=1) / crop.body_px
        for crop in crops
        for one, other in [(full.look(street[0], crop), lite.look(street[0], crop))]
    ]

    assert np.median(away) < 0.05


@pytest.mark.parametrize(
    ("width_px", "turn_rad", "expected"),
    [
        pytest.param(30, 0.0, True, id="stands"),
        pytest.param(60, 0.0, False, id="crouches"),
        pytest.param(30, math.pi / 2, False, id="lies"),
    ],
)
def test_only_who_stands_is_slim(width_px: float, turn_rad: float, expected: bool) -> None:
    """Whoever bends, crouches, lies or falls is looked at by the better network, however small."""
    box_px: Float32 = np.array([100, 100, 100 + width_px, 180], np.float32)

    assert crop_of(box_px, turn_rad, 480).slim is expected


@pytest.mark.parametrize("turn_rad", [0.0, math.pi / 2, 0.7])
def test_a_crop_knows_how_long_its_body_is(turn_rad: float) -> None:
    """As long as the longer side of the box that it was made for, however it is turned."""
    box_px: Float32 = np.array([100, 100, 160, 190], np.float32)

    assert crop_of(box_px, turn_rad, 480).body_px == pytest.approx(90)

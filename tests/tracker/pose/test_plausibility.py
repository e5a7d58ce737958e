from pathlib import Path

import numpy as np
import pytest

from tracker.pose.plausibility import plausible
from tracker.simulator.source import Simulation, simulate
from tracker.sources.pose_file import read_people
from tracker.types import Float32


def _boxes(joints: Float32) -> Float32:
    points = joints[..., :2]
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def _people() -> Float32:
    """Everybody in a minute of walking, falling, lying, running and fighting."""
    play = {"people": "4", "fps": "10", "seed": "7", "events": "fall@8,run@25,fight@42"}
    joints = simulate(Simulation.parse(play), 60).joints.reshape(-1, 17, 3)
    return joints[np.ptp(joints[..., 1], axis=1) > 0]


def test_simulated_people_pass_whatever_they_do() -> None:
    """Somebody who falls or lies is as much of a body as somebody who walks."""
    joints = _people()

    assert len(joints) > 2000
    assert plausible(joints, _boxes(joints)).all()


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["C021_A17_SY15_P01_S03_01NBS", "C021_A18_SY32_P01_S05_01DAS"])
def test_filmed_actors_pass_by_another_pose_estimator(shared: Path, clip: str) -> None:
    """Of the poses that AlphaPose saw in actors, at least 99.5 % pass, falls and all."""
    file = shared / "data" / "aihub" / "pose" / f"{clip}_alphapose_tracked_person.json.gz"
    joints = np.concatenate([person.joints for person in read_people(file).values()])

    assert plausible(joints, _boxes(joints)).mean() >= 0.995


def test_a_post_with_a_board_is_no_body() -> None:
    """Legs and a trunk without head and arms to speak of are drawn into a post, not into people."""
    joints = _people()
    shoulders = joints[:, 5:7, :2].mean(axis=1, keepdims=True)
    shrivelled = [*range(5), *range(7, 11)]
    joints[:, shrivelled, :2] = shoulders + 0.2 * (joints[:, shrivelled, :2] - shoulders)

    assert plausible(joints, _boxes(joints)).mean() < 0.01


def test_a_body_fills_its_box() -> None:
    """A whole skeleton in a small detail of the box is drawn into the detail."""
    joints = _people()
    boxes = _boxes(joints)
    sizes = boxes[:, 2:] - boxes[:, :2]

    assert plausible(joints, np.concatenate([boxes[:, :2], boxes[:, 2:] + 0.7 * sizes], 1)).all()
    assert not plausible(joints, np.concatenate([boxes[:, :2], boxes[:, 2:] + 2 * sizes], 1)).any()


def test_what_has_no_shape_is_no_body() -> None:
    """All joints in one point, or joints that are no numbers, are refused without a warning."""
    joints = np.zeros((2, 17, 3), np.float32)
    joints[1] = np.nan

    assert not plausible(joints, np.zeros((2, 4), np.float32)).any()


def test_nobody_gives_nothing() -> None:
    """An empty picture has no skeletons to judge."""
    assert plausible(np.empty((0, 17, 3), np.float32), np.empty((0, 4), np.float32)).shape == (0,)

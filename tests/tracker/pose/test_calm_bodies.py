"""Who need not be looked at in every picture."""

from dataclasses import replace

import numpy as np
import pytest

from tracker.pose.calm_bodies import CalmBodies, moved, restless
from tracker.types import NO_BOXES, Float32, Pose

FPS = 10.0
HEIGHT_PX = 100.0


def _body(x_px: float, y_px: float = 100.0, arms_px: float = 0.0) -> Pose:
    """Somebody upright whose box begins at (x, y); hands and elbows are raised by so much."""
    heights = np.array([8] * 5 + [22] * 2 + [38] * 2 + [50] * 2 + [52] * 2 + [74] * 2 + [96] * 2)
    widths = np.array([0, 2, -2, 4, -4, 9, -9, 12, -12, 12, -12, 7, -7, 7, -7, 7, -7])
    joints = np.stack([x_px + 20 + widths, y_px + heights, np.full(17, 0.9)], axis=1)
    joints[7:11, 1] -= arms_px
    box_px = np.array([x_px, y_px, x_px + 40, y_px + HEIGHT_PX], np.float32)
    return Pose(joints.astype(np.float32), box_px, score=0.9)


def _boxes(*poses: Pose) -> Float32:
    return np.stack([pose.box_px for pose in poses]) if poses else NO_BOXES


def _look(calm: CalmBodies, at: float, *poses: Pose, presence: float = 0.99) -> None:
    calm.looked(poses, np.full(len(poses), presence, np.float32), at)


def _waits(calm: CalmBodies, at: float, *poses: Pose, others: Float32 = NO_BOXES) -> list[bool]:
    carried = calm.carried(_boxes(*poses), others, at)
    return [joints is not None for joints in carried]


def _walker(speed: float = 0.5) -> list[Pose]:
    """Somebody at ten frames a second, body heights/s."""
    return [_body(100 + speed * HEIGHT_PX * frame / FPS) for frame in range(6)]


def _watched(frames: list[Pose]) -> CalmBodies:
    """Somebody who was looked at in the first two frames."""
    calm = CalmBodies()
    for frame in range(2):
        _look(calm, frame / FPS, frames[frame])
    return calm


def test_a_walker_is_looked_at_in_every_second_frame() -> None:
    """At ten frames a second; in between the joints go with the box."""
    walk = _walker()
    calm = _watched(walk)

    (carried,) = calm.carried(_boxes(walk[2]), NO_BOXES, 0.2)

    assert carried is not None
    np.testing.assert_allclose(carried, walk[2].joints, atol=0.01)
    assert _waits(calm, 0.3, walk[3]) == [False]


def test_a_newcomer_is_looked_at() -> None:
    """One look tells nothing about how somebody moves."""
    walk, calm = _walker(), CalmBodies()
    _look(calm, 0.0, walk[0])

    assert _waits(calm, 0.1, walk[1]) == [False]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(_body(100 + 0.19 * HEIGHT_PX), id="runs"),
        pytest.param(_body(100, 100 + 0.08 * HEIGHT_PX), id="falls"),
        pytest.param(_body(100, arms_px=0.3 * HEIGHT_PX), id="strikes"),
    ],
)
def test_whoever_is_not_calm_is_looked_at(second: Pose) -> None:
    """After a tenth of a second in which somebody ran, fell or raised their arms fast."""
    calm = _watched([_body(100), second])

    assert _waits(calm, 0.2, second) == [False]


def test_whom_the_network_hardly_sees_is_looked_at() -> None:
    """A body that it is not sure of may be none."""
    calm, body = CalmBodies(), _body(100)
    _look(calm, 0.0, body, presence=0.5)
    _look(calm, 0.1, body, presence=0.5)

    assert _waits(calm, 0.2, body) == [False]


def test_people_who_overlap_are_looked_at() -> None:
    """A box that a second one overlaps may show either of two people."""
    body = _body(100)
    calm = _watched([body] * 2)

    assert _waits(calm, 0.2, body, others=_boxes(_body(120))) == [False]


def test_a_box_of_another_shape_is_looked_at() -> None:
    """Whoever has just lost height may be falling."""
    body = _body(100)
    calm = _watched([body] * 2)
    lower = Pose(body.joints, body.box_px + np.array([0, 15, 0, 0], np.float32))

    assert _waits(calm, 0.2, lower) == [False]


def test_a_camera_may_look_at_everybody_in_every_frame() -> None:
    """With 0 seconds nobody waits."""
    calm, body = CalmBodies(0.0), _body(100)
    for frame in range(3):
        _look(calm, frame / FPS, body)

    assert _waits(calm, 0.3, body) == [False]


def test_a_clock_that_is_set_back_makes_nobody_wait() -> None:
    """What was seen later than now is forgotten."""
    body = _body(100)
    calm = _watched([body] * 2)

    assert _waits(calm, -5.0, body) == [False]


def test_joints_move_and_grow_with_their_box() -> None:
    """Twice the height and elsewhere: twice the distances from the new middle."""
    body = _body(100)
    larger = np.array([300, 50, 380, 250], np.float32)

    joints = moved(body.joints, body.box_px, larger)

    middle, target = np.array([120.0, 150.0]), np.array([340.0, 150.0])
    np.testing.assert_allclose(joints[:, :2] - target, 2 * (body.joints[:, :2] - middle))
    np.testing.assert_array_equal(joints[:, 2], body.joints[:, 2])


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param([150, 100, 190, 200], False, id="walks beside"),
        pytest.param([150, 110, 215, 200], True, id="reaches out"),
        pytest.param([350, 110, 415, 200], False, id="far away"),
        pytest.param([150, 160, 180, 200], False, id="much smaller"),
        pytest.param([101, 101, 155, 199], False, id="the same person"),
    ],
)
def test_two_who_may_fight_are_watched_in_every_frame(second: list[float], expected: bool) -> None:
    """Somebody broad close to somebody of about the same size; then nobody's look may wait."""
    body = _body(100)
    boxes_px = np.array([body.box_px, second], np.float32)

    assert restless(boxes_px) is expected
    if expected:
        calm = _watched([body] * 2)
        assert _waits(calm, 0.2, body, others=boxes_px[1:]) == [False]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(np.array([0, 12, 0, 0]), id="sits down"),
        pytest.param(np.array([0, 0, 20, 0]), id="spreads out"),
    ],
)
def test_who_changes_shape_is_looked_at(second: Float32) -> None:
    """From look to look the box of somebody calm stays the same."""
    body = _body(100)
    lower = replace(body, box_px=(body.box_px + second).astype(np.float32))
    calm = _watched([body, lower])

    assert _waits(calm, 0.2, lower) == [False]

"""The stick figure that notifications carry."""

from typing import Any

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.clips import bodies

from inference.types import AlertPoses
from service.outputs.figure import GROUND, MARGIN_PX, SIDE_PX, figure_png


def drawn(poses: AlertPoses) -> NDArray[Any]:
    """The picture, decoded; (320, 320, 3)."""
    picture = cv2.imdecode(np.frombuffer(figure_png(poses), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (SIDE_PX, SIDE_PX, 3)
    return picture


def inked(picture: NDArray[Any]) -> NDArray[Any]:
    """Where something is drawn."""
    found: NDArray[Any] = (picture != np.array(GROUND, np.uint8)).any(axis=2)
    return found


def clip_of(joints: NDArray[Any], joint_map: list[list[float]]) -> AlertPoses:
    """An alert's clip of poses (T, 17, 3)."""
    poses = [[(float(x), float(y), float(c)) for x, y, c in pose] for pose in joints]
    return AlertPoses(fps=24.0, poses=poses, joint_map=joint_map)


@settings(max_examples=25, deadline=None)
@given(
    scale=st.sampled_from([1e-3, 1.0, 1e4]),
    shift=st.floats(-1e5, 1e5),
    length=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_a_person_fills_the_picture_and_stays_inside(
    scale: float, shift: float, length: int, seed: int
) -> None:
    """Wherever and however large it was in the camera's picture."""
    joints = bodies(length, seed)
    joints[..., :2] = joints[..., :2] * scale + shift
    rows, columns = np.nonzero(inked(drawn(clip_of(joints, [[0.1] * 18] * length))))

    assert len(rows)
    assert min(rows.min(), columns.min()) >= MARGIN_PX - 15
    assert max(rows.max(), columns.max()) <= SIDE_PX - MARGIN_PX + 15


def test_the_joints_that_stand_out_are_red() -> None:
    """The more of the score a joint has, the redder it is; without a map nothing is."""
    joints = bodies(4, 1)
    joints[..., 2] = 0.0
    joints[:, [5, 7, 9, 6, 8, 10], 2] = 0.9  # two arms
    shares = np.full((4, 18), 0.1)
    shares[:, [5, 6, 7]] = 0.9  # the left one, in the flow's order
    marked = drawn(clip_of(joints, shares.tolist())).astype(int)
    plain = drawn(clip_of(joints, [])).astype(int)

    def red(picture: NDArray[Any]) -> int:
        return int(((picture[..., 2] - picture[..., 0]) > 100).sum())

    assert red(marked) > 100
    assert red(plain) == 0


def test_nobody_to_be_seen_leaves_the_ground() -> None:
    """A clip whose joints were all hidden, or an empty one, is still a picture."""
    hidden = bodies(3, 1)
    hidden[..., 2] = 0.0

    assert not inked(drawn(clip_of(hidden, []))).any()
    assert not inked(drawn(clip_of(np.zeros((0, 17, 3)), []))).any()

"""Poses and ids that the source carries."""

import numpy as np

from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import NO_BOXES, Frame, PersonId, Pose


def test_poses_and_ids_pass_through() -> None:
    """The estimator gives the frame's poses; the tracker keeps those that have an id."""
    joints, box = np.ones((17, 3), np.float32), np.zeros(4, np.float32)
    known, unknown = Pose(joints, box, 7), Pose(joints, box)
    frame = Frame("gate", "s", 3, 12.5, 1280, 720, poses=(known, unknown))

    poses = CarriedPoses().estimate(frame, NO_BOXES)
    tracks = CarriedIds().update(frame, poses)

    assert poses == [known, unknown]
    assert [(one.person, one.seq, one.at) for one in tracks] == [
        (PersonId("gate", "s", 7), 3, 12.5)
    ]
    assert tracks[0].pose is known

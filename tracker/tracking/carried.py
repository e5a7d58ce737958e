"""Pose estimator and tracker of sources whose frames already hold poses and track numbers."""

from collections.abc import Sequence

from tracker.ports import PersonTracker, PoseEstimator
from tracker.types import NO_BOXES, Float32, Frame, PersonId, Pose, Track


class CarriedPoses(PoseEstimator):
    """Takes the poses that the frame carries."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002 -- given
        return list(frame.poses)


class CarriedIds(PersonTracker):
    """Keeps the source's own ids; a pose without one belongs to nobody."""

    def update(self, frame: Frame, poses: Sequence[Pose]) -> list[Track]:
        return [
            Track(PersonId(frame.camera, frame.session, pose.number), frame.seq, frame.at, pose)
            for pose in poses
            if pose.number is not None
        ]

    def expected(self, at: float) -> Float32:  # noqa: ARG002 -- nobody is searched for
        return NO_BOXES

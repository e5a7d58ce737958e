"""Poses of people found by motion and followed by their own bodies."""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tracker.boxes import overlap
from tracker.detection.key_frames import box_around
from tracker.detection.motion import MotionBoxes
from tracker.ports import PoseEstimator, Telemetry
from tracker.pose.body_turns import BodyTurns
from tracker.pose.landmarks import LandmarkPool
from tracker.pose.plausibility import plausible
from tracker.types import Float32, Frame, Pose
from tracker.weights.onnx_session import CPU


class MotionPoses(PoseEstimator):
    """Finds people who move and, once they are known, looks where the tracker expects them.

    Their boxes are drawn around their joints: blobs of motion are ragged, break, and hold groups.

    Args:
        threads: how many people are looked at in parallel.
        presence_min: a box whose crop shows a body less surely than this is refused.
        same_place: a body that overlaps the box it was looked for in by less (IoU) is another's.
        same_body: of two bodies that overlap by more (IoU) one is dropped.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not the BlazePose landmark network.
    """

    def __init__(
        self,
        model_path: Path,
        telemetry: Telemetry,
        *,
        threads: int = 1,
        presence_min: float = 0.5,
        same_place: float = 0.3,
        same_body: float = 0.6,
    ) -> None:
        self._boxes = MotionBoxes()
        self._turns = BodyTurns(LandmarkPool(model_path, telemetry, threads=threads), telemetry)
        self._telemetry = telemetry
        self._presence_min = presence_min
        self._same_place = same_place
        self._same_body = same_body

    def networks(self) -> Mapping[str, str | float]:
        return {"boxes": "motion", "joints": "BlazePose", "provider": CPU}

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        if frame.image is None:
            return []
        began_s = time.perf_counter()
        places = self._boxes.propose(frame.image, frame.at, expected)
        found_s = time.perf_counter()
        self._telemetry.observe("stage_duration_seconds", found_s - began_s, stage="boxes")
        bodies = self._turns.look(frame.image, places[:, :4], frame.at)
        joints, presence = bodies.joints, bodies.presence
        self._telemetry.observe(
            "stage_duration_seconds", time.perf_counter() - found_s, stage="landmarks"
        )
        present = presence > self._presence_min
        good = present & plausible(joints, places[:, :4])
        self._refuse("presence", int(np.count_nonzero(~present)))
        self._refuse("implausible", int(np.count_nonzero(present & ~good)))
        poses = self._bodies(frame, places[good], joints[good])
        self._turns.remember(poses, frame.at)
        return poses

    def _bodies(self, frame: Frame, places: Float32, joints: Float32) -> list[Pose]:
        if not len(places):
            return []
        picture = [frame.width_px, frame.height_px, frame.width_px, frame.height_px]
        boxes = np.clip(np.stack([box_around(body) for body in joints]), 0, picture)
        boxes = boxes.astype(np.float32)
        fit = np.diagonal(overlap(boxes, places[:, :4]))
        kept = first_of_each(boxes, fit, same=self._same_body)
        poses = [
            Pose(joints=joints[index], box_px=boxes[index], score=float(places[index, 4]))
            for index in kept
            if fit[index] >= self._same_place
        ]
        return sorted(poses, key=lambda pose: -pose.score)

    def _refuse(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("poses_refused_total", number, reason=reason)


def first_of_each(boxes: Float32, preference: Float32, *, same: float) -> list[int]:
    """Return which boxes to keep, most preferred first, when those that overlap are one thing."""
    kept: list[int] = []
    likeness = overlap(boxes, boxes)
    for index in np.argsort(-preference, kind="stable").tolist():
        if not kept or likeness[index, kept].max() <= same:
            kept.append(index)
    return kept

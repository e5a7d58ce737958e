"""Poses of people found by motion and followed by their own bodies."""

import time
from pathlib import Path

import numpy as np

from tracker.association import overlap
from tracker.boxes_motion import MotionBoxes
from tracker.ports import PoseEstimator, Telemetry
from tracker.pose_blazepose import LandmarkPool
from tracker.types import Float32, Frame, Pose

# How far a body reaches beyond its outermost joints, left, top, right, bottom, as a share of the
# joints' height: the median over the hand-drawn boxes of the first half of PETS09-S2L1.
_BEYOND_JOINTS = np.array([-0.05, -0.10, 0.05, 0.09], np.float32)


class MotionPoses(PoseEstimator):
    """Finds people who move and, once they are known, looks where the tracker expects them.

    Their boxes are drawn around their joints: blobs of motion are ragged, break, and hold groups.

    Args:
        threads: how many people are looked at in parallel.
        presence_min: a box whose crop shows a body less surely than this is dropped.
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
        self._landmarks = LandmarkPool(model_path, threads=threads)
        self._telemetry = telemetry
        self._presence_min = presence_min
        self._same_place = same_place
        self._same_body = same_body

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        if frame.image is None:
            return []
        began_s = time.perf_counter()
        places = self._boxes.propose(frame.image, frame.at, expected)
        found_s = time.perf_counter()
        self._telemetry.observe("stage_duration_seconds", found_s - began_s, stage="boxes")
        joints, presence = self._landmarks.look(frame.image, places[:, :4])
        self._telemetry.observe(
            "stage_duration_seconds", time.perf_counter() - found_s, stage="landmarks"
        )
        seen = presence > self._presence_min
        return self._bodies(frame, places[seen], joints[seen])

    def _bodies(self, frame: Frame, places: Float32, joints: Float32) -> list[Pose]:
        if not len(places):
            return []
        boxes = body_boxes(joints, frame.width_px, frame.height_px)
        fit = np.diagonal(overlap(boxes, places[:, :4]))
        kept = first_of_each(boxes, fit, same=self._same_body)
        return sorted(
            (
                Pose(joints=joints[index], box_px=boxes[index], score=float(places[index, 4]))
                for index in kept
                if fit[index] >= self._same_place
            ),
            key=lambda pose: -pose.score,
        )


def body_boxes(joints: Float32, width_px: int, height_px: int) -> Float32:
    """Return the boxes around bodies, clothes and all, float32 (N, 4), inside the picture.

    Args:
        joints: float32 (N, 17, 3): x_px, y_px, confidence.
    """
    left_top, right_bottom = joints[:, :, :2].min(axis=1), joints[:, :, :2].max(axis=1)
    height = right_bottom[:, 1:] - left_top[:, 1:]
    boxes = np.concatenate([left_top, right_bottom], axis=1) + _BEYOND_JOINTS * height
    picture = [width_px, height_px, width_px, height_px]
    return np.asarray(np.clip(boxes, 0, picture), np.float32)


def first_of_each(boxes: Float32, preference: Float32, *, same: float) -> list[int]:
    """Return which boxes to keep, most preferred first, when those that overlap are one thing."""
    kept: list[int] = []
    likeness = overlap(boxes, boxes)
    for index in np.argsort(-preference, kind="stable").tolist():
        if not kept or likeness[index, kept].max() <= same:
            kept.append(index)
    return kept

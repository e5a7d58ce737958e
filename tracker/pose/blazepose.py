"""Poses from person boxes by MediaPipe's BlazePose landmark network in LiteRT."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.boxes import overlap
from tracker.detection.key_frames import (
    EXPECTED_SCORE,
    UNSURE_SCORE,
    KeyFrames,
    Places,
    box_around,
    every_frame,
    is_new,
)
from tracker.ports import BoxDetector, PoseEstimator, Telemetry
from tracker.pose.body_turns import BodyTurns
from tracker.pose.landmarks import LandmarkPool
from tracker.pose.plausibility import plausible
from tracker.types import NO_BOXES, Float32, Frame, Image, Pose, box_alone

# A detector's box whose crop shows a body less surely than this is refused; the same for a place
# where somebody is only expected.
PRESENCE = 0.15
EXPECTED_PRESENCE = 0.7
# Where a body was recognised a moment ago, its place need not be found by the detector as well.
FOLLOWED_PRESENCE = 0.5
# IoU from which a detector's box is that of somebody expected, and of somebody whose pose is known.
_EXPECTED_IOU = 0.3
_KNOWN_IOU = 0.3
# Boxes of two people who hold each other overlap, too; those of one person overlap more.
_SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Sight:
    """What is done to see bodies that do not stand or that the detector loses.

    Each can be left out, to measure what it is worth.

    Attributes:
        turning: crops are turned along the body.
        following: where the detector loses somebody, they are sought where they are expected.
    """

    turning: bool = True
    following: bool = True


FULL_SIGHT = Sight()


class BlazePose(PoseEstimator):
    """Finds boxes, then the body in each of them; looks where people are expected, too.

    Args:
        threads: how many people are looked at in parallel; each thread has its own interpreter.
        key_frame_interval: asked at every frame: the detector searches every so many frames,
            between them people are sought where they are expected.
        sight: what is left out to measure it.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not the BlazePose landmark network.
    """

    def __init__(
        self,
        model_path: Path,
        detector: BoxDetector,
        telemetry: Telemetry,
        *,
        threads: int = 1,
        key_frame_interval: Callable[[], int] = every_frame,
        sight: Sight = FULL_SIGHT,
    ) -> None:
        self._places = KeyFrames(detector, key_frame_interval)
        self._telemetry = telemetry
        self._following = sight.following
        landmarks = LandmarkPool(model_path, threads=threads)
        self._turns = BodyTurns(landmarks, telemetry, turning=sight.turning)

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        if frame.image is None:
            return []
        began_s = time.perf_counter()
        places = self._places.places(frame, expected)
        found_s = time.perf_counter()
        self._telemetry.observe("stage_duration_seconds", found_s - began_s, stage="boxes")
        self._telemetry.count("frames_searched_total", float(places.searched))
        poses = self._poses(frame.image, places, frame.at)
        poses += _boxes_alone(places, expected, poses)
        looked_s = time.perf_counter() - found_s
        self._telemetry.observe("stage_duration_seconds", looked_s, stage="landmarks")
        return poses

    def _poses(self, image: Image, places: Places, at: float) -> list[Pose]:
        missed = places.missed if self._following else NO_BOXES
        boxes_px = np.concatenate([places.found[:, :4], missed])
        bodies = self._turns.look(image, boxes_px, at)
        joints, presence = bodies.joints, bodies.presence
        found = np.arange(len(boxes_px)) < len(places.found)
        expected_min = np.where(bodies.remembered, FOLLOWED_PRESENCE, EXPECTED_PRESENCE)
        present = presence > np.where(found, PRESENCE, expected_min)
        good = present & plausible(joints, boxes_px)
        self._refuse("presence", int(np.count_nonzero(~present)))
        self._refuse("implausible", int(np.count_nonzero(present & ~good)))
        poses = [
            Pose(joints[row], boxes_px[row], score=float(places.found[row, 4]))
            for row in np.flatnonzero(good & found)
        ]
        for row in np.flatnonzero(good & ~found):
            if is_new(joints[row], [pose.joints for pose in poses]):
                score = EXPECTED_SCORE * float(presence[row])
                # The joints' box, not the expected one: an expectation that confirms itself drifts.
                box_px = _clipped(box_around(joints[row]), image)
                poses.append(Pose(joints[row], box_px, score=score))
        self._turns.remember(poses, at)
        return poses

    def _refuse(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("poses_refused_total", number, reason=reason)


def _clipped(box_px: Float32, image: Image) -> Float32:
    height_px, width_px = image.shape[:2]
    return np.clip(box_px, 0, np.array([width_px, height_px, width_px, height_px], np.float32))


def _boxes_alone(places: Places, expected: Float32, poses: Sequence[Pose]) -> list[Pose]:
    """Return people whom the detector sees and whose bodies were refused or not looked at.

    Those who are expected are followed; others are only beside somebody, perhaps.

    Args:
        expected: float32 (M, 4).
        poses: of this frame, which need no box beside them.
    """
    found = np.concatenate([places.found, places.unsure])
    if not len(found):
        return []
    boxes_px, scores = found[:, :4], np.minimum(found[:, 4], EXPECTED_SCORE)
    looked_at = np.arange(len(found)) < len(places.found)
    awaited = looked_at & (overlap(boxes_px, expected).max(axis=1, initial=0.0) >= _EXPECTED_IOU)
    known = np.zeros(len(found), np.float32)
    if poses:
        known = overlap(boxes_px, np.stack([pose.box_px for pose in poses])).max(axis=1)
    awaited &= known < _KNOWN_IOU
    others = ~awaited & (found[:, 4] >= UNSURE_SCORE) & (known < _SAME_IOU)
    return [
        box_alone(boxes_px[row], float(scores[row]), followed=bool(awaited[row]))
        for row in np.flatnonzero(awaited | others)
    ]

"""Poses from person boxes by MediaPipe's BlazePose landmark network in LiteRT."""

import time
from collections.abc import Callable, Mapping, Sequence
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
from tracker.options import LITE_BELOW_PX, LOOK_EVERY_S
from tracker.ports import BoxDetector, PoseEstimator, Telemetry
from tracker.pose.body_turns import BodyTurns
from tracker.pose.calm_bodies import CalmBodies
from tracker.pose.landmarks import LandmarkPool, LiteNetwork
from tracker.pose.plausibility import plausible
from tracker.types import NO_BOXES, Float32, Frame, Image, Pose, box_alone
from tracker.weights.onnx_session import CPU

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
        look_every_s: so often are calm people's bodies looked at; 0: in every picture, and then
            unchanged pictures are searched, too.
        lite_below_px: shorter bodies that stand are looked at by BlazePose lite; 0: none.
    """

    turning: bool = True
    following: bool = True
    look_every_s: float = LOOK_EVERY_S
    lite_below_px: float = LITE_BELOW_PX


FULL_SIGHT = Sight()
# For footage whose poses are kept: every body in every picture, by the better network.
THOROUGH = Sight(look_every_s=0.0, lite_below_px=0.0)


class BlazePose(PoseEstimator):
    """Finds boxes, then the body in each of them; looks where people are expected, too.

    Args:
        threads: how many people are looked at in parallel; each thread has its own interpreter.
        key_frame_interval: asked at every frame: the detector searches every so many frames,
            between them people are sought where they are expected.
        sight: what is left out to measure it.
        lite: looks at small bodies; None: nothing but the network of `model_path` looks.

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
        lite: LiteNetwork | None = None,
    ) -> None:
        self._calm = CalmBodies(sight.look_every_s)
        self._places = KeyFrames(detector, key_frame_interval, sparing=sight.look_every_s > 0)
        self._telemetry = telemetry
        self._following = sight.following
        self._lite_below_px = lite.below_px if lite else 0.0
        landmarks = LandmarkPool(model_path, telemetry, lite=lite, threads=threads)
        self._turns = BodyTurns(landmarks, telemetry, turning=sight.turning)

    def networks(self) -> Mapping[str, str | float]:
        small = {"lite_below_px": self._lite_below_px} if self._lite_below_px else {}
        return {"boxes": "YOLOX-nano", "joints": "BlazePose", **small, "provider": CPU}

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        if frame.image is None:
            return []
        began_s = time.perf_counter()
        places = self._places.places(frame, expected)
        found_s = time.perf_counter()
        self._telemetry.observe("stage_duration_seconds", found_s - began_s, stage="boxes")
        self._telemetry.count("frames_searched_total", float(places.searched))
        if places.spared:
            self._telemetry.count("frames_spared_total", reason=places.spared)
        poses = self._poses(frame.image, places, frame.at)
        poses += _boxes_alone(places, expected, poses)
        looked_s = time.perf_counter() - found_s
        self._telemetry.observe("stage_duration_seconds", looked_s, stage="landmarks")
        return poses

    def _poses(self, image: Image, places: Places, at: float) -> list[Pose]:
        missed = places.missed if self._following else NO_BOXES
        elsewhere = np.concatenate([missed, places.unsure[:, :4]])
        carried = self._calm.carried(places.found[:, :4], elsewhere, at)
        kept = [
            Pose(joints, box[:4], score=float(box[4]), carried=True)
            for joints, box in zip(carried, places.found, strict=True)
            if joints is not None
        ]
        found = places.found[[joints is None for joints in carried]]
        self._count(looked=len(found) + len(missed), carried=len(kept))
        seen = self._look(image, found, missed, at)
        poses = sorted([*kept, *seen.found], key=lambda pose: -pose.score)
        for pose in seen.followed:
            if is_new(pose.joints, [other.joints for other in poses]):
                poses.append(pose)
        return poses

    def _look(self, image: Image, found: Float32, missed: Float32, at: float) -> "_Seen":
        """Look at the bodies in boxes of the detector, and where people are expected."""
        boxes_px = np.concatenate([found[:, :4], missed])
        bodies = self._turns.look(image, boxes_px, at)
        joints, presence = bodies.joints, bodies.presence
        detected = np.arange(len(boxes_px)) < len(found)
        expected_min = np.where(bodies.remembered, FOLLOWED_PRESENCE, EXPECTED_PRESENCE)
        present = presence > np.where(detected, PRESENCE, expected_min)
        good = present & plausible(joints, boxes_px)
        self._refuse("presence", int(np.count_nonzero(~present)))
        self._refuse("implausible", int(np.count_nonzero(present & ~good)))
        seen = _Seen(
            [
                Pose(joints[row], boxes_px[row], score=float(found[row, 4]))
                for row in np.flatnonzero(good & detected)
            ],
            [
                # The joints' box: an expectation that confirms itself drifts.
                Pose(
                    joints[row],
                    _clipped(box_around(joints[row]), image),
                    score=EXPECTED_SCORE * float(presence[row]),
                )
                for row in np.flatnonzero(good & ~detected)
            ],
        )
        rows = [*np.flatnonzero(good & detected), *np.flatnonzero(good & ~detected)]
        self._calm.looked([*seen.found, *seen.followed], presence[rows], at)
        self._turns.remember([*seen.found, *seen.followed], at)
        return seen

    def _count(self, *, looked: int, carried: int) -> None:
        for outcome, number in (("looked", looked), ("saved", carried)):
            if number:
                self._telemetry.count("bodies_total", number, outcome=outcome)

    def _refuse(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("poses_refused_total", number, reason=reason)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Bodies that were recognised: in the detector's boxes, and where people were expected."""

    found: list[Pose]
    followed: list[Pose]


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

"""At which stage somebody who was shown to a camera's networks was lost, if anywhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tracker.boxes import overlap
from tracker.camera.film_run import FilmRun
from tracker.detection.key_frames import box_around
from tracker.simulator.film.film import FALLS_AT_S, Shot
from tracker.types import Pose

FilmStage: TypeAlias = Literal["weights", "detect", "pose", "track", "cues"]

# Every share is far below what whole networks reach and far above what blind ones do.
_LEAST_SHARE = 0.5
_SAME_PLACE = 0.4  # IoU of a box with the true one
_NEAR = 0.15  # mean distance of joints from their true places, in body lengths
_LOST_HEIGHT = 0.4  # by whoever lies, as the rule for falls asks
_LEAST_LOW_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """Where somebody was lost, and how it shows."""

    stage: FilmStage
    reason: str


def find_fault(run: FilmRun, *, refused: float) -> Fault | None:
    """Return the first stage that lost the person; None if none did.

    Args:
        refused: how many bodies the pose stage refused: it was shown boxes, then.
    """
    if run.failure:
        return Fault("pose", f"the networks failed: {run.failure}")
    there = [seq for seq, shot in enumerate(run.shots[: len(run.poses)]) if shot.inside]
    if not there:
        return Fault("pose", "no picture of the film was looked at")
    return (
        _undetected(run, there)
        or _unposed(run, there, refused)
        or _untracked(run, there)
        or _without_cues(run)
    )


def _undetected(run: FilmRun, there: Sequence[int]) -> Fault | None:
    """Judge the detector while the person walks: whoever lies is found by the body alone."""
    searched = [seq for seq in there if seq in run.boxes and run.shots[seq].at_s < FALLS_AT_S]
    if not searched:
        return None
    found = sum(_boxed(run, seq) for seq in searched)
    if found >= _LEAST_SHARE * len(searched):
        return None
    return Fault("detect", f"somebody was found in {found} of {len(searched)} pictures searched")


def _boxed(run: FilmRun, seq: int) -> bool:
    boxes = run.boxes[seq]
    true_px = box_around(run.shots[seq].joints_px)
    return bool(len(boxes)) and float(overlap(boxes[:, :4], true_px[None]).max()) >= _SAME_PLACE


def _unposed(run: FilmRun, there: Sequence[int], refused: float) -> Fault | None:
    found = sum(any(_near(pose, run.shots[seq]) for pose in run.poses[seq]) for seq in there)
    if found >= _LEAST_SHARE * len(there):
        return None
    blind = not run.boxes and not refused and not any(run.poses)
    text = f"a body was recognised in {found} of {len(there)} pictures"
    return Fault("detect", "nobody was found in any picture") if blind else Fault("pose", text)


def _near(pose: Pose, shot: Shot) -> bool:
    away_px = np.linalg.norm(pose.joints[:, :2] - shot.joints_px, axis=1).mean()
    body_px = np.ptp(shot.joints_px, axis=0).max()
    return pose.body_seen and float(away_px) <= _NEAR * float(body_px)


def _untracked(run: FilmRun, there: Sequence[int]) -> Fault | None:
    followed = _followed(run)
    number, frames = followed.most_common(1)[0] if followed else (0, 0)
    if frames < _LEAST_SHARE * len(there):
        return Fault("track", f"one person was followed in {frames} of {len(there)} pictures")
    samples = sum(
        len(each.joints)
        for push in run.pushes
        for each in push.samples
        if each.person.number == number
    )
    return None if samples else Fault("track", "no sample was made for a window")


def _followed(run: FilmRun) -> Counter[int]:
    return Counter(track.person.number for push in run.pushes for track in push.view.tracks)


def _without_cues(run: FilmRun) -> Fault | None:
    number = _followed(run).most_common(1)[0][0]
    low = sum(
        person.number == number and person.height_lost >= _LOST_HEIGHT
        for push in run.pushes
        for person in push.cues.people
    )
    if low >= _LEAST_LOW_FRAMES:
        return None
    return Fault("cues", f"who fell was low in {low} pictures; a fall shows in more")

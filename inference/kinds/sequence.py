"""What one person's poses alone show: the kinds that need nobody else and no picture. Pure."""

from dataclasses import dataclass

import numpy as np

from inference.kinds import running
from inference.kinds.fall import FallState
from inference.kinds.running import UsualSpeed
from inference.kinds.watch import KindOptions
from inference.types import Kind
from tracker.cues.body import BodyHistory
from tracker.cues.frame import LOST_S, cues_of_one
from tracker.types import Float32, PersonId, Pose, Track

SEEN_ABOVE = 0.3
_PERSON = PersonId("request", "request", 1)


@dataclass(frozen=True, slots=True)
class SequenceKind:
    """How far a sequence shows a kind.

    Attributes:
        score: highest, a multiple of the kind's threshold; None where it could not be judged.
        frame: the one with that score.
        seen: whether it lasts long enough to be decided.
    """

    kind: Kind
    score: float | None
    frame: int | None
    seen: bool


def sequence_kinds(poses: Float32, fps: float) -> list[SequenceKind]:
    """Return how far one person's poses show a fall and running.

    Args:
        poses: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        fps: rate of the poses.
    """
    options, fall, usual = KindOptions(), FallState(), UsualSpeed()
    body: BodyHistory | None = None
    falls: list[float] = []
    runs: list[float] = []
    fell, at = False, 0.0
    for frame, joints in enumerate(poses):
        at = frame / fps
        track = _track(joints, frame, at)
        if track is None:
            falls.append(-np.inf)
            runs.append(-np.inf)
            continue
        if body is None or at - body.seen_at > LOST_S:
            body = BodyHistory()
        cues = cues_of_one(track, body.add(track))
        fell |= fall.update(cues, at, options.fall)
        falls.append(fall.score)
        ran = running.score(cues, usual, options.running)
        runs.append(-np.inf if ran is None else ran)
    fell |= fall.vanished(at, np.inf, options.fall)
    longest = _longest(np.array(runs) >= 1) / fps
    return [
        _kind("fall", falls, fell),
        _kind("running", runs, longest >= options.run_rule.minimum_s),
    ]


def _track(joints: Float32, frame: int, at: float) -> Track | None:
    seen = joints[joints[:, 2] > SEEN_ABOVE, :2]
    if not len(seen):
        return None
    box_px = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
    return Track(_PERSON, frame, at, Pose(joints, box_px))


def _kind(kind: Kind, scores: list[float], seen: bool) -> SequenceKind:
    best = int(np.argmax(scores))
    if not np.isfinite(scores[best]):
        return SequenceKind(kind, None, None, seen=False)
    return SequenceKind(kind, round(scores[best], 3), best, seen)


def _longest(high: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """Return the length of the longest run of true values."""
    longest = run = 0
    for value in high.tolist():
        run = run + 1 if value else 0
        longest = max(longest, run)
    return longest

"""Where people are lost on their way through the camera process: a share of frames for each stage.

Only clips whose event has times count; a frame passes a stage as soon as anybody in it does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from export.bench.events.clips import EventClip
from export.bench.events.record import DETECTED, GATED, ClipRecord, FrameRecord
from tracker.types import Float32

Phase: TypeAlias = Literal["before", "during", "after"]
PHASES: tuple[Phase, ...] = ("before", "during", "after")
BOX_SCORES = (0.05, 0.2, 0.5)
STAGES = (*(f"box_{score:g}" for score in BOX_SCORES), "gated", "pose", "tracked")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who was tracked around one event.

    Attributes:
        before: somebody was tracked within the last second before it.
        after: somebody was tracked once the body lay on the floor.
        kept: one of the former is one of the latter.
    """

    before: bool
    after: bool
    kept: bool


def phase_of(time_s: float, times_s: tuple[float, float]) -> Phase | None:
    """Tell in which phase a moment lies; None: while the first picture is held."""
    if time_s < 0:
        return None
    start_s, down_s = times_s
    if time_s < start_s:
        return "before"
    return "during" if time_s <= down_s else "after"


def stages_passed(frame: FrameRecord) -> dict[str, bool]:
    """Tell which stages anybody passed in a frame."""
    seen, gated = frame.boxes.get(DETECTED), frame.boxes.get(GATED)
    best = _best(seen)
    passed = {f"box_{score:g}": best >= score for score in BOX_SCORES}
    passed["gated"] = gated is not None and len(gated) > 0
    passed["pose"] = any(pose.followed for pose in frame.poses)
    passed["tracked"] = len(frame.tracks) > 0
    return passed


def identity(record: ClipRecord, times_s: tuple[float, float]) -> Identity:
    """Tell whether a person keeps the number through an event."""
    before: set[int] = set()
    after: set[int] = set()
    for frame in record.frames:
        time_s = record.time_s(frame.at)
        numbers = {track.person.number for track in frame.tracks}
        if times_s[0] - 1 <= time_s < times_s[0]:
            before |= numbers
        elif time_s > times_s[1]:
            after |= numbers
    return Identity(bool(before), bool(after), bool(before & after))


def chain(clips: Sequence[tuple[EventClip, ClipRecord]]) -> dict[str, Any]:  # Any: JSON
    """Return the share of frames by phase and stage, and how often identities are kept."""
    timed = [(clip.times_s, record) for clip, record in clips if clip.is_event]
    known = [(times_s, record) for times_s, record in timed if times_s is not None]
    frames: dict[Phase, list[dict[str, bool]]] = {phase: [] for phase in PHASES}
    for times_s, record in known:
        for frame in record.frames:
            phase = phase_of(record.time_s(frame.at), times_s)
            if phase is not None:
                frames[phase].append(stages_passed(frame))
    found: dict[str, Any] = {"clips": len(known)}
    found |= {phase: _shares(frames[phase]) for phase in PHASES}
    found["identity"] = _identities(identity(record, times_s) for times_s, record in known)
    return found


def _best(boxes: Float32 | None) -> float:
    return float(boxes[:, 4].max()) if boxes is not None and len(boxes) else 0.0


def _shares(rows: Sequence[Mapping[str, bool]]) -> dict[str, float | int | None]:
    shares: dict[str, float | int | None] = {
        stage: round(float(np.mean([row[stage] for row in rows])), 3) if rows else None
        for stage in STAGES
    }
    return {"frames": len(rows), **shares}


def _identities(found: Iterable[Identity]) -> dict[str, int | float | None]:
    every = list(found)
    both = sum(one.before and one.after for one in every)
    kept = sum(one.kept for one in every)
    return {
        "clips": len(every),
        "tracked_before": sum(one.before for one in every),
        "tracked_before_and_after": both,
        "kept": kept,
        "kept_share": round(kept / len(every), 3) if every else None,
        "kept_share_of_tracked": round(kept / both, 3) if both else None,
    }

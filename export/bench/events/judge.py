"""Plays every clip's record through the live rule and adds the report up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from export.bench.events.chain import chain
from export.bench.events.clips import EventClip
from export.bench.events.counting import ClipOutcome, figures, hits, is_false
from export.bench.events.cues import BASELINES, cue_peak
from export.bench.events.live_rule import LiveRule, Played, play
from export.bench.events.record import ClipRecord
from export.evaluation.protocols import smooth
from inference.ports import FlowModel
from inference.types import Score

Judged = tuple[EventClip, ClipRecord, ClipOutcome]
# Two people are a pair within so many body heights and seconds of each other.
_PAIR_BODIES, _PAIR_S = 1.5, 0.5


def judge(
    records: Iterable[tuple[EventClip, ClipRecord]], flow: FlowModel, rule: LiveRule
) -> list[Judged]:
    """Decide every clip."""
    judged: list[Judged] = []
    for clip, record in records:
        played = play(record, flow, rule)
        judged.append((clip, record, outcome_of(clip, record, played, rule.alerts.smoothing_s)))
    return judged


def outcome_of(
    clip: EventClip, record: ClipRecord, played: Played, smoothing_s: float
) -> ClipOutcome:
    """Return what the counting needs to know of a clip."""
    return ClipOutcome(
        clip,
        record.seconds,
        played.alerts,
        peak=peak(played, smoothing_s),
        unscorable=played.unscorable,
        abstained=played.abstained,
        scored=sum(score.nll is not None for score in played.scores),
        pair=has_pair(played.scores),
        cues={n: cue_peak(record.frames, cue, smoothing_s) for n, cue in BASELINES.items()},
    )


def report(judged: Sequence[Judged]) -> dict[str, Any]:  # Any: JSON
    """Return the figures of each set and of all clips together, and a line for each clip."""
    by_set: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_set[one[0].set].append(one)
    return {
        "sets": {name: _row(found) for name, found in by_set.items()},
        "pooled": _row(judged),
        "clips": [_line(clip, outcome) for clip, _, outcome in judged],
    }


def peak(played: Played, smoothing_s: float) -> float | None:
    """Return the highest smoothed score of anybody that movement judged; None if there is none."""
    by_person: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for score, value in zip(played.scores, played.movement, strict=True):
        if value is not None:
            by_person[str(score.person)].append((score.at, value))
    peaks = []
    for rows in by_person.values():
        at_s, nll = np.array(rows).T
        begins = np.arange(len(nll)) == 0
        peaks.append(float(smooth(nll, at_s, begins, smoothing_s).max()))
    return max(peaks, default=None)


def has_pair(scores: Sequence[Score]) -> bool:
    """Tell whether two people near each other were scored at about the same time."""
    scored = [score for score in scores if score.nll is not None]
    return any(
        one.person != other.person and abs(one.at - other.at) <= _PAIR_S and _near(one, other)
        for number, one in enumerate(scored)
        for other in scored[:number]
    )


def _near(one: Score, other: Score) -> bool:
    apart_px = np.hypot(one.end.x_px - other.end.x_px, one.end.y_px - other.end.y_px)
    return bool(apart_px <= _PAIR_BODIES * max(one.end.height_px, other.end.height_px))


def _row(judged: Sequence[Judged]) -> dict[str, Any]:  # Any: JSON
    row = figures([outcome for _, _, outcome in judged])
    row["chain"] = chain([(clip, record) for clip, record, _ in judged])
    return row


def _line(clip: EventClip, outcome: ClipOutcome) -> dict[str, Any]:  # Any: JSON
    return {
        "set": clip.set,
        "clip": clip.name,
        "class": clip.kind,
        "seconds": round(outcome.seconds, 3),
        "found": bool(hits(outcome)),
        "peak": None if outcome.peak is None else round(outcome.peak, 4),
        "windows": outcome.scored,
        "alerts": [
            {
                "opened_s": round(alert.opened_s, 3),
                "kinds": [kind for _, kind in alert.kinds],
                "false": is_false(clip, alert),
                "peak_score": round(alert.peak_score, 4),
            }
            for alert in outcome.alerts
        ],
    }

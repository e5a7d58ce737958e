"""What counts as found, as a false alarm, as ordinary footage, as latency. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import gammaincinv

from export.bench.events.clips import EventClip
from export.bench.events.live_rule import AlertSeen
from export.data.labelled import Bool
from export.evaluation.metrics import auroc
from export.evaluation.protocols import Float64

# An alert may still come so long after the body has reached the floor.
LATEST_S = 5.0
# Which kinds of alert name a class of event rightly.
RIGHT_KINDS: Mapping[str, frozenset[str]] = {
    "fall": frozenset({"fall", "person_down"}),
    "fight": frozenset({"fight"}),
    "run": frozenset({"running"}),
}
_ROUNDING_S = 1e-6
_SHORTEST_HOURS = 1e-6  # a rate over less than some milliseconds says nothing


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """One clip and what became of it.

    Attributes:
        seconds: without the held picture.
        peak: highest smoothed score; None: nobody could be scored.
        unscorable: windows without a score, by reason.
        scored: windows with one.
        abstained: scored windows that movement did not judge, by reason.
        pair: two people close to each other could be scored at the same time.
        cues: highest smoothed value of each trivial baseline; None: nobody was tracked.
    """

    clip: EventClip
    seconds: float
    alerts: Sequence[AlertSeen]
    peak: float | None = None
    unscorable: Mapping[str, int] = field(default_factory=dict)
    scored: int = 0
    abstained: Mapping[str, int] = field(default_factory=dict)
    pair: bool = False
    cues: Mapping[str, float | None] = field(default_factory=dict)


def in_time(clip: EventClip, time_s: float) -> bool:
    """Tell whether an alert at that moment finds the clip's event."""
    if not clip.is_event:
        return False
    if clip.fall_start_s is None:
        return True
    if time_s < clip.fall_start_s - _ROUNDING_S:
        return False
    return clip.down_s is None or time_s <= clip.down_s + LATEST_S + _ROUNDING_S


def is_false(clip: EventClip, alert: AlertSeen) -> bool:
    """Tell whether an alert opened while nothing happened."""
    if not clip.is_event:
        return True
    return clip.fall_start_s is not None and alert.opened_s < clip.fall_start_s - _ROUNDING_S


def ordinary_s(outcome: ClipOutcome) -> float:
    """Return how much of a clip is ordinary: all of a normal one, else what precedes the event."""
    clip = outcome.clip
    if not clip.is_event:
        return outcome.seconds
    return 0.0 if clip.fall_start_s is None else min(clip.fall_start_s, outcome.seconds)


def hits(outcome: ClipOutcome) -> list[AlertSeen]:
    """Return the alerts that opened in time for the event."""
    return [alert for alert in outcome.alerts if in_time(outcome.clip, alert.opened_s)]


def found_right_kind(outcome: ClipOutcome) -> bool:
    """Tell whether an alert named the event's own kind in time."""
    right = RIGHT_KINDS.get(outcome.clip.kind, frozenset({outcome.clip.kind}))
    return any(
        kind in right and in_time(outcome.clip, at_s)
        for alert in outcome.alerts
        for at_s, kind in alert.kinds
        if not is_false(outcome.clip, alert)
    )


def latency_s(outcome: ClipOutcome) -> float | None:
    """Return the time from the body on the floor to the first alert that found it."""
    found = hits(outcome)
    if not found or outcome.clip.down_s is None:
        return None
    return found[0].opened_s - outcome.clip.down_s


def _peak_of(outcome: ClipOutcome) -> float | None:
    return outcome.peak


def figures(outcomes: Sequence[ClipOutcome]) -> dict[str, Any]:  # Any: JSON
    """Return one set's row of the report, the chain left out."""
    events = [one for one in outcomes if one.clip.is_event]
    false = [(one, alert) for one in outcomes for alert in one.alerts if is_false(one.clip, alert)]
    hours = sum(ordinary_s(one) for one in outcomes) / 3600
    return {
        "clips": len(outcomes),
        "events": len(events),
        "found": sum(bool(hits(one)) for one in events),
        "found_right_kind": sum(found_right_kind(one) for one in events),
        "by_class": _by_class(events),
        "by_kind": _by_kind(outcomes),
        "ordinary_hours": round(hours, 5),
        "false_alarms": len(false),
        "false_alarms_before_event": sum(one.clip.is_event for one, _ in false),
        "false_alarms_per_hour": per_hour(len(false), hours),
        "alerts_after_event": sum(
            not is_false(one.clip, alert) and not in_time(one.clip, alert.opened_s)
            for one in outcomes
            for alert in one.alerts
        ),
        "latency_s": _latencies(events),
        "auroc": clip_auroc(outcomes),
        "baselines": baselines(outcomes),
        "windows": _windows(outcomes),
    }


def per_hour(number: int, hours: float) -> dict[str, float | None]:
    """Return a rate with the exact 95 % interval of a Poisson count."""
    if hours < _SHORTEST_HOURS:
        return {"rate": None, "low": None, "high": None}
    # Quantiles of the gamma distribution; scipy.stats, which has them too, starts slowly.
    low = gammaincinv(number, 0.025) if number else 0.0
    high = gammaincinv(number + 1, 0.975)
    values = {"rate": number / hours, "low": low / hours, "high": high / hours}
    return {name: round(float(value), 1) for name, value in values.items()}


def clip_auroc(
    outcomes: Sequence[ClipOutcome], value: Callable[[ClipOutcome], float | None] = _peak_of
) -> dict[str, Any]:  # Any: JSON
    """Return how well a value of the clips, by default their peaks, tells events from the rest.

    ``all`` takes a clip without a value for the least unusual one; ``scored`` leaves it out.
    """
    values = [value(one) for one in outcomes]
    known = [one for one in values if one is not None]
    lowest = min(known, default=0.0) - 1.0
    every = np.array([lowest if one is None else one for one in values], np.float64)
    has_value = np.array([one is not None for one in values], np.bool_)
    is_event = np.array([one.clip.is_event for one in outcomes], np.bool_)
    return {
        "all": _auroc(every, is_event),
        "scored": _auroc(every[has_value], is_event[has_value]),
        "scored_clips": int(has_value.sum()),
        "event_clips_scored": int((has_value & is_event).sum()),
    }


def baselines(outcomes: Sequence[ClipOutcome]) -> dict[str, Any]:  # Any: JSON
    """Return what each trivial cue achieves alone.

    ``found_at_same_false_alarms``: events whose peak is above all but as many ordinary clips' as
    raised an alert of the product.
    """
    names = sorted({name for one in outcomes for name in one.cues})
    allowed = sum(bool(one.alerts) for one in outcomes if not one.clip.is_event)
    rows = {}
    for name in names:

        def cue(one: ClipOutcome, name: str = name) -> float | None:
            return one.cues.get(name)

        found = _above_ordinary(outcomes, cue, allowed)
        rows[name] = {**clip_auroc(outcomes, cue), "found_at_same_false_alarms": found}
    return rows


def _above_ordinary(
    outcomes: Sequence[ClipOutcome], value: Callable[[ClipOutcome], float | None], allowed: int
) -> int:
    """Count the events above all ordinary clips but so many."""
    ordinary = sorted(
        (found for one in outcomes if not one.clip.is_event and (found := value(one)) is not None),
        reverse=True,
    )
    limit = ordinary[allowed] if allowed < len(ordinary) else -np.inf
    events = (value(one) for one in outcomes if one.clip.is_event)
    return sum(found is not None and found > limit for found in events)


def _auroc(values: Float64, is_event: Bool) -> float | None:
    found = auroc(values, is_event) if len(values) else None
    return None if found is None else round(found, 4)


def _by_class(events: Sequence[ClipOutcome]) -> dict[str, dict[str, int]]:
    classes: defaultdict[str, list[ClipOutcome]] = defaultdict(list)
    for one in events:
        classes[one.clip.kind].append(one)
    return {
        name: {
            "events": len(found),
            "found": sum(bool(hits(one)) for one in found),
            "found_right_kind": sum(found_right_kind(one) for one in found),
            "pair_scored": sum(one.pair for one in found),
        }
        for name, found in sorted(classes.items())
    }


def _by_kind(outcomes: Sequence[ClipOutcome]) -> dict[str, dict[str, int]]:
    """Count by the kind with which an alert opened; an alert may tell several."""
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        found: set[str] = set()
        for alert in one.alerts:
            for at_s, kind in alert.kinds:
                rows[kind]["alerts"] += 1
                if is_false(one.clip, alert):
                    rows[kind]["false_alarms"] += 1
                elif in_time(one.clip, at_s):
                    found.add(kind)
        for kind in found:
            rows[kind]["found"] += 1
    columns = ("alerts", "found", "false_alarms")
    return {kind: {name: row[name] for name in columns} for kind, row in sorted(rows.items())}


def _latencies(events: Sequence[ClipOutcome]) -> dict[str, float | int | None]:
    every = [latency_s(one) for one in events]
    known = [value for value in every if value is not None]
    untimed = sum(bool(hits(one)) and one.clip.down_s is None for one in events)
    median, p90 = np.quantile(known, (0.5, 0.9)).tolist() if known else (None, None)
    return {
        "median": None if median is None else round(median, 3),
        "p90": None if p90 is None else round(p90, 3),
        "events": len(known),
        "without_times": untimed,
    }


def _windows(outcomes: Sequence[ClipOutcome]) -> dict[str, Any]:  # Any: JSON
    unscorable, abstained = Counter[str](), Counter[str]()
    for one in outcomes:
        unscorable.update(one.unscorable)
        abstained.update(one.abstained)
    return {
        "scored": sum(one.scored for one in outcomes),
        "unscorable": dict(sorted(unscorable.items())),
        "abstained": dict(sorted(abstained.items())),
    }

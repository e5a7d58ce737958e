"""What each event of an alert says of it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from inference.alert_options import AlertOptions
from inference.explanation import at_end, explain
from inference.hysteresis import ROUNDING_S
from inference.person_state import PersonState
from inference.types import (
    KINDS,
    Alert,
    AlertEvent,
    Kind,
    KindScore,
    rarest_hours,
    severity_of,
)
from tracker.types import PersonId

ID_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of an alert.

    Attributes:
        window: reference of the window that peaked, if no earlier decision reported it.
    """

    event: AlertEvent
    window: str | None


# Who stays somewhere may stay for hours: that is no news every other second.
DWELL_UPDATE_EVERY_S = 30.0
MOVEMENT_REASON = "moved unlike the people the model has learned from"


def report_if_due(state: PersonState, at: float, options: AlertOptions) -> Decision | None:
    """Report an open alert again if its last report is long ago."""
    if state.alert is None:
        return None
    state.at = max(state.at, at)
    only_dwells = not state.moves and state.kinds.keys() == {"dwell"}
    every_s = max(options.update_every_s, DWELL_UPDATE_EVERY_S if only_dwells else 0.0)
    due = at - state.alert.updated_at >= every_s - ROUNDING_S
    return report(state, state.alert, "updated") if due else None


def report_unseen(state: PersonState, at: float, since: float | None) -> Decision | None:
    """Report that somebody down is not seen since, or is seen again; None if that is known."""
    if not state.is_latched or state.alert is None or state.alert.not_seen_since == since:
        return None
    if since is not None and state.alert.not_seen_since is not None:
        return None
    state.at = max(state.at, at)
    alert = msgspec.structs.replace(state.alert, not_seen_since=since)
    return report(state, alert, "updated")


def rate(decision: Decision, rarity_hours: Mapping[Kind, Callable[[float], float]]) -> Decision:
    """Return the decision with the rarity of its kinds' scores, and the severity that follows."""
    alert = decision.event.alert
    kinds = tuple(
        msgspec.structs.replace(
            each, rarity_hours=round(rarity_hours[each.kind](each.peak_score), 2)
        )
        if each.kind in rarity_hours
        else each
        for each in alert.kinds
    )
    if not kinds:
        return decision
    alert = msgspec.structs.replace(
        alert, kinds=kinds, rarity_hours=rarest_hours(kinds), severity=severity_of(kinds[0])
    )
    return replace(decision, event=msgspec.structs.replace(decision.event, alert=alert))


def explained(decision: Decision, people: Iterable[PersonState]) -> Decision:
    """Add why there is the alert; one that is closed keeps what was said last."""
    alert = decision.event.alert
    person = next((each for each in people if each.has_open(alert.id)), None)
    if person is None and alert.explanation is not None:
        explanation = at_end(alert.explanation, alert.closed_at)
    elif person is None:
        explanation = explain(alert, {}, {})
    else:
        explanation = explain(alert, person.facts(), person.lasting())
    if person is not None and person.alert is not None:
        person.alert = msgspec.structs.replace(person.alert, explanation=explanation)
    alert = msgspec.structs.replace(alert, explanation=explanation)
    return replace(decision, event=msgspec.structs.replace(decision.event, alert=alert))


def new_alert(
    person: PersonId, start_at: float, opened_at: float, model: str, threshold: float
) -> Alert:
    """Return an alert of which nothing was reported yet."""
    return Alert(
        id=_alert_id(person, start_at),
        camera=person.camera,
        person=str(person),
        state="open",
        opened_at=opened_at,
        updated_at=opened_at,
        closed_at=None,
        peak_score=0.0,
        peak_at=opened_at,
        threshold=threshold,
        joints=(),
        model=model,
        version=0,
    )


def report(
    state: PersonState, alert: Alert, change: Literal["opened", "updated", "closed"]
) -> Decision:
    """Return the next event of the person's alert, and remember what it says."""
    peak, kinds = state.peak, _kinds(state, alert)
    if kinds:
        leading = kinds[0]
        alert = msgspec.structs.replace(
            alert,
            peak_score=leading.peak_score,
            peak_at=leading.peak_at,
            threshold=leading.threshold,
            kind=leading.kind,
            kinds=kinds,
            reason=leading.reason,
            rarity_hours=rarest_hours(kinds),
            severity=severity_of(leading),
        )
    alert = msgspec.structs.replace(
        alert, updated_at=state.at, version=alert.version + 1, zones=tuple(state.zones)
    )
    if peak is not None:
        window = None if peak == state.reported_peak else peak.window
    else:  # no score was high: the newest window shows what happened, if there is one
        window = state.last_window or None if change == "opened" else None
    state.alert, state.reported_peak = alert, peak
    return Decision(AlertEvent(type=change, alert=alert), window)


def _kinds(state: PersonState, alert: Alert) -> tuple[KindScore, ...]:
    """Return what every kind of the alert says, the most severe first."""
    found = {
        kind: KindScore(
            kind=kind,
            peak_score=each.peak_score,
            peak_at=each.peak_at,
            threshold=each.threshold,
            reason=each.reason,
        )
        for kind, each in state.kinds.items()
    }
    known = {each.kind: each for each in alert.kinds}
    if state.moves and state.peak is not None:
        # An alert of version 0.3 knows its threshold alone.
        threshold = state.threshold if alert.kinds or not alert.version else alert.threshold
        found["movement"] = KindScore(
            kind="movement",
            peak_score=state.peak.score,
            peak_at=state.peak.at,
            threshold=threshold,
            reason=MOVEMENT_REASON,
        )
    return tuple((known | found)[kind] for kind in reversed(KINDS) if kind in known | found)


def _alert_id(person: PersonId, start_at: float) -> str:
    """Name an episode so that whoever decides it again gives it the same name."""
    return hashlib.sha256(f"{person}@{start_at!r}".encode()).hexdigest()[:ID_DIGITS]

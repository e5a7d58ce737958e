"""Decides when one person's scores are an alert: episodes from opening to close. Pure."""

import msgspec

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision, new_alert, report, report_if_due
from inference.facts import NOTHING_SEEN, SeenFacts
from inference.hysteresis import ROUNDING_S, Peak
from inference.person_state import KindEpisode, PersonState
from inference.types import (
    Alert,
    KindScore,
    Score,
)
from tracker.types import PersonId


def begin(score: Score) -> PersonState:
    """Return the state of somebody who was never scored before."""
    return PersonState(
        number=score.person.number, last_seq=score.last_seq, at=score.at, end=score.end
    )


def update(
    state: PersonState,
    score: Score,
    nearby: PersonState | None,
    threshold: float,
    options: AlertOptions,
    *,
    armed: bool = True,
) -> Decision | None:
    """Add the person's next score; return what it changes.

    Unscorable windows neither open nor close: they only show that the person is there.

    Args:
        nearby: somebody close to the person whose episode is open, if there is one.
        armed: whether an episode of movement may begin.
    """
    state.last_seq, state.at, state.end = score.last_seq, max(state.at, score.at), score.end
    if score.nll is None:
        return None
    state.last_window, state.threshold = score.window, threshold
    smoothed = state.smooth(score.nll, score.at, options.smoothing_s)
    open_moving = state.alert is not None and state.moves
    at_peak = state.peak is None or smoothed > state.peak.score
    if at_peak and (open_moving or smoothed >= threshold):
        state.peak = Peak(smoothed, score.at, score.window)
    if state.alert is not None and state.moves:
        return _update_open(state, state.alert, threshold, options)
    if smoothed < threshold:
        state.peak = None
    if not state.stays_high(score.nll, threshold, options):
        return None
    if nearby is not None:
        nearby.below_since = None  # the episode lasts as long as anybody in it is abnormal
        return None
    if not armed or state.hold_back(score.at, options):
        state.peak = None  # what begins once it may has a peak of its own
        return None
    return _begin_movement(state, score, threshold)


def raise_kind(
    state: PersonState,
    person: PersonId,
    seen: KindScore,
    *,
    model: str,
    options: AlertOptions,
    facts: SeenFacts = NOTHING_SEEN,
) -> Decision | None:
    """Add that a kind is seen now; return what it changes.

    Args:
        facts: what its explanation needs.
        model: of the newest scores, for an alert that opens.
    """
    known = state.kinds.get(seen.kind)
    if known is not None:
        known.seen(seen, facts)
        # Somebody may lie for an hour: that is no news.
        latched = state.is_latched
        return None if latched else report_if_due(state, seen.peak_at, options)
    if seen.kind != "dwell" and state.hold_back(seen.peak_at, options):
        return None  # a rule for staying in a zone holds there, whatever other zones say
    if state.alert is None:
        state.kinds = {}
        state.moves = False
    state.at = max(state.at, seen.peak_at)
    state.kinds[seen.kind] = KindEpisode(
        seen.peak_at,
        seen.peak_score,
        seen.peak_at,
        seen.reason,
        seen.threshold,
        facts,
        seen.peak_at - (facts.lasted_s or 0.0),
    )
    if state.alert is not None:
        return report(state, state.alert, "updated")
    alert = new_alert(person, seen.peak_at, seen.peak_at, model, seen.threshold)
    return report(state, alert, "opened")


def settle(state: PersonState, at: float, hold_s: float) -> Decision | None:
    """Close an alert of which no kind has been seen for so long; movement ends by itself."""
    if state.alert is None or state.is_latched or state.moves or not state.kinds:
        return None
    last_at = max(each.seen_at for each in state.kinds.values())
    return close(state, last_at) if at - last_at >= hold_s - ROUNDING_S else None


def close(state: PersonState, closed_at: float) -> Decision | None:
    """End the episode, if there is one."""
    if state.alert is None:
        return None
    closed_at = max(closed_at, state.alert.opened_at)
    alert = msgspec.structs.replace(state.alert, state="closed", closed_at=closed_at)
    decision = report(state, alert, "closed")
    state.alert = state.peak = state.reported_peak = state.down = None
    state.moves, state.kinds, state.zones = True, {}, []
    state.begin_again()
    return decision


def _begin_movement(state: PersonState, score: Score, threshold: float) -> Decision:
    state.moves = True
    if state.alert is not None:
        return report(state, state.alert, "updated")
    start_at = score.at if state.above_since is None else state.above_since
    alert = new_alert(score.person, start_at, score.at, score.model, threshold)
    return report(state, alert, "opened")


def _update_open(
    state: PersonState, alert: Alert, threshold: float, options: AlertOptions
) -> Decision | None:
    """Close an open episode that stayed calm; else report what is worth reporting of it."""
    if state.stays_calm(threshold, options) and state.below_since is not None:
        if not state.kinds:
            return close(state, state.below_since)
        state.moves = False  # the other kinds keep it open
        return None
    due = state.at - alert.updated_at >= options.update_every_s - ROUNDING_S
    return report(state, alert, "updated") if due or _rose(state, threshold, options) else None


def _rose(state: PersonState, threshold: float, options: AlertOptions) -> bool:
    if state.peak is None or state.reported_peak is None:
        return False
    return state.peak.score - state.reported_peak.score > options.rise_ratio * abs(threshold)

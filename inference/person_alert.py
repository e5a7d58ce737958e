"""Decides when one person's scores are an alert: episodes from opening to close. Pure."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import msgspec

from inference.hysteresis import ROUNDING_S, Hysteresis, HysteresisOptions, Peak
from inference.types import Alert, AlertEvent, Position, Score
from tracker.types import PersonId
from tracker.validation import require_at_least, require_positive

ID_DIGITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOptions(HysteresisOptions):
    """How scores become alerts; times are capture time.

    Attributes:
        silence_s: somebody who is not seen and not scored for this long is gone. It outlasts
            `follow_s` and a window, so that a successor's first score comes in time.
        lag_s: the same for somebody who is still seen: the windows may be waiting.
        follow_s: a new track may begin this long after another ended and be the same person.
        update_every_s: an open alert is told again this often.
        rise_ratio: or when its peak rose by this share of the threshold.
        beside_bodies: within so many body heights of an open episode people are part of it: a fight
            is one alert.
        people: most people remembered per camera.
    """

    silence_s: float = 4.0
    lag_s: float = 15.0
    follow_s: float = 2.0
    update_every_s: float = 2.0
    rise_ratio: float = 0.1
    beside_bodies: float = 1.5
    people: int = 256

    def __post_init__(self) -> None:
        HysteresisOptions.__post_init__(self)
        require_positive(self, "update_every_s", "rise_ratio")
        require_at_least(self, follow_s=0, beside_bodies=0, people=1)
        if not self.follow_s <= self.silence_s <= self.lag_s:
            raise ValueError(
                f"silence_s is {self.silence_s}; it must lie between follow_s, {self.follow_s}, "
                f"and lag_s, {self.lag_s}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of an alert.

    Attributes:
        window: reference of the window that peaked, if no earlier decision reported it.
    """

    event: AlertEvent
    window: str | None


class PersonState(Hysteresis, kw_only=True):
    """One person's scores so far, over all the tracks that were this person.

    Field names in storage are those of version 0.3.

    Attributes:
        number: of the track that is this person now.
        previous_tracks: last frame number of each track that was this person before.
        reported_peak: what the last event said of the peak.
    """

    number: int
    last_seq: int
    at: float
    end: Position
    previous_tracks: dict[int, int] = msgspec.field(name="former", default_factory=dict)
    peak: Peak | None = None
    reported_peak: Peak | None = msgspec.field(name="told", default=None)
    alert: Alert | None = None


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
) -> Decision | None:
    """Add the person's next score; return what it changes.

    Unscorable windows neither open nor close: they only show that the person is there.

    Args:
        nearby: somebody close to the person whose episode is open, if there is one.
    """
    state.last_seq, state.at, state.end = score.last_seq, score.at, score.end
    if score.nll is None:
        return None
    smoothed = state.smooth(score.nll, score.at, options.smoothing_s)
    at_peak = state.peak is None or smoothed > state.peak.score
    if at_peak and (state.alert is not None or smoothed >= threshold):
        state.peak = Peak(smoothed, score.at, score.window)
    if state.alert is not None:
        return _update_open(state, state.alert, threshold, options)
    if smoothed < threshold:
        state.peak = None
    if not state.stays_high(score.nll, threshold, options):
        return None
    if nearby is not None:
        nearby.below_since = None  # the episode lasts as long as anybody in it is abnormal
        return None
    return _open(state, smoothed, score, threshold)


def close(state: PersonState, closed_at: float) -> Decision | None:
    """End the episode, if there is one."""
    if state.alert is None:
        return None
    alert = msgspec.structs.replace(state.alert, state="closed", closed_at=closed_at)
    decision = _report(state, alert, "closed")
    state.alert = state.peak = state.reported_peak = None
    state.begin_again()
    return decision


def _open(state: PersonState, smoothed: float, score: Score, threshold: float) -> Decision:
    start_at = score.at if state.above_since is None else state.above_since
    alert = Alert(
        id=_alert_id(score.person, start_at),
        camera=score.person.camera,
        person=str(score.person),
        state="open",
        opened_at=score.at,
        updated_at=score.at,
        closed_at=None,
        peak_score=smoothed,
        peak_at=score.at,
        threshold=threshold,
        joints=(),
        model=score.model,
        version=0,
    )
    return _report(state, alert, "opened")


def _update_open(
    state: PersonState, alert: Alert, threshold: float, options: AlertOptions
) -> Decision | None:
    """Close an open episode that stayed calm; else report what is worth reporting of it."""
    if state.stays_calm(threshold, options) and state.below_since is not None:
        return close(state, state.below_since)
    due = state.at - alert.updated_at >= options.update_every_s - ROUNDING_S
    return _report(state, alert, "updated") if due or _rose(state, threshold, options) else None


def _rose(state: PersonState, threshold: float, options: AlertOptions) -> bool:
    if state.peak is None or state.reported_peak is None:
        return False
    return state.peak.score - state.reported_peak.score > options.rise_ratio * abs(threshold)


def _report(
    state: PersonState, alert: Alert, change: Literal["opened", "updated", "closed"]
) -> Decision:
    peak = state.peak
    if peak is not None:
        alert = msgspec.structs.replace(alert, peak_score=peak.score, peak_at=peak.at)
    alert = msgspec.structs.replace(alert, updated_at=state.at, version=alert.version + 1)
    window = None if peak is None or peak == state.reported_peak else peak.window
    state.alert, state.reported_peak = alert, peak
    return Decision(AlertEvent(type=change, alert=alert), window)


def _alert_id(person: PersonId, start_at: float) -> str:
    """Name an episode so that whoever decides it again gives it the same name."""
    return hashlib.sha256(f"{person}@{start_at!r}".encode()).hexdigest()[:ID_DIGITS]

"""When one person's scores are an alert: smoothing, hysteresis, episodes. Pure.

All time here is capture time, so that the same scores give the same alerts whenever they arrive.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Literal

import msgspec

from inference.types import Alert, AlertEvent, Position, Score
from tracker.types import PersonId
from tracker.validation import require_at_least, require_positive

# Two scores 0.3 s apart differ by 0.29999995 in UTC seconds of double precision.
ROUNDING_S = 1e-3
SCORES_TO_OPEN = 2
ID_DIGITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOptions:
    """How scores become alerts; times are capture time.

    Attributes:
        smoothing_s: time constant of the one-sided smoothing.
        minimum_s: the smoothed score must stay at the threshold for this long to open.
        close_ratio: below this share of the threshold an episode calms down.
        hold_s: it must stay calm for this long to close.
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

    smoothing_s: float = 0.4
    minimum_s: float = 0.4
    close_ratio: float = 0.95
    hold_s: float = 2.0
    silence_s: float = 4.0
    lag_s: float = 15.0
    follow_s: float = 2.0
    update_every_s: float = 2.0
    rise_ratio: float = 0.1
    beside_bodies: float = 1.5
    people: int = 256

    def __post_init__(self) -> None:
        require_positive(self, "smoothing_s", "update_every_s", "rise_ratio")
        require_at_least(self, minimum_s=0, hold_s=0, follow_s=0, beside_bodies=0, people=1)
        if not 0 < self.close_ratio <= 1:
            raise ValueError(f"close_ratio is {self.close_ratio}; it must lie in (0, 1]")
        if not self.follow_s <= self.silence_s <= self.lag_s:
            raise ValueError(
                f"silence_s is {self.silence_s}; it must lie between follow_s, {self.follow_s}, "
                f"and lag_s, {self.lag_s}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of an alert.

    Attributes:
        window: reference of the window that peaked, if no earlier decision told it.
    """

    event: AlertEvent
    window: str | None


class Peak(msgspec.Struct, frozen=True):
    """The highest smoothed score of an episode, and the window behind it."""

    score: float
    at: float
    window: str


class PersonState(msgspec.Struct):
    """One person's scores so far, over all the tracks that were this person.

    Attributes:
        number: of the track that is this person now.
        former: last frame number of each track that was this person before.
        above_since: since when the smoothed score is at the threshold or over it.
        above_scores: how many windows by themselves were so since then.
        below_since: since when an open episode is calm.
        told: what the last event said of the peak.
    """

    number: int
    last_seq: int
    at: float
    end: Position
    former: dict[int, int]
    smoothed: float | None = None
    smoothed_at: float = 0.0
    above_since: float | None = None
    above_scores: int = 0
    below_since: float | None = None
    peak: Peak | None = None
    told: Peak | None = None
    alert: Alert | None = None


def begin(score: Score) -> PersonState:
    """Return the trail of somebody who was never scored before."""
    return PersonState(score.person.number, score.last_seq, score.at, score.end, {})


def follow(
    trail: PersonState,
    score: Score,
    beside: PersonState | None,
    threshold: float,
    options: AlertOptions,
) -> Decision | None:
    """Take the person's next score in; return what it changes.

    Unscorable windows neither open nor close: they only tell that the person is there.

    Args:
        beside: somebody next to the person whose episode is open, if there is one.
    """
    trail.last_seq, trail.at, trail.end = score.last_seq, score.at, score.end
    if score.nll is None:
        return None
    smoothed = _smooth(trail, score.nll, score.at, options.smoothing_s)
    at_peak = trail.peak is None or smoothed > trail.peak.score
    if at_peak and (trail.alert is not None or smoothed >= threshold):
        trail.peak = Peak(smoothed, score.at, score.window)
    if trail.alert is None:
        # One jittery window can hold the smoothed score up for a while; it is no event.
        trail.above_scores += score.nll >= threshold
        if not _is_high(trail, smoothed, score, threshold, options):
            return None
        if beside is not None:
            beside.below_since = None  # the episode lasts as long as anybody in it is abnormal
            return None
        return _open(trail, smoothed, score, threshold)
    return _go_on(trail, trail.alert, smoothed, threshold, options)


def close(trail: PersonState, closed_at: float) -> Decision | None:
    """End the episode, if there is one."""
    if trail.alert is None:
        return None
    alert = msgspec.structs.replace(trail.alert, state="closed", closed_at=closed_at)
    decision = _tell(trail, alert, "closed")
    trail.alert = trail.peak = trail.told = trail.below_since = trail.above_since = None
    trail.above_scores = 0
    return decision


def _smooth(trail: PersonState, nll: float, at: float, smoothing_s: float) -> float:
    if trail.smoothed is None:
        smoothed = nll
    else:
        share = -math.expm1(-max(0.0, at - trail.smoothed_at) / smoothing_s)
        smoothed = trail.smoothed + share * (nll - trail.smoothed)
    trail.smoothed, trail.smoothed_at = smoothed, at
    return smoothed


def _is_high(
    trail: PersonState, smoothed: float, score: Score, threshold: float, options: AlertOptions
) -> bool:
    """Tell whether the smoothed score has stayed high for long enough to open an episode."""
    if smoothed < threshold:
        trail.above_since, trail.above_scores, trail.peak = None, 0, None
        return False
    if trail.above_since is None:
        trail.above_since = score.at
    high_s = score.at - trail.above_since
    return trail.above_scores >= SCORES_TO_OPEN and high_s >= options.minimum_s - ROUNDING_S


def _open(trail: PersonState, smoothed: float, score: Score, threshold: float) -> Decision:
    start_at = score.at if trail.above_since is None else trail.above_since
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
    return _tell(trail, alert, "opened")


def _go_on(
    trail: PersonState, alert: Alert, smoothed: float, threshold: float, options: AlertOptions
) -> Decision | None:
    """Close an open episode that stayed calm; else tell what is worth telling of it."""
    # Not threshold · ratio: bits per dimension may be negative.
    calm_below = threshold - (1 - options.close_ratio) * abs(threshold)
    if smoothed >= calm_below:
        trail.below_since = None
    elif trail.below_since is None:
        trail.below_since = trail.at
    if (
        trail.below_since is not None
        and trail.at - trail.below_since >= options.hold_s - ROUNDING_S
    ):
        return close(trail, trail.below_since)
    if trail.at - alert.updated_at >= options.update_every_s - ROUNDING_S or _rose(
        trail, threshold, options
    ):
        return _tell(trail, alert, "updated")
    return None


def _rose(trail: PersonState, threshold: float, options: AlertOptions) -> bool:
    if trail.peak is None or trail.told is None:
        return False
    return trail.peak.score - trail.told.score > options.rise_ratio * abs(threshold)


def _tell(
    trail: PersonState, alert: Alert, change: Literal["opened", "updated", "closed"]
) -> Decision:
    peak = trail.peak
    if peak is not None:
        alert = msgspec.structs.replace(alert, peak_score=peak.score, peak_at=peak.at)
    alert = msgspec.structs.replace(alert, updated_at=trail.at, version=alert.version + 1)
    window = None if peak is None or peak == trail.told else peak.window
    trail.alert, trail.told = alert, peak
    return Decision(AlertEvent(type=change, alert=alert), window)


def _alert_id(person: PersonId, start_at: float) -> str:
    """Name an episode so that whoever decides it again gives it the same name."""
    return hashlib.sha256(f"{person}@{start_at!r}".encode()).hexdigest()[:ID_DIGITS]

"""Decides when one person's scores are an alert: episodes from opening to close. Pure."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from inference.calibration.held import HeldScore
from inference.facts import NOTHING_SEEN, SeenFacts
from inference.hysteresis import ROUNDING_S, Hysteresis, HysteresisOptions, Peak
from inference.kinds.dwell import Stay
from inference.kinds.person_down import DownState
from inference.types import (
    KINDS,
    Alert,
    AlertEvent,
    Kind,
    KindScore,
    Position,
    Score,
    severity_of,
)
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
        rarity_hours: where a camera has no threshold of its own, movement is an alert when it is so
            unusual that one person ordinarily does it once in so many hours.
    """

    silence_s: float = 4.0
    lag_s: float = 15.0
    follow_s: float = 2.0
    update_every_s: float = 2.0
    rise_ratio: float = 0.1
    beside_bodies: float = 1.5
    people: int = 256
    rarity_hours: float = 1.0

    def __post_init__(self) -> None:
        HysteresisOptions.__post_init__(self)
        require_positive(self, "update_every_s", "rise_ratio", "rarity_hours")
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


# Who stays somewhere may stay for hours: that is no news every other second.
DWELL_UPDATE_EVERY_S = 30.0
MOVEMENT_REASON = "moved unlike the people the model has learned from"


class KindEpisode(msgspec.Struct):
    """One kind, other than movement, in an open alert.

    Attributes:
        seen_at: when it was last seen.
        facts: what was seen at the peak.
        since: when it began; None in states of versions that did not say.
    """

    seen_at: float
    peak_score: float
    peak_at: float
    reason: str
    threshold: float = 1.0
    facts: SeenFacts = NOTHING_SEEN
    since: float | None = None

    def seen(self, score: KindScore, facts: SeenFacts) -> None:
        """Add that it is seen again."""
        self.seen_at = max(self.seen_at, score.peak_at)
        if score.peak_score > self.peak_score:
            self.peak_score, self.peak_at = score.peak_score, score.peak_at
            self.facts = facts


class PersonState(Hysteresis, kw_only=True):
    """One person's scores so far, over all the tracks that were this person.

    Field names in storage are those of version 0.3; what came later has a default.

    Attributes:
        number: of the track that is this person now; negative for somebody down whose session
            is over.
        previous_tracks: last frame number of each track that was this person before.
        reported_peak: what the last event said of the peak.
        moves: the open alert is one of movement, among others.
        kinds: the other kinds of the open alert.
        down: somebody who fell, while it is not known that they got up.
        last_window: the newest scored window.
        threshold: of movement.
        zones: those of the open alert.
        stays: time in zones with a rule for it.
        elsewhere: stands where alerts do not open.
        held_back_at: when an alert last did not open for that reason.
        held_back: how often, each time counted once.
        held: what movement's rule holds up.
        moved: what was seen of movement when it was clearest, in the open alert.
        moved_held: what the rule held up then.
    """

    number: int
    last_seq: int
    at: float
    end: Position
    previous_tracks: dict[int, int] = msgspec.field(name="former", default_factory=dict)
    peak: Peak | None = None
    reported_peak: Peak | None = msgspec.field(name="told", default=None)
    alert: Alert | None = None
    moves: bool = True
    kinds: dict[Kind, KindEpisode] = msgspec.field(default_factory=dict)
    down: DownState | None = None
    last_window: str = ""
    threshold: float = 0.0
    zones: list[str] = msgspec.field(default_factory=list)
    stays: dict[str, Stay] = msgspec.field(default_factory=dict)
    elsewhere: bool = False
    held_back_at: float = -math.inf
    held_back: int = 0
    held: HeldScore = msgspec.field(default_factory=HeldScore)
    moved: SeenFacts = NOTHING_SEEN
    moved_held: float = -math.inf

    @property
    def is_latched(self) -> bool:
        """Whether the alert stays open although nobody is seen: somebody is down."""
        down = self.down is not None and "person_down" in self.kinds
        return down and self.alert is not None

    def movement_held(self, held: float, alone_s: float | None) -> None:
        """Note what movement's rule holds up, and for how long nothing was as high, watched s."""
        if self.alert is None or held > self.moved_held:
            self.moved_held, self.moved = held, SeenFacts(alone_s=alone_s)

    def facts(self) -> dict[Kind, SeenFacts]:
        """Return what was seen of each kind of the open alert."""
        found: dict[Kind, SeenFacts] = {kind: each.facts for kind, each in self.kinds.items()}
        return {"movement": self.moved, **found}

    def lasting(self) -> dict[Kind, float]:
        """Return for how long each kind has been seen, seconds, where that is known."""
        return {
            kind: each.seen_at - each.since
            for kind, each in self.kinds.items()
            if each.since is not None
        }

    def has_open(self, alert_id: str) -> bool:
        """Tell whether this is the person's open alert."""
        return self.alert is not None and self.alert.id == alert_id

    def change_scale(self, scale: Callable[[float], float]) -> None:
        """Take what is remembered of scores to another model's; an open alert stays open."""
        if self.smoothed is not None:
            self.smoothed = scale(self.smoothed)
        if self.peak is not None:
            self.peak = msgspec.structs.replace(self.peak, score=scale(self.peak.score))
        if self.reported_peak is not None:
            told = self.reported_peak
            self.reported_peak = msgspec.structs.replace(told, score=scale(told.score))
        self.held, self.moved_held = HeldScore(), scale(self.moved_held)

    def hold_back(self, at: float, options: AlertOptions) -> bool:
        """Return whether an alert must not open where the person stands; count it once."""
        if not self.elsewhere or self.alert is not None:
            return False
        self.held_back += at - self.held_back_at > options.hold_s
        self.held_back_at = at
        return True


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
        return _report(state, state.alert, "updated")
    alert = _new_alert(person, seen.peak_at, seen.peak_at, model, seen.threshold)
    return _report(state, alert, "opened")


def report_if_due(state: PersonState, at: float, options: AlertOptions) -> Decision | None:
    """Report an open alert again if its last report is long ago."""
    if state.alert is None:
        return None
    state.at = max(state.at, at)
    only_dwells = not state.moves and state.kinds.keys() == {"dwell"}
    every_s = max(options.update_every_s, DWELL_UPDATE_EVERY_S if only_dwells else 0.0)
    due = at - state.alert.updated_at >= every_s - ROUNDING_S
    return _report(state, state.alert, "updated") if due else None


def report_unseen(state: PersonState, at: float, since: float | None) -> Decision | None:
    """Report that somebody down is not seen since, or is seen again; None if that is known."""
    if not state.is_latched or state.alert is None or state.alert.not_seen_since == since:
        return None
    if since is not None and state.alert.not_seen_since is not None:
        return None
    state.at = max(state.at, at)
    alert = msgspec.structs.replace(state.alert, not_seen_since=since)
    return _report(state, alert, "updated")


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
    decision = _report(state, alert, "closed")
    state.alert = state.peak = state.reported_peak = state.down = None
    state.moves, state.kinds, state.zones = True, {}, []
    state.begin_again()
    return decision


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
        alert, kinds=kinds, rarity_hours=kinds[0].rarity_hours, severity=severity_of(kinds[0])
    )
    return replace(decision, event=msgspec.structs.replace(decision.event, alert=alert))


def _new_alert(
    person: PersonId, start_at: float, opened_at: float, model: str, threshold: float
) -> Alert:
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


def _begin_movement(state: PersonState, score: Score, threshold: float) -> Decision:
    state.moves = True
    if state.alert is not None:
        return _report(state, state.alert, "updated")
    start_at = score.at if state.above_since is None else state.above_since
    alert = _new_alert(score.person, start_at, score.at, score.model, threshold)
    return _report(state, alert, "opened")


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
    return _report(state, alert, "updated") if due or _rose(state, threshold, options) else None


def _rose(state: PersonState, threshold: float, options: AlertOptions) -> bool:
    if state.peak is None or state.reported_peak is None:
        return False
    return state.peak.score - state.reported_peak.score > options.rise_ratio * abs(threshold)


def _report(
    state: PersonState, alert: Alert, change: Literal["opened", "updated", "closed"]
) -> Decision:
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
            rarity_hours=leading.rarity_hours,
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

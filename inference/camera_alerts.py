"""One camera's scores to alert events: who is who, who is gone, which score counts. Pure."""

import math
from collections.abc import Collection
from typing import Self

import msgspec

from inference.person_alert import AlertOptions, Decision, PersonState, begin, close, follow
from inference.types import Score

STATE_VERSION = 1
PAST_SESSIONS = 8
FORMER_TRACKS = 8
# A tracker may give one body two tracks for some frames before it drops the old one. By the time
# of the new one's first score, a second person beside it would have been scored later than this.
OVERLAP_S = 0.5
BESIDE_S = 1.0  # people whose newest scores lie further apart are not known to be side by side


class _Memory(msgspec.Struct):
    """What a successor must know.

    Attributes:
        past: sessions that ended; scores of theirs come too late.
        last_seq, at: the newest frame scored in this session.
        forgotten_at: newest score of anybody who was forgotten.
    """

    version: int = STATE_VERSION
    session: str = ""
    past: list[str] = []
    last_seq: int = -1
    at: float = -math.inf
    forgotten_at: float = -math.inf
    trails: dict[int, PersonState] = {}


class CameraAlerts:
    """Turn one camera's scores into alert events, each score once.

    Args:
        threshold: bits/dimension from which on a smoothed score is abnormal.
    """

    def __init__(self, threshold: float, options: AlertOptions) -> None:
        self._threshold = threshold
        self._options = options
        self._memory = _Memory()

    @classmethod
    def from_bytes(cls, state: bytes, threshold: float, options: AlertOptions) -> Self:
        """Go on where `to_bytes` was called.

        Raises:
            ValueError: another version of this code wrote the state.
        """
        decider = cls(threshold, options)
        try:
            memory = msgspec.msgpack.decode(state, type=_Memory)
        except msgspec.MsgspecError as err:
            raise ValueError(f"the saved state does not read: {err}") from err
        if memory.version != STATE_VERSION:
            raise ValueError(f"the saved state has version {memory.version}, not {STATE_VERSION}")
        decider._memory = memory
        return decider

    def to_bytes(self) -> bytes:
        """Return all there is to remember."""
        return msgspec.msgpack.encode(self._memory)

    @property
    def session(self) -> str:
        """The camera session of the newest scores; empty before the first."""
        return self._memory.session

    def ignores(self, score: Score) -> str | None:
        """Say in a word why this score does not count; None if it does."""
        memory, number = self._memory, score.person.number
        if score.person.session in memory.past:
            return "session_over"
        if score.person.session != memory.session or self._clock_stepped_back(score):
            return None
        if (trail := memory.trails.get(number)) is not None:
            if score.last_seq == trail.last_seq:
                return "twice"
            return "late" if score.last_seq < trail.last_seq else None
        if any(score.last_seq <= trail.former.get(number, -1) for trail in memory.trails.values()):
            return "late"
        return "late" if score.at <= memory.forgotten_at else None

    def feed(self, score: Score) -> list[Decision]:
        """Take one score in; return what changes, which is nothing if it is ignored."""
        if self.ignores(score) is not None:
            return []
        decisions = self._enter_session(score)
        memory, number = self._memory, score.person.number
        memory.last_seq = max(memory.last_seq, score.last_seq)
        memory.at = max(memory.at, score.at)
        trail = memory.trails.get(number)
        if trail is not None and score.at - trail.at > self._options.lag_s:
            decisions += self._forget([trail])
            trail = None
        if trail is None:
            trail = self._successor(score) or begin(score)
            memory.trails[number] = trail
            decisions += self._make_room(trail)
        decision = follow(trail, score, self._beside(trail, score), self._threshold, self._options)
        return decisions if decision is None else [*decisions, decision]

    def tick(self, at: float, present: Collection[int]) -> list[Decision]:
        """Close the episodes of those who are gone.

        Args:
            at: capture time up to which all scores were fed.
            present: numbers of those the camera sees, whether they are scored or not.
        """
        patience_s = {True: self._options.lag_s, False: self._options.silence_s}
        # A distance, for a clock that was set back must not keep people for ever.
        return self._forget(
            [
                trail
                for trail in self._memory.trails.values()
                if abs(at - trail.at) > patience_s[trail.number in present]
            ]
        )

    def end(self) -> list[Decision]:
        """Close all episodes: the camera is gone."""
        return self._forget(list(self._memory.trails.values()))

    def name_joints(self, alert_id: str, joints: tuple[str, ...]) -> None:
        """Remember which joints stand out, for the coming versions of an open alert."""
        for trail in self._memory.trails.values():
            if trail.alert is not None and trail.alert.id == alert_id:
                trail.alert = msgspec.structs.replace(trail.alert, joints=joints)

    def _clock_stepped_back(self, score: Score) -> bool:
        memory = self._memory
        return score.last_seq > memory.last_seq and score.at < memory.at - self._options.silence_s

    def _enter_session(self, score: Score) -> list[Decision]:
        """Begin anew when the camera did, or when its clock was set back."""
        memory, session = self._memory, score.person.session
        if session == memory.session and not self._clock_stepped_back(score):
            return []
        decisions = self.end()
        over = [memory.session] if memory.session not in ("", session) else []
        past = memory.past + over
        self._memory = _Memory(session=session, past=past[-PAST_SESSIONS:])
        return decisions

    def _successor(self, score: Score) -> PersonState | None:
        """Return the trail of somebody who just vanished there: a fall often changes the track."""
        trails = self._memory.trails
        near = [trail for trail in trails.values() if self._may_follow(trail, score)]
        if not near:
            return None
        trail = min(near, key=lambda trail: _distance_px(trail, score))
        del trails[trail.number]
        former = {**trail.former, trail.number: trail.last_seq}
        former.pop(score.person.number, None)
        trail.former = dict(list(former.items())[-FORMER_TRACKS:])
        trail.number = score.person.number
        return trail

    def _may_follow(self, trail: PersonState, score: Score) -> bool:
        body_px = max(trail.end.height_px, score.begin.height_px)
        return (
            -OVERLAP_S <= score.begin.at - trail.at <= self._options.follow_s
            and _distance_px(trail, score) <= body_px
        )

    def _beside(self, trail: PersonState, score: Score) -> PersonState | None:
        """Return somebody next to the person whose episode is open."""
        for other in self._memory.trails.values():
            body_px = max(other.end.height_px, score.end.height_px)
            apart_px = math.hypot(other.end.x_px - score.end.x_px, other.end.y_px - score.end.y_px)
            if (
                other is not trail
                and other.alert is not None
                and abs(other.at - score.at) <= BESIDE_S
                and apart_px <= self._options.beside_bodies * body_px
            ):
                return other
        return None

    def _make_room(self, newest: PersonState) -> list[Decision]:
        trails = self._memory.trails
        if len(trails) <= self._options.people:
            return []
        others = [trail for trail in trails.values() if trail is not newest]
        return self._forget([min(others, key=lambda trail: trail.at)]) if others else []

    def _forget(self, gone: list[PersonState]) -> list[Decision]:
        """Forget people; their episodes end with their last score."""
        for trail in gone:
            del self._memory.trails[trail.number]
            self._memory.forgotten_at = max(self._memory.forgotten_at, trail.at)
        return [decision for trail in gone if (decision := close(trail, trail.at)) is not None]


def _distance_px(trail: PersonState, score: Score) -> float:
    return math.hypot(trail.end.x_px - score.begin.x_px, trail.end.y_px - score.begin.y_px)

"""Turns one camera's scores into alert events: who is who, who is gone, what counts. Pure."""

import math
from collections.abc import Collection
from typing import Self

import msgspec

from inference.person_alert import AlertOptions, Decision, PersonState, begin, close, update
from inference.types import Score

STATE_VERSION = 1
PAST_SESSIONS = 8
PREVIOUS_TRACKS = 8
# A tracker may give one body two tracks for some frames before it drops the old one. A second
# person close by would have been scored later than this before the new track's first score.
OVERLAP_S = 0.5
NEARBY_S = 1.0  # people whose newest scores lie further apart are not known to be side by side


class _Memory(msgspec.Struct):
    """What a successor must know. Field names in storage are those of version 0.3.

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
    people: dict[int, PersonState] = msgspec.field(name="trails", default_factory=dict)


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
        """Restore the state that `to_bytes` saved.

        Raises:
            ValueError: another version of this code wrote the state.
        """
        alerts = cls(threshold, options)
        try:
            memory = msgspec.msgpack.decode(state, type=_Memory)
        except msgspec.MsgspecError as err:
            raise ValueError(f"the saved state does not read: {err}") from err
        if memory.version != STATE_VERSION:
            raise ValueError(f"the saved state has version {memory.version}, not {STATE_VERSION}")
        alerts._memory = memory
        return alerts

    def to_bytes(self) -> bytes:
        """Return the state that a successor continues from."""
        return msgspec.msgpack.encode(self._memory)

    @property
    def session(self) -> str:
        """The camera session of the newest scores; empty before the first."""
        return self._memory.session

    def rejection(self, score: Score) -> str | None:
        """Return in a word why this score does not count; None if it does."""
        memory, number = self._memory, score.person.number
        if score.person.session in memory.past:
            return "session_over"
        if score.person.session != memory.session or self._clock_stepped_back(score):
            return None
        if (person := memory.people.get(number)) is not None:
            if score.last_seq == person.last_seq:
                return "twice"
            return "late" if score.last_seq < person.last_seq else None
        people = memory.people.values()
        if any(score.last_seq <= each.previous_tracks.get(number, -1) for each in people):
            return "late"
        return "late" if score.at <= memory.forgotten_at else None

    def add(self, score: Score) -> list[Decision]:
        """Add one score; return what changes, which is nothing if it is rejected."""
        return [] if self.rejection(score) is not None else self.accept(score)

    def accept(self, score: Score) -> list[Decision]:
        """Add a score that has no `rejection`; return what changes."""
        decisions = self._enter_session(score)
        memory, number = self._memory, score.person.number
        memory.last_seq = max(memory.last_seq, score.last_seq)
        memory.at = max(memory.at, score.at)
        person = memory.people.get(number)
        if person is not None and score.at - person.at > self._options.lag_s:
            decisions += self._forget([person])
            person = None
        if person is None:
            person = self._successor(score) or begin(score)
            memory.people[number] = person
            decisions += self._make_room(person)
        decision = update(
            person, score, self._nearby(person, score), self._threshold, self._options
        )
        return decisions if decision is None else [*decisions, decision]

    def expire(self, at: float, present: Collection[int]) -> list[Decision]:
        """Close the episodes of those who are gone.

        Args:
            at: capture time up to which all scores were added.
            present: numbers of those the camera sees, whether they are scored or not.
        """
        patience_s = {True: self._options.lag_s, False: self._options.silence_s}
        # A distance, for a clock that was set back must not keep people for ever.
        return self._forget(
            [
                person
                for person in self._memory.people.values()
                if abs(at - person.at) > patience_s[person.number in present]
            ]
        )

    def close_all(self) -> list[Decision]:
        """Close all episodes: the camera is gone."""
        return self._forget(list(self._memory.people.values()))

    def name_joints(self, alert_id: str, joints: tuple[str, ...]) -> None:
        """Remember which joints stand out, for the coming versions of an open alert."""
        for person in self._memory.people.values():
            if person.alert is not None and person.alert.id == alert_id:
                person.alert = msgspec.structs.replace(person.alert, joints=joints)

    def _clock_stepped_back(self, score: Score) -> bool:
        memory = self._memory
        return score.last_seq > memory.last_seq and score.at < memory.at - self._options.silence_s

    def _enter_session(self, score: Score) -> list[Decision]:
        """Start a new state when the camera's session is new or its clock was set back."""
        memory, session = self._memory, score.person.session
        if session == memory.session and not self._clock_stepped_back(score):
            return []
        decisions = self.close_all()
        over = [memory.session] if memory.session not in ("", session) else []
        past = memory.past + over
        self._memory = _Memory(session=session, past=past[-PAST_SESSIONS:])
        return decisions

    def _successor(self, score: Score) -> PersonState | None:
        """Return who just vanished there: a fall often changes the track."""
        people = self._memory.people
        near = [person for person in people.values() if self._may_follow(person, score)]
        if not near:
            return None
        person = min(near, key=lambda person: _distance_px(person, score))
        del people[person.number]
        previous = {**person.previous_tracks, person.number: person.last_seq}
        previous.pop(score.person.number, None)
        person.previous_tracks = dict(list(previous.items())[-PREVIOUS_TRACKS:])
        person.number = score.person.number
        return person

    def _may_follow(self, person: PersonState, score: Score) -> bool:
        body_px = max(person.end.height_px, score.begin.height_px)
        return (
            -OVERLAP_S <= score.begin.at - person.at <= self._options.follow_s
            and _distance_px(person, score) <= body_px
        )

    def _nearby(self, person: PersonState, score: Score) -> PersonState | None:
        """Return somebody next to the person whose episode is open."""
        for other in self._memory.people.values():
            body_px = max(other.end.height_px, score.end.height_px)
            apart_px = math.hypot(other.end.x_px - score.end.x_px, other.end.y_px - score.end.y_px)
            if (
                other is not person
                and other.alert is not None
                and abs(other.at - score.at) <= NEARBY_S
                and apart_px <= self._options.beside_bodies * body_px
            ):
                return other
        return None

    def _make_room(self, newest: PersonState) -> list[Decision]:
        people = self._memory.people
        if len(people) <= self._options.people:
            return []
        others = [person for person in people.values() if person is not newest]
        return self._forget([min(others, key=lambda person: person.at)]) if others else []

    def _forget(self, gone: list[PersonState]) -> list[Decision]:
        """Forget people; their episodes end with their last score."""
        for person in gone:
            del self._memory.people[person.number]
            self._memory.forgotten_at = max(self._memory.forgotten_at, person.at)
        return [decision for person in gone if (decision := close(person, person.at)) is not None]


def _distance_px(person: PersonState, score: Score) -> float:
    return math.hypot(person.end.x_px - score.begin.x_px, person.end.y_px - score.begin.y_px)

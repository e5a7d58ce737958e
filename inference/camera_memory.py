"""What is remembered of one camera's people: who follows whom, who is near, who is gone. Pure."""

import math
from collections.abc import Callable

import msgspec

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.calibration.blocks import RunningBlock
from inference.explanation import with_joints
from inference.kinds.running import UsualSpeed
from inference.kinds.watch import PersonWatch
from inference.person_alert import close
from inference.person_state import PersonState
from inference.records import CameraRecords
from inference.types import Kind, Position, Score
from inference.usual_score import UsualScore
from tracker.types import FrameCues

STATE_VERSION = 1
PAST_SESSIONS = 8
PREVIOUS_TRACKS = 8
# A tracker may give one body two tracks for some frames before it drops the old one. A second
# person close by would have been scored later than this before the new track's first score.
OVERLAP_S = 0.5
NEARBY_S = 1.0  # people whose newest scores lie further apart are not known to be side by side


class CameraMemory(msgspec.Struct):
    """What a successor must know. Field names are those of version 0.3; later ones have defaults.

    Attributes:
        past: sessions that ended; scores of theirs come too late.
        last_seq, at: the newest frame scored in this session.
        forgotten_at: newest score of anybody who was forgotten.
        camera: its name; empty before the first cues.
        cues_at: the newest frame whose cues were added.
        watches: what the detectors remember, by track.
        usual_speed, usual_score: of this camera; they outlive sessions.
        blocks, records: what the rules saw lately, and the most they ever saw; they outlive
            sessions, too.
        model: hash of the weights that made the newest score; empty before the first.
    """

    version: int = STATE_VERSION
    session: str = ""
    past: list[str] = []
    last_seq: int = -1
    at: float = -math.inf
    forgotten_at: float = -math.inf
    people: dict[int, PersonState] = msgspec.field(name="trails", default_factory=dict)
    camera: str = ""
    cues_at: float = -math.inf
    watches: dict[int, PersonWatch] = {}
    usual_speed: UsualSpeed = msgspec.field(default_factory=UsualSpeed)
    usual_score: UsualScore = msgspec.field(default_factory=UsualScore)
    blocks: RunningBlock = msgspec.field(default_factory=RunningBlock)
    model: str = ""
    records: CameraRecords = msgspec.field(default_factory=CameraRecords)

    def rejection(self, score: Score, silence_s: float) -> str | None:
        """Return in a word why this score does not count; None if it does."""
        number = score.person.number
        if score.person.session in self.past:
            return "session_over"
        if score.person.session != self.session:
            # Cues come before the scores of their frames: a session that none of them told of is
            # older, unless it has come further.
            return "session_over" if score.at <= self.cues_at else None
        if self.clock_stepped_back(score, silence_s):
            return None
        if (person := self.people.get(number)) is not None:
            if score.last_seq == person.last_seq:
                return "twice"
            return "late" if score.last_seq < person.last_seq else None
        people = self.people.values()
        if any(score.last_seq <= each.previous_tracks.get(number, -1) for each in people):
            return "late"
        return "late" if score.at <= self.forgotten_at else None

    def clock_stepped_back(self, score: Score, silence_s: float) -> bool:
        """Tell whether a later frame was captured earlier: the camera's clock was set back."""
        return score.last_seq > self.last_seq and score.at < self.at - silence_s

    def goes_on(self, frame: FrameCues, silence_s: float) -> bool:
        """Return whether this frame's session was taken for over, and yet came further."""
        newest_at = max(self.at, self.cues_at)
        return frame.at > newest_at + silence_s

    def scores_now(self) -> dict[int, dict[Kind, float]]:
        """Return the detectors' scores of everybody in the newest frame, by track."""
        return {
            number: watch.scores()
            for number, watch in self.watches.items()
            if watch.at == self.cues_at
        }

    def name_joints(self, alert_id: str, joints: tuple[str, ...]) -> None:
        """Note which joints stand out in an open alert."""
        for person in self.people.values():
            if person.alert is not None and person.has_open(alert_id):
                person.alert = with_joints(person.alert, joints)

    def score_came(self, score: Score) -> None:
        """Note how far the scores have come, and which model makes them."""
        self.last_seq, self.at = max(self.last_seq, score.last_seq), max(self.at, score.at)
        if score.model != self.model:
            self.records.begin_again("movement")
        self.model = score.model

    def next_session(self, session: str, at: float) -> "CameraMemory":
        """Return the memory that a new session begins with: who is down is still down.

        Args:
            at: its first capture time, which may be one of a clock that was set back.
        """
        past = [each for each in self.past if each != session]
        over = [self.session] if self.session not in ("", session) else []
        memory = CameraMemory(
            session=session,
            camera=self.camera,
            past=(past + over)[-PAST_SESSIONS:],
            usual_speed=self.usual_speed,
            usual_score=self.usual_score,
            blocks=self.blocks,
            records=self.records,
            model=self.model,
        )
        for place, person in enumerate(self.people.values(), start=1):
            person.number, person.previous_tracks = -place, {}
            if person.down is not None:
                person.down.count_from(at)
            memory.people[-place] = person
        return memory

    def successor(
        self, place: Position, number: int, may_be: Callable[[PersonState], bool], follow_s: float
    ) -> PersonState | None:
        """Return who just vanished there, under a new number: a fall often changes the track.

        Args:
            place: where the new track began.
            may_be: whether somebody can be meant at all.
        """
        near = [
            person
            for person in self.people.values()
            if -OVERLAP_S <= place.at - person.at <= follow_s
            and _apart_px(person.end, place) <= max(person.end.height_px, place.height_px)
            and may_be(person)
        ]
        if not near:
            return None
        person = min(near, key=lambda person: _apart_px(person.end, place))
        self.rename(person, number)
        return person

    def rename(self, person: PersonState, number: int) -> None:
        """Continue somebody under the number of a new track."""
        del self.people[person.number]
        previous = {**person.previous_tracks, person.number: person.last_seq}
        previous.pop(number, None)
        person.previous_tracks = dict(list(previous.items())[-PREVIOUS_TRACKS:])
        person.number, person.last_seq = number, -1
        self.people[number] = person

    def nearby(
        self, person: PersonState | None, place: Position, bodies: float
    ) -> PersonState | None:
        """Return somebody within so many body heights of a place whose alert is open."""
        for other in self.people.values():
            body_px = max(other.end.height_px, place.height_px)
            if (
                other is not person
                and other.alert is not None
                and abs(other.at - place.at) <= NEARBY_S
                and _apart_px(other.end, place) <= bodies * body_px
            ):
                return other
        return None

    def make_room(self, newest: PersonState, options: AlertOptions) -> list[Decision]:
        """Forget whoever was seen longest ago if there are too many."""
        others = [person for person in self.people.values() if person is not newest]
        if len(self.people) <= options.people or not others:
            return []
        calm = [person for person in others if not person.is_latched] or others
        return self.forget([min(calm, key=lambda person: person.at)])

    def forget(self, gone: list[PersonState]) -> list[Decision]:
        """Forget people; their episodes end with their last score."""
        for person in gone:
            del self.people[person.number]
            self.forgotten_at = max(self.forgotten_at, person.at)
        return [decision for person in gone if (decision := close(person, person.at)) is not None]


def _apart_px(one: Position, other: Position) -> float:
    return math.hypot(one.x_px - other.x_px, one.y_px - other.y_px)

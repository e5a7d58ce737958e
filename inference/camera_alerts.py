"""Turns one camera's scores and cues into alert events, each once. Pure."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Self

import msgspec

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision, explained, rate
from inference.alert_rules import AlertRules
from inference.calibration.blocks import RunningBlock
from inference.camera_memory import STATE_VERSION, CameraMemory
from inference.kind_alerts import KindAlerts
from inference.kinds.watch import KindOptions
from inference.person_alert import begin, update
from inference.person_state import PersonState
from inference.rarity import OrdinaryScores
from inference.stretches.observer import RuleObserver
from inference.types import Kind, Score
from inference.usual_score import CardScore, UsualScore
from tracker.types import FrameCues
from tracker.zones.zone import CameraZones


class CameraAlerts:
    """Turn one camera's scores and cues into alert events, each once.

    Args:
        threshold: bits/dimension from which on a smoothed score is abnormal.
        kinds: which kinds of alerts there are, and what makes them.
        ordinary: where ordinary scores lie by the model card; None: scores are taken as they are,
            and the camera's own are not learned.
        armed: whether a kind may begin at a capture time. What is open goes on to its end.
    """

    def __init__(
        self,
        threshold: float,
        options: AlertOptions,
        kinds: KindOptions | None = None,
        ordinary: OrdinaryScores | None = None,
        armed: Callable[[Kind, float], bool] = lambda _kind, _at: True,
    ) -> None:
        self._rules = AlertRules(threshold, options, kinds, ordinary, armed)
        self._remember(CameraMemory())

    def _remember(self, memory: CameraMemory) -> None:
        self._memory = memory
        self._by_cues = KindAlerts(self._rules, memory)

    @classmethod
    def from_bytes(
        cls,
        state: bytes,
        threshold: float,
        options: AlertOptions,
        kinds: KindOptions | None = None,
        ordinary: OrdinaryScores | None = None,
        armed: Callable[[Kind, float], bool] = lambda _kind, _at: True,
    ) -> Self:
        """Restore the state that `to_bytes` saved.

        Raises:
            ValueError: another version of this code wrote the state.
        """
        alerts = cls(threshold, options, kinds, ordinary, armed)
        try:
            memory = msgspec.msgpack.decode(state, type=CameraMemory)
        except msgspec.MsgspecError as err:
            raise ValueError(f"the saved state does not read: {err}") from err
        if memory.version != STATE_VERSION:
            raise ValueError(f"the saved state has version {memory.version}, not {STATE_VERSION}")
        alerts._remember(memory)
        return alerts

    def to_bytes(self) -> bytes:
        """Return the state that a successor continues from."""
        return msgspec.msgpack.encode(self._memory)

    def with_rules(
        self, threshold: float, kinds: KindOptions, ordinary: OrdinaryScores | None
    ) -> Self:
        """Return what goes on from here by other rules; this one is over."""
        alerts = type(self)(threshold, self._rules.options, kinds, ordinary, self._rules.armed)
        alerts._rules.observer = self._rules.observer
        alerts._remember(self._memory)
        return alerts

    def observe(self, observer: RuleObserver) -> None:
        """Let somebody watch from now on."""
        self._rules.observer = observer

    @property
    def session(self) -> str:
        """The camera session of the newest scores; empty before the first."""
        return self._memory.session

    @property
    def usual_score(self) -> UsualScore:
        """The camera's own ordinary scores, as they are learned."""
        return self._memory.usual_score

    @property
    def usual(self) -> CardScore | None:
        """Mean and spread of the camera's ordinary scores, as they are used; None without card."""
        if self._rules.ordinary is None:
            return None
        return self._memory.usual_score.shrunk(self._rules.ordinary.card)

    def use_zones(self, zones: CameraZones) -> None:
        """Take what is drawn on the camera's picture from now on."""
        self._rules.zones.use(zones)

    def take_zone_counts(self) -> tuple[int, int]:
        """Return what zones did since the last call; see `ZoneWatch.take_counts`."""
        return self._rules.zones.take_counts()

    @property
    def model(self) -> str:
        """Hash of the weights that made the newest score; empty before the first."""
        return self._memory.model

    def change_model(
        self, model: str, scale: Callable[[float], float], usual: UsualScore | None
    ) -> None:
        """Go on with the scores of another model; what is open stays open.

        Args:
            model: hash of its weights.
            scale: takes a score of the model before to one of this model that is as unusual.
            usual: ordinary scores by this model, as far as they are known.
        """
        memory = self._memory
        for person in memory.people.values():
            person.change_scale(scale)
        memory.model = model
        memory.usual_score = msgspec.structs.replace(usual) if usual else UsualScore()
        memory.blocks.leave_out()

    @property
    def blocks(self) -> RunningBlock:
        """What the rules saw lately, in blocks of ten minutes."""
        return self._memory.blocks

    def set_thresholds(self, thresholds: Mapping[Kind, float], snapshot: int = 0) -> None:
        """Judge by these thresholds from now on; kinds without one have what they began with.

        Args:
            snapshot: number of the calibration that they are from.
        """
        self._memory.blocks.snapshot = snapshot
        self._rules.set_thresholds(thresholds)

    def scores_now(self) -> dict[int, dict[Kind, float]]:
        """Return the detectors' scores of everybody in the newest frame, by track."""
        return self._memory.scores_now()

    def rejection(self, score: Score) -> str | None:
        """Return in a word why this score does not count; None if it does."""
        return self._memory.rejection(score, self._rules.options.silence_s)

    def abstention(self, score: Score) -> str | None:
        """Return in a word why movement abstains from this score; None if it does not."""
        return self._rules.abstention(self._memory, score)

    def add(self, score: Score) -> list[Decision]:
        """Add one score; return what changes, which is nothing if it is rejected."""
        return [] if self.rejection(score) is not None else self.accept(score)

    def accept(self, score: Score) -> list[Decision]:
        """Add a score that has no `rejection`; return what changes."""
        options, number = self._rules.options, score.person.number
        decisions: list[Decision] = []
        stepped_back = self._memory.clock_stepped_back(score, options.silence_s)
        if score.person.session != self.session or stepped_back:
            decisions = self._enter_session(score.person.session, score.at)
        memory = self._memory
        memory.score_came(score)
        person = memory.people.get(number)
        if person is not None and score.at - person.at > options.lag_s:
            decisions += memory.forget([person])
            person = None
        if person is None:
            person = memory.successor(score.begin, number, lambda _: True, options.follow_s)
            if person is None:
                person = memory.people[number] = begin(score)
            decisions += memory.make_room(person, options)
        decision = self._moved(person, score)
        return self._rare(decisions if decision is None else [*decisions, decision])

    def _moved(self, person: PersonState, score: Score) -> Decision | None:
        """Let the rule of movement see a person's next score."""
        rules, memory = self._rules, self._memory
        nearby = memory.nearby(person, score.end, rules.options.beside_bodies)
        judged = rules.judged(memory, score, person)
        if rules.observer is not None and score.nll is not None:
            rules.observer.judged(score, judged.nll)
        score = judged
        rules.zones.locate(person, memory.watches)
        armed = rules.armed("movement", score.at)
        decision = update(person, score, nearby, rules.threshold, rules.options, armed=armed)
        rules.zones.count(person, decision, memory.watches)
        if score.nll is not None and person.smoothed is not None:
            held = person.held.add(person.smoothed, score.nll, score.at, rules.options)
            number = score.person.number
            alone_s = rules.note_held(memory, "movement", held, number, score.at)
            person.movement_held(held, alone_s)
        return decision

    def add_cues(self, frame: FrameCues) -> list[Decision]:
        """Add what a frame shows of people besides joints; return what changes."""
        memory = self._memory
        if frame.session in memory.past and not memory.goes_on(
            frame, self._rules.options.silence_s
        ):
            return []
        decisions: list[Decision] = []
        stepped_back = frame.at < memory.cues_at - self._rules.options.silence_s
        if frame.session != memory.session or stepped_back:
            decisions = self._enter_session(frame.session, frame.at)
            memory = self._memory
        elif frame.at <= memory.cues_at:
            return []
        memory.camera, memory.cues_at = frame.camera, frame.at
        seen = {cues.number: cues for cues in frame.people}
        self._rules.zones.look(frame.people)
        for cues in frame.people:
            decisions += self._by_cues.watch(frame, cues)
            decisions += self._by_cues.dwell(frame.at, cues)
        decisions += self._by_cues.vanished(frame.at, seen)
        decisions += self._by_cues.look_after(frame.at, seen)
        return self._rare(decisions)

    def expire(self, at: float, present: Collection[int]) -> list[Decision]:
        """Decide about those who are gone, and close their episodes.

        Args:
            at: capture time up to which all scores were added.
            present: numbers of those the camera sees, whether they are scored or not.
        """
        self._memory.records.watched_s += self._memory.blocks.watched(at)
        patience_s = {True: self._rules.options.lag_s, False: self._rules.options.silence_s}
        # A frame that shows nobody sends no cues.
        decisions = self._by_cues.vanished(at, present) + self._by_cues.look_after(at, {})
        gone = self._memory.forget(
            [
                person
                for person in self._memory.people.values()
                # A distance, for a clock that was set back must not keep people for ever.
                if abs(at - person.at) > patience_s[person.number in present]
                and not self._by_cues.is_waited_for(person, at)
            ]
        )
        return self._rare(decisions + gone)

    def close_all(self, at: float | None = None) -> list[Decision]:
        """Close all episodes but those of people down: the camera is gone.

        Args:
            at: capture time by now, by which even somebody down is closed in the end.
        """
        at = max(self._memory.cues_at, self._memory.at) if at is None else at
        decisions = self._by_cues.vanished(math.inf, {})
        decisions += self._by_cues.look_after(at, {})
        people = self._memory.people.values()
        gone = [person for person in people if not self._by_cues.is_waited_for(person, at)]
        return self._rare(decisions + self._memory.forget(gone))

    def end(self, at: float | None = None) -> list[Decision]:
        """Close all episodes, those of people down too: nobody looks after the camera any more.

        Args:
            at: as of `close_all`.
        """
        decisions = self.close_all(at)
        down = list(self._memory.people.values())
        for person in down:
            person.down = None
        return decisions + self._rare(self._memory.forget(down))

    def name_joints(self, alert_id: str, joints: tuple[str, ...]) -> None:
        """Remember which joints stand out, for the coming versions of an open alert."""
        self._memory.name_joints(alert_id, joints)

    def _rare(self, decisions: list[Decision]) -> list[Decision]:
        """Count what opens; say how rare the peaks of all kinds are, and why there are alerts."""
        for decision in decisions:
            if decision.event.type == "opened":
                alert = decision.event.alert
                self._memory.blocks.alert_opened(alert.kind, alert.updated_at)
        people = self._memory.people.values()
        return [explained(rate(each, self._rules.rarities), people) for each in decisions]

    def _enter_session(self, session: str, at: float) -> list[Decision]:
        """Start a new state when the camera's session is new or its clock was set back."""
        decisions = self.close_all()
        self._remember(self._memory.next_session(session, at))
        return decisions

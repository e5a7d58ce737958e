"""Turns one camera's scores and cues into alert events, each once. Pure."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Self

import msgspec

from inference.calibration.blocks import LEAST_SCORE, RunningBlock
from inference.calibration.held import NOTHING
from inference.camera_memory import STATE_VERSION, CameraMemory
from inference.explanation import at_end, explain, with_joints
from inference.facts import SeenFacts
from inference.kinds import fight, person_down, running
from inference.kinds.fall import SENTENCE as FELL
from inference.kinds.person_down import DownState
from inference.kinds.watch import Finding, KindOptions, PersonWatch
from inference.person_alert import (
    AlertOptions,
    Decision,
    PersonState,
    begin,
    close,
    raise_kind,
    rate,
    report_if_due,
    report_unseen,
    settle,
    update,
)
from inference.rarity import OrdinaryScores, kind_rarity_hours
from inference.stretches.observer import RuleHeld, RuleObserver
from inference.types import Kind, KindScore, Position, Score
from inference.usual_score import CardScore, UsualScore
from inference.zone_watch import ZoneWatch
from tracker.types import FrameCues, PersonCues, PersonId
from tracker.zones.zone import CameraZones

REASONS: dict[Kind, str] = {
    "fall": FELL,
    "person_down": person_down.SENTENCE,
    "fight": fight.SENTENCE,
    "running": running.SENTENCE,
}
WATCHED_S = 2.0  # the detectors forget a track that is unseen for longer


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
        self._threshold = self._learn_below = threshold
        self._armed = armed
        self._options = options
        self._kinds = kinds or KindOptions()
        self._ordinary = ordinary
        self._rarities: dict[Kind, Callable[[float], float]] = {
            kind: partial(kind_rarity_hours, self._kinds.rates[kind])
            for kind in REASONS
            if kind in self._kinds.rates
        }
        if ordinary is not None:
            self._rarities["movement"] = ordinary.rarity_hours
        self._memory = CameraMemory()
        self._zones = ZoneWatch()
        self._observer: RuleObserver | None = None

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
        alerts._memory = memory
        return alerts

    def to_bytes(self) -> bytes:
        """Return the state that a successor continues from."""
        return msgspec.msgpack.encode(self._memory)

    def with_rules(
        self, threshold: float, kinds: KindOptions, ordinary: OrdinaryScores | None
    ) -> Self:
        """Return what goes on from here by other rules; this one is over."""
        alerts = type(self)(threshold, self._options, kinds, ordinary, self._armed)
        alerts._memory, alerts._observer = self._memory, self._observer
        return alerts

    def observe(self, observer: RuleObserver) -> None:
        """Let somebody watch from now on."""
        self._observer = observer

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
        if self._ordinary is None:
            return None
        return self._memory.usual_score.shrunk(self._ordinary.card)

    def use_zones(self, zones: CameraZones) -> None:
        """Take what is drawn on the camera's picture from now on."""
        self._zones.use(zones)

    def take_zone_counts(self) -> tuple[int, int]:
        """Return what zones did since the last call; see `ZoneWatch.take_counts`."""
        return self._zones.take_counts()

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
        self._threshold = thresholds.get("movement", self._learn_below)
        self._kinds = replace(self._kinds, thresholds=thresholds)

    def scores_now(self) -> dict[int, dict[Kind, float]]:
        """Return the detectors' scores of everybody in the newest frame, by track."""
        memory = self._memory
        return {
            number: watch.scores()
            for number, watch in memory.watches.items()
            if watch.at == memory.cues_at
        }

    def rejection(self, score: Score) -> str | None:
        """Return in a word why this score does not count; None if it does."""
        memory, number = self._memory, score.person.number
        if score.person.session in memory.past:
            return "session_over"
        if score.person.session != memory.session:
            # Cues come before the scores of their frames: a session that none of them told of is
            # older, unless it has come further.
            return "session_over" if score.at <= memory.cues_at else None
        if self._clock_stepped_back(score):
            return None
        if (person := memory.people.get(number)) is not None:
            if score.last_seq == person.last_seq:
                return "twice"
            return "late" if score.last_seq < person.last_seq else None
        people = memory.people.values()
        if any(score.last_seq <= each.previous_tracks.get(number, -1) for each in people):
            return "late"
        return "late" if score.at <= memory.forgotten_at else None

    def abstention(self, score: Score) -> str | None:
        """Return in a word why movement abstains from this score; None if it does not."""
        watch = self._memory.watches.get(score.person.number)
        if watch is None or score.nll is None or score.person.session != self.session:
            return None
        return watch.abstention(score.begin.at, self._kinds.movement)

    def add(self, score: Score) -> list[Decision]:
        """Add one score; return what changes, which is nothing if it is rejected."""
        return [] if self.rejection(score) is not None else self.accept(score)

    def accept(self, score: Score) -> list[Decision]:
        """Add a score that has no `rejection`; return what changes."""
        decisions: list[Decision] = []
        if score.person.session != self.session or self._clock_stepped_back(score):
            decisions = self._enter_session(score.person.session)
        memory, number = self._memory, score.person.number
        memory.score_came(score)
        person = memory.people.get(number)
        if person is not None and score.at - person.at > self._options.lag_s:
            decisions += memory.forget([person])
            person = None
        if person is None:
            follow_s = self._options.follow_s
            person = memory.successor(score.begin, number, lambda _: True, follow_s)
            if person is None:
                person = memory.people[number] = begin(score)
            decisions += memory.make_room(person, self._options)
        nearby = memory.nearby(person, score.end, self._options.beside_bodies)
        judged = self._judged(score, person)
        if self._observer is not None and score.nll is not None:
            self._observer.judged(score, judged.nll)
        score = judged
        self._zones.locate(person, memory.watches)
        armed = self._armed("movement", score.at)
        decision = update(person, score, nearby, self._threshold, self._options, armed=armed)
        self._zones.count(person, decision, memory.watches)
        if score.nll is not None and person.smoothed is not None:
            held = person.held.add(person.smoothed, score.nll, score.at, self._options)
            person.movement_held(held, self._note_held("movement", held, number, score.at))
        return self._rare(decisions if decision is None else [*decisions, decision])

    def add_cues(self, frame: FrameCues) -> list[Decision]:
        """Add what a frame shows of people besides joints; return what changes."""
        memory = self._memory
        if frame.session in memory.past and not self._goes_on(frame):
            return []
        decisions: list[Decision] = []
        stepped_back = frame.at < memory.cues_at - self._options.silence_s
        if frame.session != memory.session or stepped_back:
            decisions = self._enter_session(frame.session)
            memory = self._memory
        elif frame.at <= memory.cues_at:
            return []
        memory.camera, memory.cues_at = frame.camera, frame.at
        seen = {cues.number: cues for cues in frame.people}
        self._zones.look(frame.people)
        for cues in frame.people:
            decisions += self._watch(frame, cues)
            decisions += self._dwell(frame.at, cues)
        decisions += self._vanished(frame.at, seen)
        decisions += self._look_after(frame.at, seen)
        return self._rare(decisions)

    def expire(self, at: float, present: Collection[int]) -> list[Decision]:
        """Decide about those who are gone, and close their episodes.

        Args:
            at: capture time up to which all scores were added.
            present: numbers of those the camera sees, whether they are scored or not.
        """
        self._memory.records.watched_s += self._memory.blocks.watched(at)
        patience_s = {True: self._options.lag_s, False: self._options.silence_s}
        # A frame that shows nobody sends no cues.
        decisions = self._vanished(at, present) + self._look_after(at, {})
        gone = self._memory.forget(
            [
                person
                for person in self._memory.people.values()
                # A distance, for a clock that was set back must not keep people for ever.
                if abs(at - person.at) > patience_s[person.number in present]
                and not self._is_waited_for(person, at)
            ]
        )
        return self._rare(decisions + gone)

    def close_all(self, at: float | None = None) -> list[Decision]:
        """Close all episodes but those of people down: the camera is gone.

        Args:
            at: capture time by now, by which even somebody down is closed in the end.
        """
        at = max(self._memory.cues_at, self._memory.at) if at is None else at
        decisions = self._vanished(math.inf, {})
        decisions += self._look_after(at, {})
        people = self._memory.people.values()
        gone = [person for person in people if not self._is_waited_for(person, at)]
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
        for person in self._memory.people.values():
            if person.alert is not None and person.has_open(alert_id):
                person.alert = with_joints(person.alert, joints)

    def _judged(self, score: Score, person: PersonState) -> Score:
        """Return the score on the card's scale, without nll where movement abstains."""
        if "movement" not in self._kinds.enabled or self.abstention(score) is not None:
            return replace(score, nll=None)
        if score.nll is None or self._ordinary is None:
            return score
        usual = self._memory.usual_score
        value = usual.on_card_scale(score.nll, self._ordinary.card)
        # Not the threshold in force: what is usual must not follow from a budget.
        if person.alert is None and value < self._learn_below:
            usual.add(score.nll)
        return replace(score, nll=value)

    def _rare(self, decisions: list[Decision]) -> list[Decision]:
        """Count what opens; say how rare the peaks of all kinds are, and why there are alerts."""
        for decision in decisions:
            if decision.event.type == "opened":
                alert = decision.event.alert
                self._memory.blocks.alert_opened(alert.kind, alert.updated_at)
        return [self._explained(rate(decision, self._rarities)) for decision in decisions]

    def _explained(self, decision: Decision) -> Decision:
        """Add why there is the alert; one that is closed keeps what was said last."""
        alert = decision.event.alert
        people = self._memory.people.values()
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

    def _clock_stepped_back(self, score: Score) -> bool:
        memory = self._memory
        return score.last_seq > memory.last_seq and score.at < memory.at - self._options.silence_s

    def _goes_on(self, frame: FrameCues) -> bool:
        """Return whether this frame's session was taken for over, and yet came further."""
        newest_at = max(self._memory.at, self._memory.cues_at)
        return frame.at > newest_at + self._options.silence_s

    def _is_waited_for(self, person: PersonState, at: float) -> bool:
        return person.is_latched and not (
            person.down is not None and person.down.is_over(at, self._kinds.person_down)
        )

    def _enter_session(self, session: str) -> list[Decision]:
        """Start a new state when the camera's session is new or its clock was set back."""
        decisions = self.close_all()
        self._memory = self._memory.next_session(session)
        return decisions

    def _watch(self, frame: FrameCues, cues: PersonCues) -> list[Decision]:
        """Let the detectors see one person's cues."""
        watches = self._memory.watches
        if (watch := watches.get(cues.number)) is None:
            watch = watches[cues.number] = PersonWatch(frame.at, cues, frame.at, cues.confidence)
        usual = self._memory.usual_speed
        findings = watch.update(cues, frame.at, usual, self._kinds)
        alone_s = {
            kind: self._note_held(kind, held, cues.number, frame.at)
            for kind, held in watch.held().items()
        }
        return self._raise(cues, frame.at, [_alone(each, alone_s) for each in findings])

    def _vanished(self, at: float, seen: Collection[int]) -> list[Decision]:
        """Decide about tracks that ended, and forget those unseen for long."""
        decisions: list[Decision] = []
        for number, watch in list(self._memory.watches.items()):
            if number in seen:
                continue
            held = watch.held_in_vanishing(at, self._kinds)
            alone_s: dict[Kind, float | None] = {
                "fall": self._note_held("fall", held, number, watch.at)
            }
            found = [_alone(each, alone_s) for each in watch.vanished(at, self._kinds)]
            decisions += self._raise(watch.cues, watch.at, found)
            if at - watch.at > WATCHED_S:
                del self._memory.watches[number]
        return decisions

    def _raise(self, cues: PersonCues, at: float, findings: Iterable[Finding]) -> list[Decision]:
        decisions: list[Decision | None] = []
        for finding in findings:
            place = Position(at, cues.x_px, cues.y_px, cues.body_px)
            person = self._person_at(cues.number, place)
            if finding.kind == "fight":
                nearby = self._memory.nearby(person, place, self._options.beside_bodies)
                person = person if nearby is None or person.alert is not None else nearby
            if finding.kind == "fall" and "person_down" in self._kinds.enabled:
                person.down = person.down or person_down.fallen(cues, at)
            decisions.append(self._raise_kind(person, cues.number, finding, at))
            decisions += self._memory.make_room(person, self._options)
        return [decision for decision in decisions if decision is not None]

    def _raise_kind(
        self, person: PersonState, number: int, finding: Finding, at: float
    ) -> Decision | None:
        """Add that a kind is seen, unless it would begin and is not armed."""
        goes_on = person.alert is not None and finding.kind in person.kinds
        if not goes_on and not self._armed(finding.kind, at):
            return None
        self._zones.locate(person, self._memory.watches)
        track = PersonId(self._memory.camera, self._memory.session, number)
        seen = KindScore(
            kind=finding.kind,
            peak_score=finding.score,
            peak_at=at,
            threshold=self._kinds.threshold(finding.kind),
            reason=finding.reason or REASONS[finding.kind],
        )
        decision = raise_kind(
            person,
            track,
            seen,
            model=self._memory.model,
            options=self._options,
            facts=finding.facts,
        )
        self._zones.count(person, decision, self._memory.watches)
        return decision

    def _dwell(self, at: float, cues: PersonCues) -> list[Decision]:
        """Let the rules for staying in a zone see one person."""
        known = self._memory.people.get(cues.number)
        enabled = "dwell" in self._kinds.enabled
        if not enabled or not self._zones.has_rule_for(cues.number, known):
            return []
        person = self._person_at(cues.number, Position(at, cues.x_px, cues.y_px, cues.body_px))
        decisions = self._memory.make_room(person, self._options)
        return decisions + self._raise(cues, at, self._zones.stay(person, at, self._kinds.dwell))

    def _note_held(self, kind: Kind, held: float, number: int, at: float) -> float | None:
        """Count what a rule holds, unless the person stands where no alert may open.

        Returns:
            For how long nothing of this kind was held as high before this camera, watched seconds;
            None where it is not counted.
        """
        if held == NOTHING or (held <= LEAST_SCORE and kind != "movement"):
            return None
        if not self._zones.may_open(number, self._memory.watches):
            return None
        self._memory.blocks.held(kind, held, at)
        if self._observer is not None and math.isfinite(held):
            threshold = self._threshold if kind == "movement" else self._kinds.threshold(kind)
            seen = RuleHeld(self.session, number, kind, held, at, threshold)
            self._observer.held(seen, self._rarities.get(kind))
        return self._memory.records.add(kind, held)

    def _person_at(self, number: int, place: Position) -> PersonState:
        """Return who has this number, or who just vanished in this place; else somebody new."""
        memory = self._memory
        person = memory.people.get(number)
        if person is None:
            follow_s = self._options.follow_s
            person = memory.successor(place, number, self._is_unseen, follow_s)
        if person is None:
            person = PersonState(number=number, last_seq=-1, at=place.at, end=place)
            memory.people[number] = person
        person.at, person.end = max(person.at, place.at), place
        return person

    def _is_unseen(self, person: PersonState) -> bool:
        """Return whether nobody is seen under this person's number now."""
        watch = self._memory.watches.get(person.number)
        return watch is None or watch.at < self._memory.cues_at

    def _look_after(self, at: float, seen: Mapping[int, PersonCues]) -> list[Decision]:
        """Follow those who are down, and report and close open alerts."""
        decisions: list[Decision | None] = []
        for person in list(self._memory.people.values()):
            if person.number in seen:
                self._zones.locate(person, self._memory.watches)
            if person.down is not None:
                decisions += self._look_after_fallen(person, person.down, at, seen)
            elif person.alert is not None and person.number in seen:
                decisions.append(report_if_due(person, at, self._options))
            decisions.append(settle(person, at, self._kinds.hold_s))
        return [decision for decision in decisions if decision is not None]

    def _look_after_fallen(
        self, person: PersonState, down: DownState, at: float, seen: Mapping[int, PersonCues]
    ) -> list[Decision | None]:
        options = self._kinds.person_down
        if person.number not in seen:
            self._find_again(person, down, at, seen)
        cues = seen.get(person.number)
        if cues is not None and down.update(cues, at, options):
            person.down = None  # up again, or left: `settle` closes
            return []
        if down.is_over(at, options):
            person.down = None
            return [close(person, at)]
        lost = at - down.seen_at > self._options.silence_s
        decisions: list[Decision | None] = [
            report_unseen(person, at, down.seen_at if lost else None)
        ]
        if down.is_down(at, options):
            score = (at - down.since) / max(options.after_s, 1.0)
            finding = Finding("person_down", score, facts=SeenFacts(lasted_s=at - down.since))
            decisions.append(self._raise_kind(person, person.number, finding, at))
        return decisions

    def _find_again(
        self, person: PersonState, down: DownState, at: float, seen: Mapping[int, PersonCues]
    ) -> None:
        """Continue somebody down under the number of a track that began where they lie."""
        options = self._kinds.person_down
        for number, cues in seen.items():
            watch = self._memory.watches[number]
            # Who walks up to somebody lying there began elsewhere.
            began_here = (
                at - watch.began_at < person_down.FOUND_S and down.away(cues) < options.near
            )
            if began_here and number not in self._memory.people:
                self._memory.rename(person, number)
                return


def _alone(finding: Finding, alone_s: Mapping[Kind, float | None]) -> Finding:
    """Return what was found with how long nothing of its kind was as clear."""
    facts = msgspec.structs.replace(finding.facts, alone_s=alone_s.get(finding.kind))
    return replace(finding, facts=facts)

"""Decides alerts of the kinds that cues show: falls, people down, fights, runs, stays. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import msgspec

from inference.alert_reports import Decision, report_if_due, report_unseen
from inference.alert_rules import REASONS, AlertRules
from inference.camera_memory import CameraMemory
from inference.facts import SeenFacts
from inference.kinds import person_down
from inference.kinds.person_down import DownState
from inference.kinds.watch import Finding, PersonWatch
from inference.person_alert import close, raise_kind, settle
from inference.person_state import PersonState
from inference.types import Kind, KindScore, Position
from tracker.types import FrameCues, PersonCues, PersonId

WATCHED_S = 2.0  # the detectors forget a track that is unseen for longer


class KindAlerts:
    """Lets the detectors see one camera's people, and raises what they find."""

    def __init__(self, rules: AlertRules, memory: CameraMemory) -> None:
        self._rules = rules
        self._memory = memory

    def watch(self, frame: FrameCues, cues: PersonCues) -> list[Decision]:
        """Let the detectors see one person's cues."""
        watches = self._memory.watches
        if (watch := watches.get(cues.number)) is None:
            watch = watches[cues.number] = PersonWatch(frame.at, cues, frame.at, cues.confidence)
        usual = self._memory.usual_speed
        findings = watch.update(cues, frame.at, usual, self._rules.kinds)
        alone_s = {
            kind: self._rules.note_held(self._memory, kind, held, cues.number, frame.at)
            for kind, held in watch.held().items()
        }
        return self._raise(cues, frame.at, [_alone(each, alone_s) for each in findings])

    def dwell(self, at: float, cues: PersonCues) -> list[Decision]:
        """Let the rules for staying in a zone see one person."""
        known = self._memory.people.get(cues.number)
        enabled = "dwell" in self._rules.kinds.enabled
        if not enabled or not self._rules.zones.has_rule_for(cues.number, known):
            return []
        person = self._person_at(cues.number, Position(at, cues.x_px, cues.y_px, cues.body_px))
        decisions = self._memory.make_room(person, self._rules.options)
        return decisions + self._raise(
            cues, at, self._rules.zones.stay(person, at, self._rules.kinds.dwell)
        )

    def vanished(self, at: float, seen: Collection[int]) -> list[Decision]:
        """Decide about tracks that ended, and forget those unseen for long."""
        decisions: list[Decision] = []
        for number, watch in list(self._memory.watches.items()):
            if number in seen:
                continue
            held = watch.held_in_vanishing(at, self._rules.kinds)
            alone_s: dict[Kind, float | None] = {
                "fall": self._rules.note_held(self._memory, "fall", held, number, watch.at)
            }
            found = [_alone(each, alone_s) for each in watch.vanished(at, self._rules.kinds)]
            decisions += self._raise(watch.cues, watch.at, found)
            if at - watch.at > WATCHED_S:
                del self._memory.watches[number]
        return decisions

    def look_after(self, at: float, seen: Mapping[int, PersonCues]) -> list[Decision]:
        """Follow those who are down, and report and close open alerts."""
        decisions: list[Decision | None] = []
        for person in list(self._memory.people.values()):
            if person.number in seen:
                self._rules.zones.locate(person, self._memory.watches)
            if person.down is not None:
                decisions += self._look_after_fallen(person, person.down, at, seen)
            elif person.alert is not None and person.number in seen:
                decisions.append(report_if_due(person, at, self._rules.options))
            decisions.append(settle(person, at, self._rules.kinds.hold_s))
        return [decision for decision in decisions if decision is not None]

    def is_waited_for(self, person: PersonState, at: float) -> bool:
        return person.is_latched and not (
            person.down is not None and person.down.is_over(at, self._rules.kinds.person_down)
        )

    def _raise(self, cues: PersonCues, at: float, findings: Iterable[Finding]) -> list[Decision]:
        decisions: list[Decision | None] = []
        for finding in findings:
            place = Position(at, cues.x_px, cues.y_px, cues.body_px)
            person = self._person_at(cues.number, place)
            if finding.kind == "fight":
                nearby = self._memory.nearby(person, place, self._rules.options.beside_bodies)
                person = person if nearby is None or person.alert is not None else nearby
            if finding.kind == "fall" and "person_down" in self._rules.kinds.enabled:
                person.down = person.down or person_down.fallen(cues, at)
            decisions.append(self._raise_kind(person, cues.number, finding, at))
            decisions += self._memory.make_room(person, self._rules.options)
        return [decision for decision in decisions if decision is not None]

    def _raise_kind(
        self, person: PersonState, number: int, finding: Finding, at: float
    ) -> Decision | None:
        """Add that a kind is seen, unless it would begin and is not armed."""
        goes_on = person.alert is not None and finding.kind in person.kinds
        if not goes_on and not self._rules.armed(finding.kind, at):
            return None
        self._rules.zones.locate(person, self._memory.watches)
        track = PersonId(self._memory.camera, self._memory.session, number)
        seen = KindScore(
            kind=finding.kind,
            peak_score=finding.score,
            peak_at=at,
            threshold=self._rules.kinds.threshold(finding.kind),
            reason=finding.reason or REASONS[finding.kind],
        )
        decision = raise_kind(
            person,
            track,
            seen,
            model=self._memory.model,
            options=self._rules.options,
            facts=finding.facts,
        )
        self._rules.zones.count(person, decision, self._memory.watches)
        return decision

    def _person_at(self, number: int, place: Position) -> PersonState:
        """Return who has this number, or who just vanished in this place; else somebody new."""
        memory = self._memory
        person = memory.people.get(number)
        if person is None:
            follow_s = self._rules.options.follow_s
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

    def _look_after_fallen(
        self, person: PersonState, down: DownState, at: float, seen: Mapping[int, PersonCues]
    ) -> list[Decision | None]:
        options = self._rules.kinds.person_down
        if person.number not in seen:
            self._find_again(person, down, at, seen)
        cues = seen.get(person.number)
        if cues is not None and down.update(cues, at, options):
            person.down = None  # up again, or left: `settle` closes
            return []
        if down.is_over(at, options):
            person.down = None
            return [close(person, at)]
        lost = at - down.seen_at > self._rules.options.silence_s
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
        options = self._rules.kinds.person_down
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

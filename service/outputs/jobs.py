"""Makes of a change what is to be sent, and what is known once it is. Pure but for the texts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from inference.types import KINDS, Alert, AlertEvent
from service.entry_ids import entry_order
from service.outputs import cooldowns, escalations
from service.outputs.backlog import Backlog, held_by
from service.outputs.composer import (
    Composer,
    change_key,
    escalation_key,
    group_key,
    system_key,
)
from service.outputs.message import Message
from service.outputs.plan import Plan, opens
from service.outputs.records import Cooldown, DeliveryRecord, DeliveryState, Pending, TargetState
from service.records import FoundAlert
from service.system_events import StreamEvent, SystemEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done about one or several changes.

    Attributes:
        message: what to send; None: nothing.
        done: the target's state once it is delivered, given up, or nothing is to be sent.
        passed: its state if it is given up; None: as `done`.
        records: of it, as they are once it is delivered; that of the message itself first.
        since: when it happened, UTC seconds; of several the first.
        told: the alert that the receiver then knows.
        from_stream: it is about the next event that was read.
        up_to: of a summary of what was missed: its last event.
    """

    message: Message | None
    done: TargetState
    passed: TargetState | None = None
    records: tuple[DeliveryRecord, ...] = ()
    since: float = 0.0
    event: StreamEvent | None = None
    told: str | None = None
    from_stream: bool = False
    up_to: str | None = None


class JobMaker:
    """Makes the jobs of one target."""

    def __init__(self, plan: Plan, composer: Composer) -> None:
        self._plan = plan
        self._composer = composer
        self._name = plan.settings.name

    def bounded(self, state: TargetState, now: float) -> TargetState:
        """Return the state after its clock may have been set back: itself if it was not."""
        rules, longest_s = self._plan.rules, self._plan.settings.cooldown_s
        quiet = cooldowns.bounded(state.cooldowns, longest_s, now)
        pending = escalations.bounded(state.pending, rules, now)
        if quiet is state.cooldowns and pending is state.pending:
            return state
        return msgspec.structs.replace(state, cooldowns=quiet, pending=pending)

    def change(
        self, state: TargetState, event_id: str, event: StreamEvent | None, now: float
    ) -> Job:
        """Return what is to be done about the next change."""
        try:
            return self._change(state, event_id, event, now)
        except Exception:
            # One change that cannot be put into words must end neither its output nor the process.
            log.exception("no message can be made of a change", extra={"output": self._name})
            return self._unwritable(state, event_id, event)

    def _change(
        self, state: TargetState, event_id: str, event: StreamEvent | None, now: float
    ) -> Job:
        done = self._passed(state, event_id, event)
        since = entry_order(event_id)[0] / 1000
        if event is None:
            return Job(message=None, done=done, from_stream=True)
        if isinstance(event, SystemEvent):
            job = self._system(done, event)
        else:
            job = self._alert(state, done, event, now)
        return replace(job, since=since, event=event, from_stream=True)

    def _unwritable(self, state: TargetState, event_id: str, event: StreamEvent | None) -> Job:
        """Return the dead letter of a change of which no message can be made."""
        records: tuple[DeliveryRecord, ...] = ()
        if isinstance(event, AlertEvent):
            failed = self._record_of(event, "failed", "no message can be made of it; see the log")
            records = (failed,)
        done = msgspec.structs.replace(state, cursor=event_id)
        return Job(message=None, done=done, records=records, from_stream=True)

    def escalation(
        self, state: TargetState, due: Pending, found: FoundAlert | None, now: float
    ) -> Job:
        """Return what is to be done about an alert that was to be acknowledged by now."""
        done = escalations.without(state, due)
        if found is None:
            return Job(message=None, done=done)
        alert, archived = found.archived.alert, found.archived
        attended = archived.acknowledged_at is not None or archived.verdict is not None
        if attended or alert.snoozed is not None:
            return Job(message=None, done=done)
        key = escalation_key(alert.id, f"{due.rule}-{due.due_at:.0f}")
        message = self._composer.escalated(alert, key, now)
        record = self._record(key, alert.id, "escalated", now)
        return Job(message=message, done=done, records=(record,), since=due.due_at, told=alert.id)

    def after_cooldown(
        self,
        state: TargetState,
        over: tuple[str, Cooldown],
        newest: Sequence[Alert],
        now: float,
    ) -> Job:
        """Return the summary of what a camera's cooldown has kept back."""
        camera, quiet = over
        first = quiet.grouped[0]
        key = group_key(self._name, first.id, first.version, quiet.count)
        since = quiet.grouped[0].opened_at
        message = self._composer.summary(key, newest, quiet.count, now, since=since)
        until = now + self._plan.settings.cooldown_s
        done = msgspec.structs.replace(
            state, cooldowns=cooldowns.begun(state.cooldowns, camera, quiet.severity, until)
        )
        records = [self._record(key, None, "summary", now)]
        records += [
            self._record(f"{each.id}-{each.version}", each.id, "opened", each.opened_at, "grouped")
            for each in quiet.grouped
        ]
        return Job(message=message, done=done, records=tuple(records), since=quiet.until)

    def backlog(self, state: TargetState, missed: Backlog, now: float) -> Job:
        """Return the summary of what was missed."""
        done = msgspec.structs.replace(state, cursor=missed.up_to, noted=missed.up_to)
        for event in missed.opened:
            rules = self._plan.rules_for(event)
            done = escalations.noticed(done, event, rules, event.alert.updated_at)
        kept = tuple(each for each in done.pending if each.alert not in missed.attended)
        done = msgspec.structs.replace(done, pending=kept)
        records = tuple(missed.records.values())
        if missed.is_empty:
            return Job(message=None, done=done, records=records)
        key = group_key(self._name, state.cursor, missed.up_to)
        message = self._composer.summary(
            key,
            missed.alerts(),
            len(missed.newest),
            now,
            since=missed.since,
            missed=list(missed.system.values()),
        )
        own = self._record(key, None, "summary", now)
        # From when on it waits: what it holds is old by its nature.
        since = now if state.failing is None else state.failing.since
        return Job(
            message=message, done=done, records=(own, *records), since=since, up_to=missed.up_to
        )

    def _passed(self, state: TargetState, event_id: str, event: StreamEvent | None) -> TargetState:
        passed = msgspec.structs.replace(state, cursor=event_id)
        if not isinstance(event, AlertEvent):
            return passed
        written_at = entry_order(event_id)[0] / 1000
        return escalations.noticed(passed, event, self._plan.rules_for(event), written_at)

    def _system(self, done: TargetState, event: SystemEvent) -> Job:
        if self._plan.decide(event, is_told=False) == "skip":
            return Job(message=None, done=done)
        record = self._record(system_key(event), None, event.type, event.at)
        return Job(message=self._composer.system(event), done=done, records=(record,))

    def _alert(self, state: TargetState, done: TargetState, event: AlertEvent, now: float) -> Job:
        grows = self._grows(state, event)
        is_told = event.alert.id in state.told
        decision = self._plan.decide(event, is_told=is_told, grows=grows)
        if decision == "skip":
            return Job(message=None, done=done)
        if decision == "held":
            record = self._record_of(event, "held", held_by(event.alert))
            return Job(message=None, done=done, records=(record,))
        if grows and not is_told:
            # What comes to fit later opens for this receiver: it must hear of a beginning.
            event = msgspec.structs.replace(event, type="opened")
        if opens(event) and cooldowns.keeps_back(state.cooldowns, event.alert, now):
            quiet = cooldowns.grouped(state.cooldowns, event.alert)
            done = msgspec.structs.replace(done, cooldowns=quiet)
            return Job(message=None, done=done, records=(self._record_of(event, "grouped"),))
        return self._sent(state, done, event, now)

    def _sent(self, state: TargetState, done: TargetState, event: AlertEvent, now: float) -> Job:
        passed = done
        before = state.cooldowns.get(event.alert.camera) if opens(event) else None
        message = self._composer.change(event, 0 if before is None else before.count)
        records = [self._record_of(event, "delivered")]
        if opens(event) and self._plan.settings.cooldown_s:
            until = now + self._plan.settings.cooldown_s
            begun = cooldowns.begun(
                state.cooldowns, event.alert.camera, event.alert.severity, until
            )
            done = msgspec.structs.replace(done, cooldowns=begun)
            records += [
                self._record(f"{e.id}-{e.version}", e.id, "opened", e.opened_at, "grouped")
                for e in (() if before is None else before.grouped)
            ]
        knows = event.alert.id in state.told or opens(event) or self._grows(state, event)
        return Job(
            message=message,
            done=done,
            passed=passed,
            records=tuple(records),
            since=event.alert.updated_at,
            event=event,
            told=event.alert.id if knows else None,
        )

    def _grows(self, state: TargetState, event: AlertEvent) -> bool:
        """Tell whether an alert is graver with this change than the receiver knows.

        It may also be that it fits what the target wants only from now on.
        """
        alert = event.alert
        if event.type != "updated":
            return False
        if alert.id in state.told:
            known = state.told_kinds.get(alert.id)
            return known is not None and KINDS.index(alert.kind) > KINDS.index(known)
        quiet = state.cooldowns.get(alert.camera)
        is_grouped = quiet is not None and any(each.id == alert.id for each in quiet.grouped)
        return self._plan.is_selective and alert.opened_at >= state.begun_at and not is_grouped

    def _record_of(
        self, event: AlertEvent, state: DeliveryState, answer: str = ""
    ) -> DeliveryRecord:
        at = event.alert.updated_at if event.act is None else event.act.at
        return msgspec.structs.replace(
            self._record(change_key(event), event.alert.id, event.type, at, state), answer=answer
        )

    def _record(
        self,
        key: str,
        alert: str | None,
        event: str,
        at: float,
        state: DeliveryState = "delivered",
    ) -> DeliveryRecord:
        return DeliveryRecord(
            output=self._name, key=key, alert=alert, event=event, state=state, attempts=0, at=at
        )

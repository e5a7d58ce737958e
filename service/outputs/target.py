"""Delivers to one target what it wants of the alerts' changes, in their order."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from inference.types import Alert, AlertEvent
from service.entry_ids import entry_order
from service.outputs import cooldowns, escalations
from service.outputs.backlog import events_after, gather
from service.outputs.composer import LINES
from service.outputs.delivered import DeliveredBefore
from service.outputs.delivery_ports import TailLost
from service.outputs.gaps import GapReader
from service.outputs.jobs import Job, JobMaker
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered
from service.outputs.records import DeliveryRecord, Failing, GroupedAlert, TargetState
from service.outputs.report import DeliveryReport
from service.outputs.target_dependencies import TargetDependencies
from service.system_events import StreamEvent
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)

TOLD = 500
AT_ONCE_S = 0.001
Entry: TypeAlias = tuple[str, StreamEvent | None]


class Target:
    """The loop's body, one step at a time.

    How far it came is kept after each delivery: whoever takes over sends at most the message again
    that was on its way, with the same key.
    """

    def __init__(self, dependencies: TargetDependencies) -> None:
        self._dependencies = dependencies
        self._settings = dependencies.plan.settings
        self.name = self._name = dependencies.name
        self._jobs = JobMaker(dependencies.plan, dependencies.composer)
        self._gaps = GapReader(
            self._name, dependencies.log, dependencies.reader, dependencies.archive
        )
        self._report = DeliveryReport(self._name, dependencies.telemetry, dependencies.events)
        self._before = DeliveredBefore(
            dependencies.delivered, dependencies.archive, dependencies.clock
        )
        self._state: TargetState | None = None
        self._read: deque[Entry] = deque()
        self._unsaved: list[DeliveryRecord] = []
        self._is_dirty = False

    def step(self) -> float:
        """Deliver or decide what is next; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis or the archive did not answer, or another process has taken
                over; what was delivered last may be sent again.
        """
        now = self._dependencies.clock()
        state = self._bounded(self._begun() if self._state is None else self._state, now)
        failing = state.failing
        # A clock that was set back must not make an hour of a second.
        if failing is not None and failing.tried_at <= now < failing.due_at:
            self._note_waiting(state)
            return min(self._dependencies.wait_s, failing.due_at - now)
        job = self._next(state, now)
        if job is not None and job.message is None:
            self._pass(job)
        elif job is not None and job.message is not None:
            if not self._dependencies.holds():
                return self._dependencies.wait_s
            self._deliver(state, job, job.message)
        return 0.0

    def _begun(self) -> TargetState:
        """Return how far we came; a new target begins with what comes next."""
        self._read.clear()
        self._unsaved.clear()
        self._is_dirty = False
        self._report.begin()
        self._before.begin()
        known, now = self._dependencies.store.load(self._name), self._dependencies.clock()
        if known is None:
            return self._save(TargetState(cursor=self._dependencies.log.last_id(), begun_at=now))
        self._state = known
        return known

    def _bounded(self, state: TargetState, now: float) -> TargetState:
        """Let a clock that was set back make no hours of a cooldown or of an escalation's wait."""
        bounded = self._jobs.bounded(state, now)
        if bounded is not state:
            self._state, self._is_dirty = bounded, True
        return bounded

    def end(self) -> None:
        """Say nothing of the target any more: this process does not deliver to it from now on."""
        self._report.end()

    def _next(self, state: TargetState, now: float) -> Job | None:
        """Return what is to be done next; None where nothing came."""
        due = escalations.due(state.pending, now)
        if due is not None:
            found = self._dependencies.reader.get(due.alert)
            return self._jobs.escalation(state, due, found, now)
        quiet = cooldowns.over(state.cooldowns, now)
        if quiet is not None:
            newest = self._as_they_are(quiet[1].grouped)
            return self._jobs.after_cooldown(state, quiet, newest, now)
        if not self._read and not self._fill(state):
            return None
        event_id, event = self._read[0]
        late_s = now - entry_order(event_id)[0] / 1000
        self._report.lag(late_s)
        if self._settings.missed == "summary" and late_s > self._settings.missed_after_s:
            return self._missed(state, now)
        return self._jobs.change(state, event_id, event, now)

    def _as_they_are(self, grouped: Sequence[GroupedAlert]) -> list[Alert]:
        """Return the newest of these, the newest first."""
        found = [self._dependencies.reader.get(each.id) for each in reversed(grouped[-LINES:])]
        return [each.archived.alert for each in found if each is not None]

    def _fill(self, state: TargetState) -> bool:
        """Read on; False if nothing came."""
        if self._is_dirty:
            state = self._save(state)
        try:
            entries = self._gaps.entries(state.cursor, state.begun_at)
        except TailLost:
            self._go_back()
            return False
        entries = entries or self._dependencies.log.read(state.cursor, self._dependencies.wait_s)
        self._read.extend(entries)
        if not entries:
            self._report.lag(0.0)
        return bool(entries)

    def _go_back(self) -> None:
        """Go on from what Redis keeps of us: of the same fail-over, it is as old as its stream.

        Where it keeps nothing older, all that is there follows, and the archive is asked again.
        """
        kept = self._dependencies.store.load(self._name)
        if kept is None or self._is_lost(kept.cursor):
            self._before.begin()
            return
        arrived = [each for each in self._unsaved if each.state == "delivered"]
        self._begun()
        self._unsaved, self._is_dirty = arrived, bool(arrived)

    def _is_lost(self, cursor: str) -> bool:
        return entry_order(cursor) > entry_order(self._dependencies.log.last_id())

    def _missed(self, state: TargetState, now: float) -> Job:
        """Return the summary of what was read and of all that comes behind it."""
        read = list(self._read)
        self._read.clear()
        up_to = None if state.failing is None else state.failing.up_to

        def entries() -> Iterator[Entry]:
            yield from read
            yield from events_after(self._dependencies.log, read[-1][0], up_to)

        within = entries() if up_to is None else _within(entries(), up_to)
        return self._jobs.backlog(state, gather(self._dependencies.plan, state, within), now)

    def _pass(self, job: Job) -> None:
        """Go on where nothing is to be sent; what is known of it is kept soon."""
        self._unsaved += job.records
        self._report.decided(job.records)
        if job.from_stream:
            self._read.popleft()
        self._state, self._is_dirty = job.done, True

    def _deliver(self, state: TargetState, job: Job, message: Message) -> None:
        known = self._before.find(job.records[0])
        if known is not None:
            self._spare(job, known)
            return
        attempts = 1 if state.failing is None else state.failing.attempts + 1
        try:
            answer = self._sent(message)
        except NotDelivered as err:
            now = self._dependencies.clock()
            if err.permanent or now - job.since > self._settings.give_up_after_s:
                self._report.given_up(str(err))
                failed = _as(job, state="failed", attempts=attempts, err=err)
                kept = failed if job.passed is None else failed[:1]  # groups go on waiting
                self._close(job, job.passed or job.done, kept)
            else:
                self._retry_later(state, job, attempts, err)
            return
        now = self._dependencies.clock()
        records = [
            msgspec.structs.replace(each, delivered_at=now, attempts=attempts, answer=answer.text)
            for each in job.records
        ]
        self._dependencies.delivered.note(records[:1])
        self._close(job, _with_told(job, now), records)
        self._report.delivered(job.event, job.since, state.failing, now)

    def _spare(self, job: Job, known: DeliveryRecord) -> None:
        """Go on after a message that the receiver has, though Redis knows nothing of it."""
        self._unsaved += [known, *job.records[1:]]
        self._report.spared()
        self._close(job, _with_told(job, self._dependencies.clock()), [])

    def _sent(self, message: Message) -> Answer:
        try:
            return self._dependencies.output.send(message)
        except NotDelivered:
            raise
        except Exception as err:
            # Whatever a receiver makes a library do must not end the other targets.
            log.exception("output failed unexpectedly", extra={"output": self._name})
            raise NotDelivered(f"unexpected {type(err).__name__}", may_have_arrived=True) from err

    def _close(self, job: Job, done: TargetState, records: Sequence[DeliveryRecord]) -> None:
        """Go on to the next message."""
        self._unsaved += records
        self._report.decided(records)
        if job.from_stream:
            self._read.popleft()
        self._save(msgspec.structs.replace(done, failing=None))

    def _retry_later(self, state: TargetState, job: Job, attempts: int, err: NotDelivered) -> None:
        now, before = self._dependencies.clock(), state.failing
        backoff_s = self._dependencies.retries.delay_s(attempts, self._dependencies.rng)
        failing = Failing(
            since=now if before is None else min(now, before.since),
            attempts=attempts,
            tried_at=now,
            due_at=now + max(backoff_s, err.retry_after_s or 0.0),
            reason=str(err),
            up_to=job.up_to if err.may_have_arrived else None,
        )
        if job.up_to is None:
            self._unsaved += _as(job, state="waiting", attempts=attempts, err=err)[:1]
        self._save(msgspec.structs.replace(state, failing=failing))
        self._report.failed(failing, now)

    def _note_waiting(self, state: TargetState) -> None:
        """Record what waits behind the message that cannot be delivered."""
        after = max(state.noted, state.cursor, key=entry_order)
        head = self._read[0][0] if self._read else None
        entries = self._dependencies.log.read(after, AT_ONCE_S)
        for event_id, event in entries:
            job = self._jobs.change(state, event_id, event, self._dependencies.clock())
            if job.message is not None and event_id != head:
                self._unsaved += _as(job, state="waiting", attempts=0, err="")
        if entries:
            self._save(msgspec.structs.replace(state, noted=entries[-1][0]))

    def _save(self, state: TargetState) -> TargetState:
        """Keep how far we came; if that fails, begin again with what Redis has by then.

        After a fail-over a place behind the stream's end stays ours alone: kept, it would replace
        the one that is as old as the stream. What was read is still dealt with.
        """
        idle = cooldowns.without_idle(state.cooldowns, self._dependencies.clock())
        state = msgspec.structs.replace(state, cooldowns=idle)
        self._state = None
        try:
            is_kept = self._dependencies.store.save(self._name, state, self._unsaved)
        except TailLost:
            self._unsaved = list({each.key: each for each in self._unsaved}.values())  # a bound
            self._state, self._is_dirty = state, True
            return state
        if not is_kept:
            raise StoreUnavailable("another process has taken the outputs over")
        self._state, self._is_dirty, self._unsaved = state, False, []
        return state


def _within(entries: Iterator[Entry], up_to: str) -> Iterator[Entry]:
    last = entry_order(up_to)
    return (entry for entry in entries if entry_order(entry[0]) <= last)


def _as(job: Job, *, state: str, attempts: int, err: NotDelivered | str) -> list[DeliveryRecord]:
    """Return a job's records in another state than delivered."""
    changed = {"state": state, "attempts": attempts, "answer": str(err)}
    return [msgspec.structs.replace(each, **changed) for each in job.records]


def _with_told(job: Job, now: float) -> TargetState:
    """Return the state after a delivery."""
    told, kinds = job.done.told, dict(job.done.told_kinds)
    if job.told is not None:
        told = (*(each for each in told if each != job.told), job.told)[-TOLD:]
        if isinstance(job.event, AlertEvent):
            kinds[job.told] = job.event.alert.kind
    kinds = {each: kinds[each] for each in told if each in kinds}
    return msgspec.structs.replace(job.done, told=told, told_kinds=kinds, delivered_at=now)

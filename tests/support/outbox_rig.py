"""A site in memory with a clock that tests move, an archive in a file, and targets."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from pydantic import TypeAdapter

from inference.types import Act, ActType, Alert, AlertEvent
from service.adapters.database.deliveries import DatabaseDeliveries
from service.adapters.database.writer import DatabaseArchiveWriter
from service.adapters.memory.alerts import MemoryAlertLog, MemoryAlerts
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.outbox import MemoryOutbox
from service.adapters.memory.site import MemorySite
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.redis.keys import Shards
from service.config.outputs.any_output import AnyOutputSettings
from service.outputs.composer import Composer, MessageLinks
from service.outputs.delivered import Delivered
from service.outputs.delivery_ports import LEASE
from service.outputs.message import Message
from service.outputs.plans import plans_of
from service.outputs.ports import Answer, NotDelivered, Output
from service.outputs.records import DeliveryRecord, TargetState
from service.outputs.target import Target
from service.outputs.target_dependencies import TargetDependencies
from service.ports.deciding import AlertChange
from service.system_events import StreamEvent
from support.archives import ArchivedAlerts, alert
from support.stores import Clock
from support.waiting import PATIENCE_S
from tracker.backoff import Backoff
from tracker.errors import ArchiveUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

GONE = NotDelivered("connection refused")


class Mailbox(Output):
    """An output that remembers what it got.

    Attributes:
        sent: every attempt, those that failed, too.
        delivered: what has arrived.
        fails: why the next messages do not arrive; None: they do.
        crash: raised by the next send after the message has arrived.
    """

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.delivered: list[Message] = []
        self.fails: NotDelivered | None = None
        self.crash: BaseException | None = None

    def send(self, message: Message) -> Answer:
        self.sent.append(message)
        if self.fails is not None:
            raise self.fails
        self.delivered.append(message)
        if self.crash is not None:
            crash, self.crash = self.crash, None
            raise crash
        return Answer("taken")

    def close(self) -> None:
        """Nothing is open."""

    def told(self) -> list[tuple[str, str]]:
        """Return event and alert of what has arrived."""
        return [(m.event, "" if m.alert is None else m.alert.id) for m in self.delivered]


class BreakableDeliveries(DatabaseDeliveries):
    """Records that cannot be kept while `is_away`."""

    is_away = False

    def put(self, records: Sequence[DeliveryRecord]) -> None:
        if self.is_away:
            raise ArchiveUnavailable("gone", reason="unreachable")
        super().put(records)


class Rig:
    """A site whose alerts tests write, and whose targets they step."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.telemetry = InMemoryTelemetry()
        self.memory = MemorySite()
        self.events: list[tuple[str, StreamEvent]] = []
        self.alerts = ArchivedAlerts(
            self.events,
            telemetry=self.telemetry,
            folder=folder,
            clock=self.clock,
            site=self.memory,
            stamped=True,
            lock_wait_s=PATIENCE_S,
        )
        self.deliveries = BreakableDeliveries(self.alerts.database)
        self.system = MemorySystemEvents(self.events, clock=self.clock, stamped=True)
        self.outputs: list[AnyOutputSettings] = []
        self.delivered: defaultdict[str, Delivered] = defaultdict(Delivered)
        self.hold("a")
        # The twin of the stream cannot tell an empty one from a trimmed one.
        self.open("before")

    def hold(self, owner: str) -> None:
        """Give this process the lease, if it is free."""
        self.clock.now += 5
        key = Shards.archive_lease
        MemoryLeases(self.memory, owner=owner, clock=self.clock, life_s=1e9, key=key)
        self.memory.leases[key][LEASE] = (owner, self.clock.now + 1e9)

    def output(self, name: str = "desk", **settings: Any) -> None:
        """Configure an output."""
        given = {"name": name, "type": "webhook", "url": "http://desk.example", **settings}
        self.outputs.append(TypeAdapter(AnyOutputSettings).validate_python(given))

    def target(
        self,
        output: Output,
        name: str = "desk",
        owner: str = "a",
        public_url: str | None = None,
        **others: Any,
    ) -> Target:
        """Start a target in a process of this name, and let it find out where to begin.

        Args:
            others: dependencies in the place of those in memory.
        """
        self.clock.now += 0.01
        links = MessageLinks(public_url, lambda action, alert, to, _key: f"{action}.{alert}.{to}")
        dependencies = TargetDependencies(
            plan=plans_of(self.outputs)[name],
            output=output,
            composer=Composer(name, links=links),
            log=MemoryAlertLog(self.events),
            reader=self.alerts.reader,
            store=self.store(owner),
            archive=self.deliveries,
            events=self.system,
            telemetry=self.telemetry,
            clock=self.clock,
            rng=random.Random(1),
            retries=Backoff(first_s=1.0, longest_s=60.0),
            wait_s=0.001,
            delivered=self.delivered[owner],
        )
        target = Target(replace(dependencies, **others))
        if owner == self.memory.leases[Shards.archive_lease].get(LEASE, ("",))[0]:
            target.step()
        return target

    def store(self, owner: str = "a") -> MemoryOutbox:
        """Return what a process of this name keeps its places in."""
        return MemoryOutbox(
            self.memory, self.events, owner=owner, clock=self.clock, telemetry=self.telemetry
        )

    def open(self, name: str, **changes: Any) -> Alert:
        """Open an alert now."""
        self.clock.now += 0.01
        one = alert(name, self.clock.now, **changes)
        self.alerts.put(AlertEvent(type="opened", alert=one), None)
        return one

    def write(self, one: Alert) -> None:
        """Write an alert that the archive gets with the next `carry` of the alerts."""
        MemoryAlerts.put_all(self.alerts, [AlertChange(AlertEvent(type="opened", alert=one))])

    def change(self, before: Alert, what: str = "updated", **changes: Any) -> Alert:
        """Let an alert change, or end."""
        self.clock.now += 0.01
        fields: dict[str, Any] = {"version": before.version + 1, "updated_at": self.clock.now}
        if what == "closed":
            fields |= {"state": "closed", "closed_at": self.clock.now}
        one = msgspec.structs.replace(before, **(fields | changes))
        self.alerts.put(AlertEvent(type=what, alert=one), None)  # type: ignore[arg-type] # one of its types
        return one

    def act(self, about: Alert, kind: ActType = "acknowledged", **more: Any) -> None:
        """Let somebody act."""
        self.clock.now += 0.01
        act = Act(id=f"act-{len(self.events)}", at=self.clock.now, author="kim", type=kind, **more)
        self.alerts.append(act, about)

    def kept(self) -> tuple[int, dict[str, TargetState], list[DeliveryRecord]]:
        """Return what a replica has now that gets nothing more."""
        return len(self.events), dict(self.memory.outbox_states), list(self.memory.outbox_records)

    def fail_over(self, kept: tuple[int, dict[str, TargetState], list[DeliveryRecord]]) -> None:
        """Let Redis go on with what a replica had."""
        number, states, records = kept
        self.alerts.lose(number)
        self.memory.outbox_states.clear()
        self.memory.outbox_states.update(states)
        self.memory.outbox_records[:] = records

    def settle(self, *targets: Target, steps: int = 60) -> None:
        """Let targets do what they can now; what waits for a later moment stays."""
        for target in targets:
            for _ in range(steps):
                target.step()

    def carry(self) -> None:
        """Take the records into the archive."""
        self.deliveries.put(self.memory.outbox_records)
        self.memory.outbox_records.clear()

    def archive_is_even(self) -> None:
        """Let the archive have come as far as the stream, without the work of it."""
        DatabaseArchiveWriter(self.alerts.database).carry([], self.events[-1][0])

    def records(self, alert_id: str) -> list[DeliveryRecord]:
        """Return the deliveries of an alert."""
        self.carry()
        return self.deliveries.of_alert(alert_id)

    def until(self, target: Target, found: Callable[[], object], most: int = 2000) -> None:
        """Step a target, and the clock to each next attempt, until something is found."""
        for _ in range(most):
            if found():
                return
            target.step()
            failing = self.memory.outbox_states[target.name].failing
            if failing is not None:
                self.clock.now = max(self.clock.now, failing.due_at)
        raise AssertionError("it never came true")

    def close(self) -> None:
        """Close the archive."""
        self.alerts.database.close()

"""Gathers what a target missed while its receiver could not be reached."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from inference.types import Alert, AlertEvent
from service.entry_ids import entry_order
from service.outputs.composer import LINES, change_key
from service.outputs.plan import Plan, attends, opens
from service.outputs.records import DeliveryRecord, TargetState
from service.ports.archive import AlertLog
from service.system_events import StreamEvent, SystemEvent

MOST_ALERTS = 50_000


@dataclass(slots=True)
class Backlog:
    """What is wanted between two events, as one summary.

    Attributes:
        up_to: id of the last event in it.
        newest: the alerts, by id, in the order in which they were first met; a bounded number.
        system: what is wrong with the service and was not put right meanwhile, by what it is about.
        attended: alerts that somebody attended to.
    """

    plan: Plan
    told: frozenset[str]
    up_to: str
    newest: dict[str, Alert] = field(default_factory=dict)
    system: dict[str, SystemEvent] = field(default_factory=dict)
    records: dict[str, DeliveryRecord] = field(default_factory=dict)
    opened: list[AlertEvent] = field(default_factory=list)
    attended: set[str] = field(default_factory=set)

    def add(self, event: StreamEvent) -> None:
        """Add a change."""
        if isinstance(event, SystemEvent):
            self._add_system(event)
            return
        alert = event.alert
        if attends(event):
            self.attended.add(alert.id)
        decision = self.plan.decide(event, is_told=alert.id in self.told or alert.id in self.newest)
        if opens(event):
            self.opened.append(event)
            del self.opened[:-MOST_ALERTS]
        if decision == "skip":
            return
        if decision == "held":
            self._record(event, "held")
            return
        if event.act is None or event.type == "raised":
            self._keep(alert)
        self._record(event, "grouped")

    @property
    def is_empty(self) -> bool:
        """Whether nobody needs to be told."""
        return not self.newest and not self.system

    @property
    def since(self) -> float | None:
        """When the first of the alerts opened, UTC seconds."""
        return min((alert.opened_at for alert in self.newest.values()), default=None)

    def alerts(self) -> list[Alert]:
        """Return the alerts that a summary shows, the newest first."""
        newest = sorted(self.newest.values(), key=lambda alert: alert.opened_at, reverse=True)
        return newest[:LINES]

    def _keep(self, alert: Alert) -> None:
        if alert.id in self.newest or len(self.newest) < MOST_ALERTS:
            self.newest[alert.id] = alert

    def _add_system(self, event: SystemEvent) -> None:
        if self.plan.decide(event, is_told=False) == "skip":
            return
        if event.state == "cleared":
            # What came and went meanwhile concerns nobody any more.
            if self.system.pop(event.about, None) is None:
                self.system[event.about] = event
        else:
            self.system[event.about] = event

    def _record(self, event: AlertEvent, state: str) -> None:
        key = change_key(event)
        self.records[key] = DeliveryRecord(
            output=self.plan.settings.name,
            key=key,
            alert=event.alert.id,
            event=event.type,
            state=state,  # type: ignore[arg-type] # one of the two
            attempts=0,
            at=event.alert.updated_at if event.act is None else event.act.at,
            answer="" if state == "grouped" else held_by(event.alert),
        )


def held_by(alert: Alert) -> str:
    """Say what keeps an alert back."""
    return f"snoozed by {alert.snoozed}"


def gather(
    plan: Plan, state: TargetState, events: Iterator[tuple[str, StreamEvent | None]]
) -> Backlog:
    """Return what is wanted of these events.

    Args:
        events: with their ids, the oldest first.
    """
    backlog = Backlog(plan, frozenset(state.told), state.cursor)
    for event_id, event in events:
        if event is not None:
            backlog.add(event)
        backlog.up_to = max(backlog.up_to, event_id, key=entry_order)
    return backlog


def events_after(
    log: AlertLog, after: str, up_to: str | None
) -> Iterator[tuple[str, StreamEvent | None]]:
    """Yield the events that are there, the oldest first, to the last one wanted or the end."""
    last = entry_order(log.last_id() if up_to is None else up_to)
    while entry_order(after) < last:
        entries = log.read(after, 0.001)
        for event_id, event in entries:
            if entry_order(event_id) > last:
                return
            yield event_id, event
        if not entries:
            return
        after = entries[-1][0]

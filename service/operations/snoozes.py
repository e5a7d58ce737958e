"""Silence that ends: alerts that a snooze fits are decided and recorded, and not sent on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from inference.types import Alert, AlertEvent
from service.ports.deciding import AlertChange, AlertSink, all_written, put_results
from service.ports.snoozes import SnoozableAlerts, SnoozeStore
from service.ports.telemetry import SiteTelemetry
from service.records import Snooze

CHECK_EVERY_S = 1.0


def fitting(snoozes: Sequence[Snooze], alert: Alert, now: float) -> list[str]:
    """Return the ids of the snoozes that hold now and fit an alert."""
    return [
        snooze.id
        for snooze in snoozes
        if snooze.holds_at(now)
        and snooze.camera in (None, alert.camera)
        and snooze.kind in (None, alert.kind)
        and (snooze.zone is None or snooze.zone in alert.zones)
    ]


class SnoozingSink(AlertSink):
    """Marks alerts that open while a snooze fits them, before they are written.

    An alert that was told before stays told. A marked one stays marked while a snooze fits it, and
    when it closes; else its next change raises it.

    Args:
        clock: UTC seconds.
    """

    def __init__(
        self,
        sink: AlertSink,
        marked: SnoozableAlerts,
        snoozes: SnoozeStore,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._sink = sink
        self._marked = marked
        self._snoozes = snoozes
        self._telemetry = telemetry
        self._clock = clock

    def begin(self, camera: str, term: int) -> int:
        return self._sink.begin(camera, term)

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        marks = self._marks([each.event for each in changes])
        marked = [_with_mark(*each) for each in zip(changes, marks, strict=True)]
        results = put_results(self._sink, marked)
        for change, mark, result in zip(marked, marks, results, strict=True):
            if result is True and mark is not None and change.event.type == "opened":
                camera = change.event.alert.camera
                self._telemetry.count("alerts_snoozed_total", camera=camera)
        return all_written(results)

    def _marks(self, events: Sequence[AlertEvent]) -> list[str | None]:
        """Return the snooze that marks each alert from its event on."""
        known = [event.alert.id for event in events if event.type != "opened"]
        before = dict(zip(known, self._marked.snoozed_by(known), strict=True))
        snoozes = self._snoozes.all() if any(map(_may_change_mark, events)) else []
        marks: list[str | None] = []
        for event in events:
            mark = self._mark(event, before.get(event.alert.id), snoozes)
            before[event.alert.id] = mark  # for a later event of the same alert
            marks.append(mark)
        return marks

    def _mark(self, event: AlertEvent, before: str | None, snoozes: Sequence[Snooze]) -> str | None:
        if event.type == "closed" or (event.type == "updated" and before is None):
            return before
        found = fitting(snoozes, event.alert, self._clock())
        return before if before in found else next(iter(found), None)


def _may_change_mark(event: AlertEvent) -> bool:
    return event.type != "closed"


def _with_mark(change: AlertChange, mark: str | None) -> AlertChange:
    if mark is None:
        return change
    alert = msgspec.structs.replace(change.event.alert, snoozed=mark)
    return replace(change, event=msgspec.structs.replace(change.event, alert=alert))


class SnoozeKeeper:
    """Raises open alerts once no snooze fits them any more; every process that decides may do it.

    Args:
        clock: UTC seconds.
    """

    def __init__(
        self,
        marked: SnoozableAlerts,
        snoozes: SnoozeStore,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._marked = marked
        self._snoozes = snoozes
        self._telemetry = telemetry
        self._clock = clock

    def step(self) -> float:
        """Look at all open alerts that are marked; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        now, snoozes = self._clock(), self._snoozes.all()
        holding = sum(snooze.holds_at(now) for snooze in snoozes)
        self._telemetry.gauge("snoozes", holding)
        for alert in self._marked.snoozed_open():
            if not fitting(snoozes, alert, now):
                self._marked.unsnooze(alert)
        return CHECK_EVERY_S

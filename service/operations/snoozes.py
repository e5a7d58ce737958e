"""Silence that ends: alerts that a snooze fits are decided and recorded, and not sent on."""

from collections.abc import Callable, Sequence

import msgspec

from inference.types import Alert, AlertEvent, AlertPoses
from service.ports.deciding import AlertSink
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

    def put(self, event: AlertEvent, poses: AlertPoses | None, term: int | None = None) -> bool:
        mark = self._mark(event)
        if mark is not None:
            event = msgspec.structs.replace(
                event, alert=msgspec.structs.replace(event.alert, snoozed=mark)
            )
        written = self._sink.put(event, poses, term)
        if written and mark is not None and event.type == "opened":
            self._telemetry.count("alerts_snoozed_total", camera=event.alert.camera)
        return written

    def _mark(self, event: AlertEvent) -> str | None:
        before = None if event.type == "opened" else self._marked.snoozed_by(event.alert.id)
        if event.type == "closed" or (event.type == "updated" and before is None):
            return before
        found = fitting(self._snoozes.all(), event.alert, self._clock())
        return before if before in found else next(iter(found), None)


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

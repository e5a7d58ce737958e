"""Carries alert events from Redis into the archive, in the process that holds the lease."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from inference.run_steps import run_steps
from inference.types import AlertEvent
from service.archive.episode_recorder import EpisodeRecorder
from service.archive.retention import Retention
from service.lifecycle import STORE_BACKOFF
from service.ports.alerts import AlertHistory
from service.ports.archive import AlertLog, ArchiveWriter
from service.ports.leases import Leases, Membership
from service.ports.telemetry import SiteTelemetry
from service.records import CarriedAct, CarriedAlert
from tracker.errors import ArchiveUnavailable
from tracker.validation import require_positive

log = logging.getLogger(__name__)

LEASE = "archive"
BEGINNING = "0-0"
KEPT_PER_STEP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        renew_s: the lease is renewed this often, well within its life.
        wait_s: one read waits this long for events; also how fast the loop can stop.
    """

    renew_s: float = 1.0
    wait_s: float = 0.5

    def __post_init__(self) -> None:
        require_positive(self, "renew_s", "wait_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierDependencies:
    """What the loop works with.

    Attributes:
        lease: who carries; its one name is `LEASE`.
        homes: see `require_sole_archive`; this process sends its heartbeats.
        history: what Redis keeps of alerts, with their clips.
        role: of this process, as metrics name it.
        clock: UTC seconds.
    """

    lease: Leases
    homes: Membership
    log: AlertLog
    history: AlertHistory
    writer: ArchiveWriter
    recorder: EpisodeRecorder
    retention: Retention
    telemetry: SiteTelemetry
    role: str = "api"
    clock: Callable[[], float] = time.time
    options: CarrierOptions = field(default_factory=CarrierOptions)


def carry_over(
    dependencies: CarrierDependencies,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Carry until stopped, however often Redis or the database fails; then free the lease.

    Args:
        clock: monotonic seconds.
    """
    carrier, options = Carrier(dependencies), dependencies.options

    def step() -> float:
        return 0.0 if carrier.step(clock()) else options.wait_s

    run_steps(
        step,
        stop,
        role=dependencies.role,
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=dependencies.lease.release,
    )


class Carrier:
    """The loop's body, one step at a time.

    How far it came is kept in the archive, in the same transaction as what it carried. Whoever
    dies or loses the database starts from there; what comes twice changes nothing.
    """

    def __init__(self, dependencies: CarrierDependencies) -> None:
        self._dependencies = dependencies
        self._telemetry = dependencies.telemetry
        self._options = dependencies.options
        self._renew_at = float("-inf")
        self._held = False
        self._read: str | None = None
        self._waiting: str | None = None  # the oldest event that is read and not yet carried

    def step(self, now: float) -> bool:
        """Renew the lease and carry what is there; False if another process carries.

        Raises:
            StoreUnavailable: Redis did not answer; wait, and go on.
            ArchiveUnavailable: the database did not take it; the same.
        """
        if not self._renewed(now):
            # Whoever carries nothing has no trouble with it: of all processes the worst counts.
            self._telemetry.gauge("archive_up", 1)
            self._telemetry.gauge("archive_lag_seconds", 0.0)
            return False
        try:
            # Frames do not wait in Redis for long: they are taken even if the database is away.
            self._dependencies.recorder.collect(now)
            self._carry_next()
            self._dependencies.recorder.flush(now)
            self._dependencies.retention.step(now)
        except ArchiveUnavailable as err:
            self._telemetry.gauge("archive_up", 0)
            self._telemetry.count("archive_errors_total", reason=err.reason)
            if err.reason == "conflict":
                self._dependencies.recorder.forget()  # another process writes the same
            self._report_lag()
            raise
        self._telemetry.gauge("archive_up", 1)
        self._report_lag()
        return True

    def _renewed(self, now: float) -> bool:
        if now >= self._renew_at:
            self._dependencies.homes.heartbeat()
            self._held = bool(self._dependencies.lease.acquire_or_renew([LEASE]))
            self._renew_at = now + self._options.renew_s
            if not self._held:
                self._read = self._waiting = None
                self._dependencies.recorder.forget()
                self._report_lag()
            elif self._read is not None and self._dependencies.log.is_trimmed(self._read):
                self._read = None
        return self._held

    def _carry_next(self) -> None:
        if self._read is None:
            self._read = self._begin()
        entries = self._dependencies.log.read(self._read, self._options.wait_s)
        if entries:
            self._waiting = entries[0][0]
            changes = [event for _, event in entries if isinstance(event, AlertEvent)]
            self._carry(changes, entries[-1][0])
            self._read, self._waiting = entries[-1][0], None

    def _begin(self) -> str:
        """Return the event to go on after; where some are gone, carry what Redis keeps first."""
        read = self._dependencies.writer.carried_up_to()
        if read is not None and not self._dependencies.log.is_trimmed(read):
            return read
        if read is not None:
            log.warning("events were trimmed before they were carried", extra={"after": read})
            self._telemetry.count("archive_gaps_total")
        carried = sum(self._carry_kept(page) for page in self._pages())
        # Events that are still there are read from the first on: acts among them are kept there
        # alone, and versions that were just carried change nothing.
        self._dependencies.writer.carry([], BEGINNING)
        log.info("alerts carried over from redis", extra={"alerts": carried})
        return BEGINNING

    def _pages(self) -> Iterator[list[str]]:
        cursor = None
        while True:
            page, cursor = self._dependencies.history.page(
                camera=None, since=None, cursor=cursor, limit=KEPT_PER_STEP
            )
            yield [alert.id for alert in page]
            if cursor is None:
                return

    def _carry_kept(self, names: Sequence[str]) -> int:
        found = (self._dependencies.history.get(name) for name in names)
        return self._write([CarriedAlert(alert=one[0], poses=one[1]) for one in found if one], None)

    def _carry(self, events: Sequence[AlertEvent], up_to: str) -> None:
        begun_s = time.perf_counter()
        acts = [
            CarriedAct(alert=event.alert.id, act=event.act)
            for event in events
            if event.act is not None
        ]
        newest = list(self._newest(events))
        self._dependencies.recorder.follow([each.alert for each in newest])
        self._write(newest, up_to, acts)
        took_s = time.perf_counter() - begun_s
        self._telemetry.observe("stage_duration_seconds", took_s, stage="archive")

    def _newest(self, events: Sequence[AlertEvent]) -> Iterator[CarriedAlert]:
        """Yield the newest version of each alert, with the clip that Redis has."""
        newest = {event.alert.id: event.alert for event in events}
        for alert in newest.values():
            kept = self._dependencies.history.get(alert.id)
            if kept is not None and kept[0].version > alert.version:
                alert = kept[0]
            yield CarriedAlert(alert=alert, poses=None if kept is None else kept[1])

    def _write(
        self, carried: Sequence[CarriedAlert], up_to: str | None, acts: Sequence[CarriedAct] = ()
    ) -> int:
        """Write these; what the database cannot store is left out and counted."""
        writer = self._dependencies.writer
        try:
            new = writer.carry(carried, up_to, acts)
        except ValueError:
            new = sum(self._write_alone(each.alert.id, alerts=[each]) for each in carried)
            for each in acts:
                self._write_alone(each.alert, acts=[each])
            writer.carry([], up_to)
        self._telemetry.count("archive_alerts_written_total", new)
        return new

    def _write_alone(
        self, alert: str, alerts: Sequence[CarriedAlert] = (), acts: Sequence[CarriedAct] = ()
    ) -> int:
        try:
            return self._dependencies.writer.carry(alerts, None, acts)
        except ValueError as err:
            log.warning("alert cannot be stored", extra={"alert": alert, "reason": str(err)})
            self._telemetry.count("entries_malformed_total", kind="archive")
            return 0

    def _report_lag(self) -> None:
        # Ids of events begin with the milliseconds of Redis' clock.
        written_ms = None if self._waiting is None else int(self._waiting.partition("-")[0])
        lag_s = 0.0 if written_ms is None else self._dependencies.clock() - written_ms / 1000
        self._telemetry.gauge("archive_lag_seconds", max(0.0, lag_s))

"""Repeats a step that needs Redis until the process stops, and waits while Redis is away."""

import logging
from collections.abc import Callable
from threading import Event, current_thread

from inference.telemetry import WorkerTelemetry
from tracker.backoff import Backoff
from tracker.errors import ArchiveUnavailable, StoreUnavailable

log = logging.getLogger(__name__)


def _nothing() -> None:
    pass


def run_steps(
    step: Callable[[], float],
    stop: Event,
    *,
    role: str,
    telemetry: WorkerTelemetry,
    backoff: Backoff,
    release: Callable[[], None] = _nothing,
) -> None:
    """Repeat a step until stopped; while the store does not answer, retry with growing delays.

    Every failure is counted; only the first one of an outage and its end are logged, with the
    thread's name and the store's: each loop of a process says so, and a filter of the log leaves
    out what another one has just said.

    Args:
        step: does the work; returns how many seconds to rest before the next one.
        role: the label of `store_errors_total`.
        release: gives back what the loop holds, once stopped.
    """
    failures, delays = 0, backoff.delays()
    fields: dict[str, str] = {}
    while not stop.is_set():
        try:
            rest_s = step()
        except StoreUnavailable as err:
            telemetry.count("store_errors_total", role=role)
            if failures == 0:
                store = "archive" if isinstance(err, ArchiveUnavailable) else "redis"
                fields = {"loop": current_thread().name, "store": store}
                log.warning("store unavailable; retrying", extra={**fields, "error": str(err)})
            failures += 1
            stop.wait(next(delays))
            continue
        if failures:
            log.info("store available again", extra={**fields, "failures": failures})
            failures, delays = 0, backoff.delays()
        stop.wait(rest_s)
    try:
        release()
    except StoreUnavailable:
        log.info("store unavailable: leases expire by themselves")

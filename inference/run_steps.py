"""Repeats a step that needs Redis until the process stops, and waits while Redis is away."""

import logging
from collections.abc import Callable
from threading import Event, current_thread

from inference.telemetry import WorkerTelemetry
from tracker.backoff import Backoff
from tracker.errors import StoreUnavailable

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

    Every failure is counted; only the first one of an outage and its end are logged,
    with the thread's name, since each loop of a process says so.

    Args:
        step: does the work; returns how many seconds to rest before the next one.
        role: the label of `store_errors_total`.
        release: gives back what the loop holds, once stopped.
    """
    failures, delays = 0, backoff.delays()
    while not stop.is_set():
        try:
            rest_s = step()
        except StoreUnavailable as err:
            telemetry.count("store_errors_total", role=role)
            if failures == 0:
                log.warning(
                    "store unavailable; retrying",
                    extra={"loop": current_thread().name, "error": str(err)},
                )
            failures += 1
            stop.wait(next(delays))
            continue
        if failures:
            log.info(
                "store available again",
                extra={"loop": current_thread().name, "failures": failures},
            )
            failures, delays = 0, backoff.delays()
        stop.wait(rest_s)
    try:
        release()
    except StoreUnavailable:
        log.info("store unavailable: leases expire by themselves")

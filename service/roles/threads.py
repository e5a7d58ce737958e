"""Threads that every role starts: critical loops, repeated checks, its metrics."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.config.settings import Settings
from service.lifecycle import bindable
from service.monitoring.process_metrics import EVERY_S, ProcessMetrics
from tracker.errors import ConfigError

log = logging.getLogger(__name__)


def join_within(threads: Sequence[threading.Thread], within_s: float) -> None:
    """Wait for threads to end, for so long together."""
    end_s = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(0.0, end_s - time.monotonic()))


class CriticalThread(threading.Thread):
    """A loop beside the main one; a bug in it ends the process.

    Args:
        what: what the loop does, for the log.
        end: ends the main loop.
    """

    def __init__(
        self, name: str, what: str, loop: Callable[[], None], end: Callable[[], None]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.what = what
        self._loop = loop
        self._end = end
        self.failed = False

    def run(self) -> None:
        try:
            self._loop()
        except Exception:
            log.exception("%s failed; this process ends, to be restarted", self.what)
            self.failed = True
            self._end()


def start_thread(name: str, target: Callable[[], None]) -> threading.Thread:
    """Start a thread that does not keep the process alive."""
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread


def repeat_until(what: Callable[[], None], every_s: float, stop: threading.Event) -> None:
    """Call a function every so many seconds until stopped; what it raises ends that."""
    while not stop.is_set():
        what()
        stop.wait(every_s)


def start_repeating(
    name: str, what: Callable[[], None], every_s: float, stop: threading.Event
) -> threading.Thread:
    """Start a thread that repeats what the process can do without; a bug in it ends nothing.

    Args:
        name: what it does, for the log, which says the first of failures in a row, and their end.
    """
    failures = 0

    def step() -> None:
        nonlocal failures
        try:
            what()
        except Exception:
            if failures == 0:
                log.exception("failed; it is tried again", extra={"what": name})
            failures += 1
            return
        if failures:
            log.info("works again", extra={"what": name, "failures": failures})
            failures = 0

    return start_thread(name, lambda: repeat_until(step, every_s, stop))


def start_process_metrics(
    role: Role,
    telemetry: PrometheusTelemetry,
    stop: threading.Event,
    cameras: Sequence[str] = (),
) -> None:
    """Begin the role's series at 0, and report its processor time and memory from now on."""
    telemetry.begin(role, cameras)
    process_metrics = ProcessMetrics(role, telemetry)
    start_repeating("process metrics", process_metrics.report, EVERY_S, stop)


def serve_metrics(settings: Settings, default: int, telemetry: PrometheusTelemetry) -> None:
    """Serve /metrics on the port configured for the role; port 0 serves nothing.

    Raises:
        ConfigError: the port is taken.
    """
    port = default if settings.metrics_port is None else settings.metrics_port
    if port == 0:
        return
    try:
        telemetry.serve(bindable(settings.host), port)
    except OSError as err:
        raise ConfigError(
            f"metrics_port: cannot listen on {settings.host}:{port}: {err.strerror}; "
            "choose another, or 0 for none"
        ) from err

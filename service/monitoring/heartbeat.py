"""Tells somebody outside that the whole path works, so that silence is an alarm there."""

import logging
import threading
from collections.abc import Callable

from service.outputs.ports import NotDelivered
from service.ports.telemetry import SiteTelemetry

log = logging.getLogger(__name__)


class Heartbeat:
    """Calls an address each time the canary passes, in a thread of its own.

    Args:
        send: calls it.
    """

    def __init__(self, send: Callable[[], None], telemetry: SiteTelemetry) -> None:
        self._send = send
        self._telemetry = telemetry
        self._due = threading.Event()
        self._failed = False

    def beat(self) -> None:
        """Let the address be called; returns at once."""
        self._due.set()

    def run(self, stop: threading.Event, poll_s: float = 0.5) -> None:
        """Call whenever it is due, until stopped."""
        while not stop.is_set():
            if self._due.wait(poll_s):
                self._due.clear()
                self._call()

    def _call(self) -> None:
        try:
            self._send()
        except NotDelivered as err:
            self._telemetry.count("heartbeats_total", result="failed")
            if not self._failed:
                log.warning("heartbeat was not taken", extra={"reason": str(err)})
            self._failed = True
            return
        self._telemetry.count("heartbeats_total", result="taken")
        if self._failed:
            log.info("heartbeat is taken again")
        self._failed = False

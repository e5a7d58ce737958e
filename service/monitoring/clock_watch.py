"""Says that a process's clock and Redis' differ: ages of windows and times go wrong then."""

import logging
import time
from collections.abc import Callable

from service.ports.telemetry import SiteTelemetry
from service.sentences import events
from service.system_events import SystemEvents
from tracker.wording import Sentence

log = logging.getLogger(__name__)

EVERY_S = 10.0
DIFFER_S = 5.0
AGREE_S = 2.0  # below the mark: clocks that differ by just so much must not flap


class ClockWatch:
    """Compares this process's clock with Redis', one look at a time.

    The event is about the role: whichever of its processes finds its clock right at its start ends
    what a former one has raised, and one whose clock differs still raises it again.

    Args:
        ask: returns Redis' clock, UTC seconds.
        role: of this process, as metrics name it.
        host: this machine's name.
        utc: this process's clock, UTC seconds.
    """

    def __init__(
        self,
        ask: Callable[[], float],
        events_: SystemEvents,
        telemetry: SiteTelemetry,
        *,
        role: str,
        host: str,
        utc: Callable[[], float] = time.time,
    ) -> None:
        self._ask = ask
        self._events = events_
        self._telemetry = telemetry
        self._role, self._host = role, host
        self._utc = utc
        self._differs: bool | None = None

    def look(self) -> None:
        """Compare once; say what changes.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        offset_s, unsure_s = self._offset_s()
        self._telemetry.gauge("clock_offset_seconds", offset_s, role=self._role)
        if abs(offset_s) - unsure_s > DIFFER_S:
            self._raise(offset_s)
        elif self._differs is not False and abs(offset_s) + unsure_s < AGREE_S:
            self._clear()

    def _offset_s(self) -> tuple[float, float]:
        """Return by how much this clock is ahead, and by how much that may be wrong."""
        before = self._utc()
        theirs = self._ask()
        after = self._utc()
        return (before + after) / 2 - theirs, abs(after - before) / 2

    def _raise(self, offset_s: float) -> None:
        if not self._differs:
            extra = {"role": self._role, "ahead_s": round(offset_s, 1)}
            log.warning("this clock and Redis' differ; let NTP set both", extra=extra)
        self._events.raise_(
            "clocks-differ",
            _difference(self._host, offset_s),
            remedy=events.SET_CLOCKS(),
            subject=self._role,
        )
        self._differs = True

    def _clear(self) -> None:
        if self._differs:
            log.info("this clock and Redis' agree again", extra={"role": self._role})
        agree = events.CLOCKS_AGREE(host=self._host)
        self._events.clear("clocks-differ", agree, subject=self._role)
        self._differs = False


def _difference(host: str, offset_s: float) -> Sentence:
    how = events.spoken(abs(offset_s))
    said = events.CLOCK_AHEAD if offset_s > 0 else events.CLOCK_BEHIND
    return said(host=host, time=how)

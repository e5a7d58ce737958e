"""Another machine's clock, asked seldom: so that ages are measured by the clock that wrote."""

import time
from collections.abc import Callable

from tracker.errors import StoreUnavailable

ASKED_EVERY_S = 1.0


class StoreClock:
    """Counts on from the store's last answer, by a clock that nobody can set.

    Several threads may ask.

    Args:
        ask: returns the store's clock, UTC seconds; StoreUnavailable while it does not answer.
        uptime: monotonic seconds.
    """

    def __init__(
        self, ask: Callable[[], float], *, uptime: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._uptime = uptime
        # What is to be added to the uptime, and the uptime from which on it is asked again.
        self._known: tuple[float, float] | None = None

    def __call__(self) -> float:
        """Return the store's clock, UTC seconds.

        Raises:
            StoreUnavailable: it has not answered yet; later its last answer is counted on.
        """
        known = self._known
        if known is None or self._uptime() >= known[1]:
            known = self._known = self._asked(known)
        return known[0] + self._uptime()

    def _asked(self, known: tuple[float, float] | None) -> tuple[float, float]:
        try:
            now = self._ask()
        except StoreUnavailable:
            if known is None:
                raise
            # Whatever is done with the time needs the store itself, and says that it is away.
            return known[0], self._uptime() + ASKED_EVERY_S
        uptime = self._uptime()
        return now - uptime, uptime + ASKED_EVERY_S

"""What follows from the canary: the heartbeat while it passes, an event while it fails."""

from collections.abc import Callable

from service.sentences import events
from service.system_events import SystemEvents
from tracker.wording import sentence_of

FAILURES = 2  # in a row: one may be a restart


class CanaryWatch:
    """Listens to one canary.

    Args:
        beat: called each time it passes.
    """

    def __init__(self, events: SystemEvents, beat: Callable[[], None]) -> None:
        self._events = events
        self._beat = beat
        self._failures = 0

    def passed(self) -> None:
        """Take note that both windows came back right.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._failures = 0
        self._beat()
        self._events.clear("canary-failed", events.CANARY_SCORED_AGAIN())

    def failed(self, text: str) -> None:
        """Take note of what went wrong.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._failures += 1
        if self._failures >= FAILURES:
            self._events.raise_(
                "canary-failed",
                events.CANARY_NOT_NOTICED(problem=sentence_of(text)),
                remedy=events.LOOK_AT_WORKERS(),
            )

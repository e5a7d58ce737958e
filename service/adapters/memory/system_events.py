"""In-memory twin of the service's own events, for tests."""

from collections.abc import Callable, Sequence

from service.adapters.memory.alerts import Event, append_event
from service.system_events import SystemEvent, SystemEvents, with_id


class MemorySystemEvents(SystemEvents):
    """Twin of RedisSystemEvents.

    Args:
        events: the stream of alert changes.
        clock: UTC seconds.
        stamped: whether ids of events begin with the clock's milliseconds, as Redis' own do.
    """

    def __init__(
        self, events: list[Event], *, clock: Callable[[], float], stamped: bool = False
    ) -> None:
        self._events = events
        self._clock = clock
        self._stamp = clock if stamped else None
        self._newest: dict[str, SystemEvent] = {}

    def newest(self) -> Sequence[SystemEvent]:
        return sorted(self._newest.values(), key=lambda event: (event.at, event.id), reverse=True)

    def _write(self, event: SystemEvent) -> bool:
        known = self._newest.get(event.about)
        if event.state == ("cleared" if known is None else known.state):
            return False
        event = with_id(event, known)
        self._newest[event.about] = event
        append_event(self._events, event, self._stamp)
        return True

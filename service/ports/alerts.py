"""Where alerts and acts are read, followed and forgotten."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from inference.types import Act, Alert, AlertPoses
from service.system_events import StreamEvent


class ActLog(Protocol):
    """Publishes what people do about alerts, among the changes of the alerts."""

    def append(self, act: Act, alert: Alert) -> str:
        """Append an act once; return the id of its event.

        Args:
            act: of an id that was appended within the last day, its first event counts.
            alert: what the event tells where Redis does not have the alert any more.

        Raises:
            StoreUnavailable: Redis did not answer; appended again, it counts once.
        """
        ...


class AlertFeed(Protocol):
    """Alert events in the order they were written; asynchronous, for it feeds the WebSocket."""

    async def last_id(self) -> str:
        """Return the id of the newest event ever, "0-0" before the first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    async def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone, so that a replay would have a hole.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer.
        """
        ...

    def tail(self, after: str) -> AsyncGenerator[tuple[str, StreamEvent], None]:
        """Yield the events after this one, old ones first, then new ones as they come, without end.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer; continue after the last event that came.
        """
        ...


class AlertForgetter(Protocol):
    """Forgets alerts for good."""

    def forget(self, alerts: Sequence[str]) -> None:
        """Forget these closed alerts, their clips and their events.

        Raises:
            StoreUnavailable: Redis did not answer; some may be forgotten.
        """
        ...


class AlertHistory(Protocol):
    """Alerts past and present."""

    def page(
        self, *, camera: str | None, since: float | None, cursor: str | None, limit: int
    ) -> tuple[list[Alert], str | None]:
        """Return alerts, newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
        """
        ...

    def get(self, alert_id: str) -> tuple[Alert, AlertPoses | None] | None:
        """Return one alert and its clip."""
        ...

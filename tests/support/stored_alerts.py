"""Puts alerts into a store, and reads pages and events of it."""

import asyncio
from typing import Any, Literal

from inference.types import Alert, AlertEvent, AlertPoses
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis.alerts import RedisAlerts
from service.ports.alerts import AlertFeed
from support.waiting import PATIENCE_S

CLIP = AlertPoses(
    fps=24.0,
    poses=[[(0.5, float(joint), 1.0) for joint in range(17)] for _ in range(3)],
    joint_map=[[0.25] * 18 for _ in range(3)],
)


def put(alerts: MemoryAlerts | RedisAlerts, one: Alert, clip: AlertPoses | None = None) -> bool:
    """Put an alert with the event that fits its state."""
    kind: Literal["closed", "opened"] = "closed" if one.state == "closed" else "opened"
    return alerts.put(AlertEvent(type=kind, alert=one), clip)


def names(alerts: MemoryAlerts | RedisAlerts, **wanted: Any) -> list[str]:
    """Walk all pages."""
    query: dict[str, Any] = {"camera": None, "since": None, "cursor": None, "limit": 2, **wanted}
    found: list[str] = []
    while True:
        page, query["cursor"] = alerts.page(**query)
        found += [one.id for one in page]
        if query["cursor"] is None:
            return found


async def first_events(feed: AlertFeed, after: str, number: int) -> list[tuple[str, AlertEvent]]:
    """Wait for the first events after an id."""
    found: list[tuple[str, AlertEvent]] = []
    async with asyncio.timeout(PATIENCE_S):
        async for entry_id, event in feed.tail(after):
            assert isinstance(event, AlertEvent)
            found.append((entry_id, event))
            if len(found) == number:
                break
    return found

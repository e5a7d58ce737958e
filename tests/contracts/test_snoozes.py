"""Snoozes, and alerts that they mark, over every store."""

import msgspec
from support.archives import Archive, alert, carry
from support.stores import Stores

from inference.types import Act, Alert, AlertEvent
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.snoozes import REMEMBERED_S
from service.ports.alerts import AlertFeed
from service.records import CarriedAct, Snooze


def snooze(name: str, created_at: float = 100.0, **more: object) -> Snooze:
    """A snooze of everything, for an hour."""
    first = Snooze(
        id=name,
        camera=None,
        kind=None,
        until=created_at + 3600,
        reason="painters",
        author="API key",
        created_at=created_at,
    )
    return msgspec.structs.replace(first, **more)


def put(alerts: MemoryAlerts | RedisAlerts, kind: str, one: Alert) -> None:
    """Write a change."""
    alerts.put(AlertEvent(type=kind, alert=one), None)  # type: ignore[arg-type]


async def told(feed: AlertFeed, number: int) -> list[tuple[str, str | None]]:
    """Return type and mark of the first events."""
    found: list[tuple[str, str | None]] = []
    async for _, event in feed.tail("0-0"):
        found.append((event.type, event.alert.snoozed))
        if len(found) == number:
            break
    return found


def test_snoozes_are_kept_for_a_week_beyond_their_end(road: Stores) -> None:
    """Newest first; changed ones in the place of the old; the oldest are forgotten in time."""
    store = road.snoozes()
    for each in (snooze("a", 100.0), snooze("b", 200.0)):
        assert store.put(each)
    stopped = snooze("a", 100.0, stopped_at=300.0, stopped_by="API key")
    store.put(stopped)
    before = store.all()
    store.put(snooze("c", 300.0 + REMEMBERED_S))

    assert before == [snooze("b", 200.0), stopped]
    assert [each.id for each in store.all()] == ["c", "b"]


def test_there_are_not_too_many_snoozes(road: Stores) -> None:
    """Beyond the bound a new one is refused; a known one can still be ended."""
    store = road.snoozes(bound=2)

    assert [store.put(snooze(name)) for name in "abc"] == [True, True, False]
    assert store.put(snooze("a", stopped_at=101.0))


async def test_a_marked_alert_is_raised_when_its_mark_goes(
    road: Stores, alert_feed: AlertFeed
) -> None:
    """By its next change, once; until then it is known to be marked."""
    alerts = road.alerts()
    put(alerts, "opened", alert("a", snoozed="s1"))
    marked = alerts.snoozed_by(["a", "b"]), [one.id for one in alerts.snoozed_open()]
    put(alerts, "updated", alert("a", version=2))
    put(alerts, "updated", alert("a", version=3))

    assert marked == (["s1", None], ["a"])
    assert (alerts.snoozed_by(["a"]), alerts.snoozed_open()) == ([None], [])
    assert await told(alert_feed, 4) == [
        ("opened", "s1"),
        ("updated", None),
        ("raised", None),
        ("updated", None),
    ]


async def test_a_mark_can_be_taken_between_two_changes(road: Stores, alert_feed: AlertFeed) -> None:
    """Once, and only from the version that was looked at."""
    alerts = road.alerts()
    put(alerts, "opened", alert("a", snoozed="s1"))
    (looked_at,) = alerts.snoozed_open()
    put(alerts, "updated", alert("a", version=2, snoozed="s1"))
    late = alerts.unsnooze(looked_at)
    (newest,) = alerts.snoozed_open()
    taken = [alerts.unsnooze(newest) for _ in range(2)]

    assert (late, taken) == (False, [True, False])
    assert await told(alert_feed, 3) == [("opened", "s1"), ("updated", "s1"), ("raised", None)]
    found = alerts.get("a")
    assert found is not None
    assert found[0] == alert("a", version=2)


async def test_an_alert_that_closes_keeps_its_mark(road: Stores, alert_feed: AlertFeed) -> None:
    """What was kept back to its end is not raised afterwards."""
    alerts = road.alerts()
    put(alerts, "opened", alert("a", snoozed="s1"))
    put(alerts, "closed", alert("a", version=2, state="closed", snoozed="s1"))

    assert alerts.snoozed_open() == []
    assert await told(alert_feed, 2) == [("opened", "s1"), ("closed", "s1")]


def test_the_archive_counts_what_a_snooze_kept_back(archive: Archive) -> None:
    """Once an alert, also after it was raised; what is raised shows no mark any more."""
    carry(archive, alert("a", snoozed="s1"), alert("b", 101.0, snoozed="s1"), alert("c", 102.0))
    act = Act(id="a-1-unsnoozed", at=1.0, author="posewarden", type="raised")
    archive.writer.carry([], None, [CarriedAct(alert="a", act=act)])
    raised = archive.reader.get("a")
    carry(archive, alert("a", version=2))

    assert archive.reader.hidden(["s1", "s2"]) == {"s1": 2, "s2": 0}
    assert raised is not None
    assert raised.archived.alert.snoozed is None

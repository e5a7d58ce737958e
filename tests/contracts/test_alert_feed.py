"""The feed and the log of alert changes: ids, replays, and what is gone."""

import pytest
from support.archives import alert
from support.stored_alerts import first_events, put
from support.stores import Stores

from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis.alerts import RedisAlerts
from service.ports.alerts import AlertFeed


async def test_a_feed_replays_and_then_follows(road: Stores, alert_feed: AlertFeed) -> None:
    """After an id come the events since it, in order, then new ones as they are put."""
    alerts = road.alerts()
    put(alerts, alert("a"))
    start = await alert_feed.last_id()
    put(alerts, alert("b"))
    tail = alert_feed.tail(start)

    seen = [(await anext(tail))[1].alert.id]
    put(alerts, alert("c"))
    seen.append((await anext(tail))[1].alert.id)

    assert seen == ["b", "c"]
    await tail.aclose()


async def test_ids_grow(road: Stores, alert_feed: AlertFeed) -> None:
    """The ids that clients resume from are the feed's own, and the last one is last_id."""
    alerts = road.alerts()
    assert await alert_feed.last_id() == "0-0"
    for name in "abc":
        put(alerts, alert(name))

    events = await first_events(alert_feed, "0-0", 3)

    assert [event.alert.id for _, event in events] == ["a", "b", "c"]
    assert await alert_feed.last_id() == events[-1][0]


async def test_a_resumer_learns_of_a_hole(road: Stores, alert_feed: AlertFeed) -> None:
    """Events trimmed since the client's id are told; a whole replay is not called a hole."""
    alerts = road.alerts()
    put(alerts, alert("a"))
    first = await alert_feed.last_id()
    put(alerts, alert("b"))
    assert [await alert_feed.is_trimmed(after) for after in ("0", first)] == [False, False]

    trim(road, alerts, alert_feed)
    last = await alert_feed.last_id()

    assert [await alert_feed.is_trimmed(after) for after in ("0", first, last)] == [
        True,
        True,
        False,
    ]


def trim(road: Stores, alerts: MemoryAlerts | RedisAlerts, feed: AlertFeed) -> None:
    """Put so many events that the first ones go (real servers trim by whole nodes)."""
    for number in range(2, 6):
        put(alerts, alert(f"t{number}"))
    if road.client is None:
        del feed._events[:-1]
    else:
        road.client.xtrim("posewarden:{alerts}:events", maxlen=1, approximate=False)


async def test_a_loop_reads_the_events_that_clients_get(
    road: Stores, alert_feed: AlertFeed
) -> None:
    """The log has the same events under the same ids as the feed, and knows what is gone."""
    alerts, log = road.alerts(), road.alert_log()
    empty = (log.last_id(), log.is_trimmed("0-0"), log.is_trimmed("5-0"), log.read("0-0", 0.001))
    put(alerts, alert("a"))
    put(alerts, alert("a", version=2, state="closed"))
    told = await first_events(alert_feed, "0-0", 2)

    assert empty == ("0-0", False, True, [])
    assert log.read("0-0", 0.001) == told
    assert log.read(told[0][0], 0.001) == told[1:]
    assert log.last_id() == told[1][0]
    trim(road, alerts, alert_feed)
    assert [log.is_trimmed(after) for after in ("0-0", told[0][0], log.last_id())] == [
        True,
        True,
        False,
    ]


async def test_ids_of_another_life_start_over(road: Stores, alert_feed: AlertFeed) -> None:
    """A client whose id is ahead of a wiped store is told, and gets what there is."""
    alerts = road.alerts()
    future = "99999999999999-0"
    assert await alert_feed.is_trimmed(future)
    put(alerts, alert("a"))

    assert await alert_feed.is_trimmed(future)
    assert [event.alert.id for _, event in await first_events(alert_feed, future, 1)] == ["a"]


async def test_after_the_last_event_nothing_can_be_gone(
    road: Stores, alert_feed: AlertFeed
) -> None:
    """Even where all events were forgotten: whoever has the last one has missed none."""
    if road.client is None:
        pytest.skip("the twin does not know the id of an event that it has forgotten")
    alerts, log = road.alerts(), road.alert_log()
    put(alerts, alert("a", state="closed"))
    last = log.last_id()
    alerts.forget(["a"])

    assert log.last_id() == last
    assert not log.is_trimmed(last)
    assert not await alert_feed.is_trimmed(last)


@pytest.mark.parametrize("after", ["", "$", "1-x", "x", "1-2-3", "²"])
async def test_foreign_ids_are_refused(alert_feed: AlertFeed, after: str) -> None:
    """An id that is not a stream's is a caller's error."""
    with pytest.raises(ValueError, match="id"):
        await alert_feed.is_trimmed(after)
    with pytest.raises(ValueError, match="id"):
        await anext(alert_feed.tail(after))

"""AlertSink, AlertHistory and the alert feed."""

import asyncio

import msgspec
import pytest
from support.archives import alert
from support.stores import Stores

from inference.types import Alert, AlertEvent, AlertPoses
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis import keys
from service.adapters.redis.alerts import RedisAlerts
from service.ports.alerts import AlertFeed
from service.ports.deciding import AlertChange, PartlyWritten, put_results
from tracker.errors import AlertNotWritten

CLIP = AlertPoses(
    fps=24.0,
    poses=[[(0.5, float(joint), 1.0) for joint in range(17)] for _ in range(3)],
    joint_map=[[0.25] * 18 for _ in range(3)],
)


def put(alerts: MemoryAlerts | RedisAlerts, one: Alert, clip: AlertPoses | None = None) -> bool:
    """Put an alert with the event that fits its state."""
    kind = "closed" if one.state == "closed" else "opened"
    return alerts.put(AlertEvent(type=kind, alert=one), clip)


def names(alerts: MemoryAlerts | RedisAlerts, **wanted: object) -> list[str]:
    """Walk all pages."""
    query = {"camera": None, "since": None, "cursor": None, "limit": 2, **wanted}
    found: list[str] = []
    while True:
        page, query["cursor"] = alerts.page(**query)
        found += [one.id for one in page]
        if query["cursor"] is None:
            return found


async def first_events(feed: AlertFeed, after: str, number: int) -> list[tuple[str, AlertEvent]]:
    """Wait for the first events after an id."""
    found: list[tuple[str, AlertEvent]] = []
    async with asyncio.timeout(5):
        async for entry in feed.tail(after):
            found.append(entry)
            if len(found) == number:
                break
    return found


@pytest.mark.slow
def test_an_alert_is_kept_with_its_clip(road: Stores) -> None:
    """What was put is what is got; later versions without a clip keep the old one."""
    alerts = road.alerts()
    second = alert("a", version=2, peak_score=3.0)

    assert put(alerts, alert("a"), CLIP)
    assert (alert("a"), CLIP) == alerts.get("a")
    assert put(alerts, second)
    assert (second, CLIP) == alerts.get("a")
    assert alerts.get("nobody") is None


async def test_a_version_is_written_once(road: Stores, alert_feed: AlertFeed) -> None:
    """Deciding twice, or late, changes nothing and tells nobody."""
    alerts = road.alerts()
    put(alerts, alert("a", version=3), CLIP)

    assert not put(alerts, alert("a", version=3, peak_score=9.0))
    assert not put(alerts, alert("a", version=2, peak_score=9.0))

    assert (alert("a", version=3), CLIP) == alerts.get("a")
    events = await first_events(alert_feed, "0-0", 1)
    assert [event.alert.version for _, event in events] == [3]


async def test_changes_are_written_together_in_their_order(
    road: Stores, alert_feed: AlertFeed
) -> None:
    """Each by its own version and term: what one of them is refused for holds up no other one."""
    alerts = road.alerts()
    if road.client is not None:
        road.client.script_flush()  # a new server knows no script
    put(alerts, alert("b", version=2))
    alerts.begin("yard", 7)
    changes = [
        AlertChange(AlertEvent(type="opened", alert=alert("a")), CLIP, 1),
        AlertChange(AlertEvent(type="opened", alert=alert("b", version=2)), None, 1),
        AlertChange(AlertEvent(type="opened", alert=alert("c", camera="yard")), None, 6),
        AlertChange(AlertEvent(type="closed", alert=alert("a", version=2, state="closed"))),
    ]

    assert alerts.put_all(changes) == [True, False, False, True]
    assert alerts.put_all([]) == []
    assert (alert("a", version=2, state="closed"), CLIP) == alerts.get("a")
    assert alerts.get("c") is None
    assert road.telemetry.value("alerts_fenced_total") == 1
    events = await first_events(alert_feed, "0-0", 3)
    assert [(event.alert.id, event.type) for _, event in events] == [
        ("b", "opened"),
        ("a", "opened"),
        ("a", "closed"),
    ]


def spoil(road: Stores, alerts: MemoryAlerts | RedisAlerts, name: str) -> None:
    """Put something that is no alert under an alert's key."""
    if isinstance(alerts, MemoryAlerts):
        alerts.foreign.add(name)
    else:
        assert road.client is not None
        road.client.set(keys.ALERT + name, b"no alert")


@pytest.mark.parametrize("bad", ["a", "b", "c"])
async def test_what_was_written_is_said_though_another_one_fails(
    road: Stores, alert_feed: AlertFeed, bad: str
) -> None:
    """Whichever it is: the others are written, counted and not written again."""
    alerts = road.alerts()
    if road.client is not None:
        road.client.script_flush()
    spoil(road, alerts, bad)
    alerts.begin("yard", 7)
    changes = [
        AlertChange(AlertEvent(type="opened", alert=alert("a"))),
        AlertChange(AlertEvent(type="opened", alert=alert("late", camera="yard")), None, 6),
        AlertChange(AlertEvent(type="opened", alert=alert("b"))),
        AlertChange(AlertEvent(type="opened", alert=alert("c"))),
    ]
    for others in (True, False):
        with pytest.raises(PartlyWritten) as failed:
            alerts.put_all(changes)

        found = {
            each.event.alert.id: result
            for each, result in zip(changes, failed.value.results, strict=True)
            if each.event.alert.id != bad
        }
        assert found == {**dict.fromkeys({"a", "b", "c"} - {bad}, others), "late": False}
    assert isinstance(put_results(alerts, changes)["a-bc".index(bad)], AlertNotWritten)
    assert road.telemetry.value("alerts_fenced_total") == 3
    told = await first_events(alert_feed, "0-0", 2)
    assert [event.alert.id for _, event in told] == [name for name in "abc" if name != bad]


def test_an_alert_that_cannot_be_written_is_no_fault_of_the_store(road: Stores) -> None:
    """Also where it is written alone, or all of them are such."""
    alerts = road.alerts()
    changes = [AlertChange(AlertEvent(type="opened", alert=alert(name))) for name in "ab"]
    for name in "ab":
        spoil(road, alerts, name)

    for some in (changes, changes[:1]):
        results = put_results(alerts, some)
        assert [type(each) for each in results] == [AlertNotWritten] * len(some)
    assert alerts.snoozed_by(["a", "never"]) == [None, None]


def test_pages_run_newest_first_even_at_equal_times(road: Stores) -> None:
    """Every alert comes once, newest first, however pages cut equal times."""
    alerts = road.alerts()
    for name, opened_at in zip("abcdefg", (1.5, 2.5, 2.5, 2.5, 2.5, 2.5, 3.5), strict=True):
        put(alerts, alert(name, opened_at))

    for limit in (1, 2, 3, 7, 100):
        assert list("gfedcba") == names(alerts, limit=limit)


def test_pages_can_be_narrowed(road: Stores) -> None:
    """By camera, and by when the alert opened, the bound included."""
    alerts = road.alerts()
    for number in range(6):
        camera = "yard" if number % 2 else "gate"
        put(alerts, alert(f"a{number}", float(number), camera=camera))

    assert names(alerts, camera="yard") == ["a5", "a3", "a1"]
    assert names(alerts, since=3.0) == ["a5", "a4", "a3"]
    assert names(alerts, camera="gate", since=1.5) == ["a4", "a2"]
    assert names(alerts, camera="nowhere") == []


def test_pages_are_stable_while_alerts_come(road: Stores) -> None:
    """An alert that opens or changes between two pages moves nothing on the next."""
    alerts = road.alerts()
    for number in range(4):
        put(alerts, alert(f"a{number}", float(number)))
    _, cursor = alerts.page(camera=None, since=None, cursor=None, limit=2)
    put(alerts, alert("new", 9.0))
    put(alerts, alert("a1", 1.0, version=2))

    page, end = alerts.page(camera=None, since=None, cursor=cursor, limit=2)

    assert ([one.id for one in page], end) == (["a1", "a0"], None)


def test_a_cursor_survives_its_alert(road: Stores) -> None:
    """Paging goes on at the right place when the alert it stopped at was trimmed."""
    alerts = road.alerts(history=4)
    for number in range(4):
        put(alerts, alert(f"a{number}", float(number // 2), state="closed" if number else "open"))
    _, cursor = alerts.page(camera=None, since=None, cursor=None, limit=3)
    put(alerts, alert("late", 9.0))

    page, _ = alerts.page(camera=None, since=None, cursor=cursor, limit=3)

    assert alerts.get("a1") is None
    assert [one.id for one in page] == ["a0"]


@pytest.mark.parametrize("cursor", ["", "junk", "é", "e30=", "W10=", "[" * 5000])
def test_foreign_cursors_are_refused(road: Stores, cursor: str) -> None:
    """A cursor that is not ours is a caller's error."""
    with pytest.raises(ValueError, match="cursor"):
        road.alerts().page(camera=None, since=None, cursor=cursor, limit=1)


def test_a_full_history_drops_the_oldest_closed(road: Stores) -> None:
    """Open alerts stay whatever their age; drops are counted."""
    alerts = road.alerts(history=3)
    put(alerts, alert("open", 0.0))
    for number in range(1, 6):
        put(alerts, alert(f"a{number}", float(number), state="closed"), CLIP)

    assert names(alerts) == ["a5", "a4", "open"]
    assert names(alerts, camera="gate") == ["a5", "a4", "open"]
    assert alerts.get("a3") is None
    assert road.telemetry.value("alerts_trimmed_total") == 3


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


async def test_what_is_forgotten_leaves_no_trace(road: Stores, alert_feed: AlertFeed) -> None:
    """Neither history nor indexes nor events have it; the others stay, and unknown ids are fine."""
    alerts = road.alerts()
    for name in "abc":
        put(alerts, alert(name, state="closed", camera="gate"), CLIP)
    alerts.forget(["b", "unknown"])

    assert alerts.get("b") is None
    assert names(alerts) == names(alerts, camera="gate") == ["c", "a"]
    assert [event.alert.id for _, event in await first_events(alert_feed, "0-0", 2)] == ["a", "c"]


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


def test_malformed_alerts_are_skipped_and_counted(road: Stores) -> None:
    """Bytes of another hand neither break a page nor a look-up."""
    if road.client is None:
        pytest.skip("the twin holds objects, not bytes")
    alerts = road.alerts()
    for name in "abc":
        put(alerts, alert(name), CLIP)
    road.client.hset("posewarden:{alerts}:alert:b", "alert", b"\x01{")
    road.client.hset("posewarden:{alerts}:alert:c", "clip", b"\x02")

    assert names(alerts) == ["c", "a"]
    assert alerts.get("b") is None
    assert (alert("c"), None) == alerts.get("c")
    assert [
        road.telemetry.value("entries_malformed_total", kind=kind) for kind in ("alert", "clip")
    ] == [2, 1]
    assert names(alerts, limit=1) == ["c", "a"]


def test_an_alert_of_a_version_that_did_not_say_why_is_read(road: Stores) -> None:
    """It has no explanation, and everything else."""
    alerts = road.alerts()
    older = alert("a", explanation=None)
    stored = msgspec.json.decode(msgspec.json.encode(older))
    del stored["explanation"]

    put(alerts, msgspec.convert(stored, Alert), CLIP)

    assert (older, CLIP) == alerts.get("a")

"""AlertSink and AlertHistory: what is written, and the pages of it."""

import msgspec
import pytest
from support.archives import alert
from support.stored_alerts import CLIP, first_events, names, put
from support.stores import Stores

from inference.types import Alert, AlertEvent
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis import keys
from service.adapters.redis.alerts import RedisAlerts
from service.ports.alerts import AlertFeed
from service.ports.deciding import AlertChange, PartlyWritten, put_results
from tracker.errors import AlertNotWritten


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


async def test_what_is_forgotten_leaves_no_trace(road: Stores, alert_feed: AlertFeed) -> None:
    """Neither history nor indexes nor events have it; the others stay, and unknown ids are fine."""
    alerts = road.alerts()
    for name in "abc":
        put(alerts, alert(name, state="closed", camera="gate"), CLIP)
    alerts.forget(["b", "unknown"])

    assert alerts.get("b") is None
    assert names(alerts) == names(alerts, camera="gate") == ["c", "a"]
    assert [event.alert.id for _, event in await first_events(alert_feed, "0-0", 2)] == ["a", "c"]


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

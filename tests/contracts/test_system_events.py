"""SystemEvents, over every store, and how they travel among the alerts' changes."""

from support.archives import alert
from support.stores import Stores

from inference.types import AlertEvent
from service.adapters.redis import keys
from service.ports.alerts import AlertFeed
from service.ports.status import FOLLOWING_S
from service.system_events import SystemEvent


def test_one_thing_is_raised_once_until_it_is_cleared(road: Stores) -> None:
    """Said again it changes nothing; what ends carries the id of what began."""
    events = road.system_events()

    said = [
        events.raise_("camera-lost", "no answer", remedy="look at its cable", camera="gate"),
        events.raise_("camera-lost", "refused", camera="gate"),
        events.raise_("camera-lost", "no answer", camera="yard"),
    ]
    road.clock.now += 60
    ended = [events.clear("camera-lost", "back after 1 min", camera="gate") for _ in range(2)]
    never = events.clear("no-worker", "a worker is there")

    changes = [event for _, event in road.alert_log().read("0-0", 0.01)]
    assert (said, ended, never) == ([True, False, True], [True, False], False)
    assert [(e.camera, e.state) for e in changes if isinstance(e, SystemEvent)] == [
        ("gate", "raised"),
        ("yard", "raised"),
        ("gate", "cleared"),
    ]
    first, _, last = (event for event in changes if isinstance(event, SystemEvent))
    assert (first.id, first.remedy) == (last.id, "look at its cable")
    assert list(events.newest()) == [last, changes[1]]


def test_it_is_raised_again_with_an_id_of_its_own(road: Stores) -> None:
    """The next time is another event."""
    events = road.system_events()
    events.raise_("output-failing", "refused", subject="phone")
    first = events.newest()[0]
    road.clock.now += 60
    events.clear("output-failing", "delivers again", subject="phone")
    events.raise_("output-failing", "refused", subject="phone")

    assert events.newest()[0].id != first.id


async def test_feeds_carry_them_among_alerts(road: Stores, alert_feed: AlertFeed) -> None:
    """They come in the order of writing, and forgetting an alert leaves them."""
    alerts = road.alerts()
    alerts.put(AlertEvent(type="opened", alert=alert("a")), None)
    alerts.put(AlertEvent(type="closed", alert=alert("a", version=2, state="closed")), None)
    road.system_events().raise_("no-worker", "nobody scores")
    alerts.put(AlertEvent(type="opened", alert=alert("b")), None)
    alerts.forget(["a"])

    found = []
    async for _, event in alert_feed.tail("0-0"):
        found.append(event.type)
        if len(found) == 2:
            break
    assert found == ["no-worker", "opened"]


def test_late_replicas_are_known_to_all_processes_for_a_while(road: Stores) -> None:
    """What one notes another one knows, and each note begins the while again."""
    one, other = road.late_replicas(), road.late_replicas()
    before = other.is_lately()
    one.note()
    road.clock.now += FOLLOWING_S - 1
    one.note()
    road.clock.now += FOLLOWING_S - 1
    during = other.is_lately()
    if road.client is None:
        road.clock.now += 1
    else:
        assert 0 < road.client.pttl(keys.REPLICAS_LATE) <= FOLLOWING_S * 1000
        road.client.delete(keys.REPLICAS_LATE)  # as it does then by itself

    assert (before, during, other.is_lately()) == (False, True, False)

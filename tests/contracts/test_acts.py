"""ActLog over every store, and acts in both archives."""

import pytest
from support.archives import Archive, alert, carry, names
from support.stores import Stores

from inference.types import Act, Alert, AlertEvent, KindScore, Verdict
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.redis.alerts import RedisAlerts
from service.ports.alerts import AlertFeed
from service.records import AlertFilter, CarriedAct


def act(name: str, kind: str = "acknowledged", **more: object) -> Act:
    """An act of this type."""
    return Act(id=name, at=200.0, author="API key", type=kind, **more)  # type: ignore[arg-type]


def update(alerts: MemoryAlerts | RedisAlerts, one: Alert) -> None:
    """Let the alert loop write another version."""
    alerts.put(AlertEvent(type="updated", alert=one), None)


async def told(feed: AlertFeed, number: int) -> list[AlertEvent]:
    """Return the first events."""
    found: list[AlertEvent] = []
    async for _, event in feed.tail("0-0"):
        found.append(event)
        if len(found) == number:
            break
    return found


async def test_acts_come_among_the_changes(road: Stores, alert_feed: AlertFeed) -> None:
    """Each has its place in the stream, with the alert as it was then."""
    alerts = road.alerts()
    alerts.put(AlertEvent(type="opened", alert=alert("a")), None)
    update(alerts, alert("a", version=2))
    first = alerts.append(act("1", "verdict", verdict="false"), alert("a"))
    update(alerts, alert("a", version=3))
    alerts.append(act("2", "note", text='a "cat"'), alert("a", version=3))

    events = await told(alert_feed, 5)
    assert [event.type for event in events] == ["opened", "updated", "verdict", "updated", "note"]
    assert [event.alert.version for event in events] == [1, 2, 2, 3, 3]
    assert events[2].act == act("1", "verdict", verdict="false")
    assert events[4].act == act("2", "note", text='a "cat"')
    assert road.alert_log().read("0-0", 0.001)[2][0] == first


async def test_an_act_counts_once(road: Stores, alert_feed: AlertFeed) -> None:
    """A client that asks again gets the id of the first event, and nobody a second one."""
    alerts = road.alerts()
    alerts.put(AlertEvent(type="opened", alert=alert("a")), None)

    ids = [alerts.append(act("1"), alert("a")) for _ in range(2)]
    alerts.append(act("2"), alert("a"))

    assert ids[0] == ids[1]
    events = await told(alert_feed, 3)
    assert [None if each.act is None else each.act.id for each in events] == [None, "1", "2"]


async def test_an_act_about_a_trimmed_alert_tells_what_the_caller_knows(
    road: Stores, alert_feed: AlertFeed
) -> None:
    """What only the archive has is judged and noted, too."""
    road.alerts().append(act("1"), alert("gone", state="closed", version=9))

    (event,) = await told(alert_feed, 1)
    assert (event.type, event.alert.version) == ("acknowledged", 9)
    assert road.alerts().get("gone") is None


FALL = KindScore(kind="fall", peak_score=2.0, peak_at=1.0, threshold=1.0)


@pytest.mark.parametrize(
    ("later", "raised"),
    [
        ({"rarity_hours": 9.9}, False),
        ({"rarity_hours": 10.0}, True),
        ({"kind": "running"}, True),
        ({"kind": "movement", "rarity_hours": None}, False),
    ],
)
async def test_a_graver_alert_is_raised_again(
    road: Stores, alert_feed: AlertFeed, later: dict[str, object], raised: bool
) -> None:
    """Once acknowledged, it is when it is ten times rarer or of a more severe kind; only once."""
    alerts = road.alerts()
    first = alert("a", rarity_hours=1.0)
    alerts.put(AlertEvent(type="opened", alert=first), None)
    update(alerts, alert("a", version=2, rarity_hours=1.0, kind="movement"))
    alerts.append(act("1"), first)
    update(alerts, alert("a", version=3, **later))
    update(alerts, alert("a", version=4, **later))

    types = ["opened", "updated", "acknowledged", "updated"]
    types += ["raised", "updated"] if raised else ["updated"]
    assert [event.type for event in await told(alert_feed, len(types))] == types


async def test_what_nobody_acknowledged_is_not_raised(road: Stores, alert_feed: AlertFeed) -> None:
    """Neither without an act nor after a verdict, and not when it closes."""
    alerts = road.alerts()
    alerts.put(AlertEvent(type="opened", alert=alert("a")), None)
    alerts.append(act("1", "verdict", verdict="true"), alert("a"))
    update(alerts, alert("a", version=2, kind="fall"))
    alerts.append(act("2"), alert("a", version=2))
    closed = alert("a", version=3, kind="person_down", state="closed")
    alerts.put(AlertEvent(type="closed", alert=closed), None)

    types = ["opened", "verdict", "updated", "acknowledged", "closed"]
    assert [event.type for event in await told(alert_feed, 5)] == types


def archived(archive: Archive, *acts: Act, name: str = "a") -> None:
    """Carry acts about an alert."""
    archive.writer.carry([], None, [CarriedAct(alert=name, act=one) for one in acts])


def test_the_archive_keeps_every_act(archive: Archive) -> None:
    """Nothing is overwritten; the newest verdict and acknowledgement hold; twice counts once."""
    carry(archive, alert("a"), alert("b", 101.0))
    done = [
        act("1", "verdict", verdict="unsure"),
        act("2"),
        act("3", "note", text="Ein Vorhang"),
        act("4", "verdict", verdict="false"),
    ]
    archived(archive, *done[:3])
    archived(archive, *done)

    found = archive.reader.get("a")
    assert found is not None
    assert found.acts == tuple(done)
    about = found.archived
    assert (about.verdict, about.verdict_by, about.notes) == ("false", "API key", 1)
    assert (about.acknowledged_at, about.acknowledged_by) == (200.0, "API key")


def test_what_is_raised_again_is_not_acknowledged(archive: Archive) -> None:
    """Until somebody acknowledges it anew."""
    carry(archive, alert("a"))
    archived(archive, act("1"), act("2", "raised", text="graver"))
    raised = names(archive, AlertFilter(acknowledged=False))
    archived(archive, act("3"))

    assert raised == ["a"]
    assert names(archive, AlertFilter(acknowledged=True)) == ["a"]
    assert names(archive, AlertFilter(acknowledged=False)) == []


def test_acts_survive_further_versions(archive: Archive) -> None:
    """A change of the alert leaves verdict, acknowledgement and notes alone."""
    carry(archive, alert("a"))
    archived(archive, act("1", "verdict", verdict="true"), act("2"), act("3", "note", text="x"))
    carry(archive, alert("a", version=2, state="closed", kind="fall"))

    wanted = AlertFilter(kinds=("fall",), verdicts=("true",), acknowledged=True, text="x")
    assert names(archive, wanted) == ["a"]


def test_acts_about_nothing_are_left_out(archive: Archive) -> None:
    """An alert that was removed does not come back, and no act stays behind."""
    archived(archive, act("1"), name="gone")

    assert archive.reader.get("gone") is None


@pytest.mark.parametrize("verdict", ["true", "false", "unsure"])
def test_judged_alerts_are_found(archive: Archive, verdict: Verdict) -> None:
    """By each verdict, and by none."""
    for number, known in enumerate(("true", "false", "unsure", None)):
        carry(archive, alert(f"a{number}", float(number)))
        if known is not None:
            archived(archive, act(known, "verdict", verdict=known), name=f"a{number}")

    number = ("true", "false", "unsure").index(verdict)
    assert names(archive, AlertFilter(verdicts=(verdict,))) == [f"a{number}"]
    assert names(archive, AlertFilter(verdicts=(verdict, "none"))) == ["a3", f"a{number}"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("curtain", ["c", "a"]),
        ("CURT wind", ["a"]),
        ("wind curtain", ["a"]),
        ("straße", ["b"]),
        ("STRASSE", ["b"]),
        ("urtain", []),
        ("!?", []),
    ],
)
def test_notes_are_found_by_their_words(archive: Archive, text: str, found: list[str]) -> None:
    """All words, or their beginnings, in any order and case, over all notes of an alert."""
    for number, name in enumerate("abc"):
        carry(archive, alert(name, float(number)))
    archived(archive, act("1", "note", text="The curtain moved."), name="a")
    archived(archive, act("2", "note", text="It was the wind!"), name="a")
    archived(archive, act("3", "note", text="Straße, 12 °C"), name="b")
    archived(archive, act("4", "note", text="curtains"), name="c")

    assert names(archive, AlertFilter(text=text)) == found
    assert names(archive, AlertFilter(text=text, cameras=("gate",), states=("open",))) == found
    assert names(archive, AlertFilter(text=text, states=("closed",))) == []

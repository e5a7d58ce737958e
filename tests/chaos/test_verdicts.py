"""Which events count as lost, doubled or unseen, and which alerts as unexpected."""

import time
from dataclasses import replace

import pytest
from support.chaos.truth import SURE_S, Expected, decide_offline
from support.chaos.verdicts import Blind, Verdict, match_alerts
from support.chaos.watching import AlertMessage, Session, Subscriber

from tracker.simulator.source import Simulation

FPS, BEGAN_S, BEGAN_AT = 10.0, 100.0, 5000.0
FALL = Expected(begin_s=5.0, opened_s=6.5, closed_s=16.0)


def session(seconds: float = 30.0) -> Session:
    """A session that is seen from beginning to end."""
    frames = range(int(seconds * FPS))
    seen = [(seq, BEGAN_AT + seq / FPS, BEGAN_S + seq / FPS) for seq in frames]
    return Session("gate", "play", seen)


def alert(play_s: float, identity: str = "1-0", version: int = 1) -> AlertMessage:
    """An alert that opened when the play had come this far."""
    alert = {"id": "a", "version": version, "person": "gate/play/1", "opened_at": BEGAN_AT + play_s}
    return AlertMessage(time.monotonic(), identity, {"type": "opened", "alert": alert})


def noted(identity: str, act: str) -> AlertMessage:
    """A note about that alert."""
    message = alert(6.5, identity)
    event = message.event | {"type": "note", "act": {"id": act}}
    return AlertMessage(message.at_s, identity, event)


def verdict(
    messages: list[AlertMessage], *blind: Blind, seconds: float = 30.0
) -> tuple[Verdict, list[AlertMessage]]:
    """Judge one fall at second 5."""
    subscriber = Subscriber([])
    subscriber.messages = messages
    (found,), unexpected = match_alerts(
        [session(seconds)], {"gate": [FALL]}, subscriber, blind, FPS
    )
    return found, unexpected


def test_one_alert_is_what_is_asked() -> None:
    """An event with its alert is neither lost nor doubled, and nothing is strange."""
    found, unexpected = verdict([alert(6.6)])

    assert (found.seen, found.lost, found.doubled, unexpected) == (True, False, False, [])


def test_no_alert_is_a_loss_where_it_was_seen() -> None:
    """Without an alert it is lost; not so where nobody could see, or where the session ended."""
    assert verdict([])[0].lost
    assert not verdict([], Blind(BEGAN_S + 6, BEGAN_S + 8))[0].lost
    assert not verdict([], seconds=6.0)[0].lost
    assert verdict([], Blind(BEGAN_S + 8, BEGAN_S + 9))[0].lost


def test_a_play_with_a_hole_shows_nothing() -> None:
    """A camera that skipped half a second of the fall need not tell it."""
    broken = session()
    del broken.seen[55:60]

    (found,), _ = match_alerts([broken], {"gate": [FALL]}, Subscriber([]), [], FPS)

    assert not found.seen


@pytest.mark.parametrize(
    "unseen", [slice(20, 55), slice(0, 55)], ids=["hole", "first look comes late"]
)
def test_a_play_that_is_seen_from_the_midst_of_a_fall_shows_nothing(unseen: slice) -> None:
    """The hole lies across the time from which on frames are asked for."""
    broken = session()
    del broken.seen[unseen]

    (found,), _ = match_alerts([broken], {"gate": [FALL]}, Subscriber([]), [], FPS)

    assert not found.seen


def test_a_fall_that_the_rule_hardly_tells_proves_nothing() -> None:
    """Each lost frame, and even the rounding of a capture time, may hide it."""
    faint = replace(FALL, clear=False)

    (found,), _ = match_alerts([session()], {"gate": [faint]}, Subscriber([]), [], FPS)

    assert not found.seen


def test_two_alerts_are_too_many() -> None:
    """Unless something parted the event after its alert opened: one more for each parting."""
    two = [alert(6.5, "1-0"), alert(12.0, "2-0")]
    three = [*two, alert(14.0, "3-0")]
    apart, again = Blind(BEGAN_S + 8, BEGAN_S + 9), Blind(BEGAN_S + 13, BEGAN_S + 13.5)

    assert verdict(two)[0].doubled
    assert not verdict(two, apart)[0].doubled
    assert verdict(three, apart)[0].doubled
    assert not verdict(three, apart, again)[0].doubled


@pytest.mark.parametrize("play_s", [1.0, 25.0])
def test_an_alert_without_an_event_is_strange(play_s: float) -> None:
    """Every alert that opens while nobody falls."""
    message = alert(play_s)

    assert verdict([alert(6.5, "0-1"), message])[1] == [message]


def test_alerts_from_before_the_first_look_are_those_of_their_own_falls() -> None:
    """On a slow machine a play goes on for long before anybody looks at it."""
    late = session(50.0)
    late.seen = [each for each in late.seen if each[0] >= 345]
    falls = [Expected(at_s, at_s + 1.5, at_s + 11.0) for at_s in (5.0, 19.0, 33.0)]
    subscriber = Subscriber([])
    subscriber.messages = [alert(each.opened_s, f"{n}-0") for n, each in enumerate(falls)]
    starting = Blind(float("-inf"), BEGAN_S + 36.0)

    found, unexpected = match_alerts([late], {"gate": falls}, subscriber, [starting], FPS)

    assert [len(each.alerts) for each in found] == [1, 1, 1]
    assert not any(each.doubled or each.lost for each in found)
    assert unexpected == []


def test_a_change_told_twice_is_doubled() -> None:
    """The same entry again, and the same version in another entry."""
    subscriber = Subscriber([])
    for messages, doubled in (
        ([alert(6.5), replace(alert(6.5, "2-0", 2))], 0),
        ([alert(6.5), alert(6.5)], 1),
        ([alert(6.5, "1-0"), alert(6.5, "2-0")], 1),
        ([alert(6.5, "1-0"), noted("2-0", "a1"), noted("3-0", "a2")], 0),
        ([noted("2-0", "a1"), noted("3-0", "a1")], 1),
    ):
        subscriber.messages = messages
        assert subscriber.doubled() == doubled


def test_the_truth_is_one_alert_a_fall() -> None:
    """The model tells every fall of a play, soon after it began, and nothing else."""
    plan = Simulation.parse({"people": "3", "fps": "10", "seed": "0", "events": "fall@5,fall@19"})

    found = decide_offline(plan, 40.0, 1.6)

    assert [round(each.begin_s) for each in found] == [5, 19]
    assert all(each.sure for each in found)


def test_a_fall_at_the_edge_of_its_rule_is_not_sure() -> None:
    """The last of this play is told by a score of 1.06: by some sites, and not by others."""
    events = ",".join(f"fall@{at}" for at in range(5, 62, 14))
    plan = Simulation.parse({"people": "3", "fps": "10", "seed": "0", "events": events})

    found = decide_offline(plan, 67.0, 1.6)

    assert [each.sure for each in found] == [True] * 4 + [False]
    assert found[-1].opened_s - found[-1].begin_s < SURE_S

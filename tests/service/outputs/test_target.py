"""What one target gets, whatever its receiver does."""

import pytest
from support.archives import of_kinds
from support.outbox_rig import GONE, Mailbox, Rig

from service.outputs import wording
from service.outputs.ports import NotDelivered
from tracker.errors import StoreUnavailable


def test_changes_are_delivered_in_their_order(rig: Rig, desk: Mailbox) -> None:
    """Opened and closed of each alert come, once, with the key of its version."""
    rig.output()
    target = rig.target(desk)
    first, second = rig.open("a"), rig.open("b")
    first = rig.change(first)
    rig.change(first, "closed")
    rig.change(second, "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "a"), ("opened", "b"), ("closed", "a"), ("closed", "b")]
    assert [message.key for message in desk.delivered] == ["a-1", "b-1", "a-3", "b-2"]
    states = {(each.key, each.state, each.attempts) for each in rig.records("a")}
    assert states == {("a-1", "delivered", 1), ("a-3", "delivered", 1)}
    assert rig.telemetry.value("deliveries_total", target="desk", result="delivered") == 4


def test_a_new_output_begins_with_what_comes_next(rig: Rig, desk: Mailbox) -> None:
    """What opened before it was there is not sent."""
    rig.open("old")
    rig.output()
    target = rig.target(desk)
    rig.open("new")
    rig.settle(target)

    assert desk.told() == [("opened", "new")]


def test_every_repeat_has_the_same_key(rig: Rig, desk: Mailbox) -> None:
    """A message is repeated until it has arrived, with growing waits; later ones wait for it."""
    rig.output(missed="each")
    target = rig.target(desk)
    desk.fails = GONE
    rig.open("a")
    rig.open("b")
    rig.until(target, lambda: len(desk.sent) == 4)
    rig.clock.now -= 1
    rig.settle(target)
    waiting = [(each.alert, each.state, each.attempts) for each in rig.records("a")]
    behind = [(each.alert, each.state, each.attempts) for each in rig.records("b")]
    desk.fails = None
    rig.until(target, lambda: len(desk.delivered) == 2)

    assert {message.key for message in desk.sent[:5]} == {"a-1"}
    assert desk.told() == [("opened", "a"), ("opened", "b")]
    assert (waiting, behind) == ([("a", "waiting", 4)], [("b", "waiting", 0)])
    assert [(each.state, each.attempts) for each in rig.records("a")] == [("delivered", 5)]
    assert rig.telemetry.value("deliveries_total", target="desk", result="retried") == 4


def test_a_clock_that_is_set_back_makes_no_hour_of_a_second(rig: Rig, desk: Mailbox) -> None:
    """The next attempt was due an hour ahead by the old clock; it is made at once."""
    rig.output(missed="each")
    target = rig.target(desk)
    desk.fails = GONE
    rig.open("a")
    rig.settle(target, steps=3)
    rig.clock.now += 3600
    rig.settle(target, steps=3)
    rig.clock.now -= 3600
    desk.fails = None
    rig.settle(target, steps=3)

    assert desk.told() == [("opened", "a")]


def test_what_is_refused_for_good_is_a_dead_letter(rig: Rig, desk: Mailbox) -> None:
    """It is not repeated, it is recorded with its reason, and the next one is sent."""
    rig.output()
    target = rig.target(desk)
    desk.fails = NotDelivered("422 Unprocessable", permanent=True)
    rig.open("a")
    rig.settle(target)
    desk.fails = None
    rig.open("b")
    rig.settle(target)

    assert [message.key for message in desk.sent] == ["a-1", "b-1"]
    (record,) = rig.records("a")
    assert (record.state, record.answer) == ("failed", "422 Unprocessable")


def test_a_successor_goes_on_with_the_same_key(rig: Rig, desk: Mailbox) -> None:
    """Killed between sending and keeping: the message comes again, recognisable by its key."""
    rig.output()
    target = rig.target(desk)
    desk.crash = KeyboardInterrupt()
    rig.open("a")
    with pytest.raises(KeyboardInterrupt):
        rig.settle(target)
    rig.hold("b")
    rig.open("b")
    rig.settle(rig.target(desk, owner="b"))

    assert [message.key for message in desk.delivered] == ["a-1", "a-1", "b-1"]


def test_a_process_that_lost_the_lease_keeps_nothing(rig: Rig, desk: Mailbox) -> None:
    """It stops; how far the successor came stays."""
    rig.output()
    target = rig.target(desk)
    rig.hold("b")
    successor = rig.target(Mailbox(), owner="b")
    rig.open("a")
    rig.settle(successor)
    with pytest.raises(StoreUnavailable):
        rig.settle(target)

    assert rig.memory.outbox_states["desk"].told == ("a",)


def test_snoozed_alerts_are_held_and_raised_later(rig: Rig, desk: Mailbox) -> None:
    """They are recorded as held; once the snooze is over what is still open is sent."""
    rig.output()
    target = rig.target(desk)
    one = rig.open("a", snoozed="s1")
    rig.settle(target)
    held = [(each.state, each.answer) for each in rig.records("a")]
    rig.alerts.unsnooze(one)
    rig.settle(target)

    assert held == [("held", "snoozed by s1")]
    assert desk.told() == [("raised", "a")]


def test_what_was_not_told_does_not_end(rig: Rig, desk: Mailbox) -> None:
    """The end of an alert that the receiver does not know is not sent."""
    rig.output(kinds=["fall"])
    target = rig.target(desk)
    rig.change(rig.open("a"), "closed")
    rig.change(rig.open("b", kind="fall"), "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "b"), ("closed", "b")]


def test_an_unexpected_error_of_an_output_is_a_failure(rig: Rig, desk: Mailbox) -> None:
    """A bug in one library neither ends the loop nor loses the message."""
    rig.output()
    target = rig.target(desk)
    desk.crash = ZeroDivisionError("in a library")
    rig.open("a")
    rig.until(target, lambda: len(desk.delivered) == 2)

    assert [message.key for message in desk.delivered] == ["a-1", "a-1"]


def test_a_change_that_no_message_can_be_made_of_is_a_dead_letter(
    rig: Rig, desk: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap in the texts ends neither the output nor the process; the next alert is sent."""
    rig.output()
    target = rig.target(desk)
    monkeypatch.delitem(wording.KINDS, "fight")
    rig.open("a", kind="fight")
    rig.open("b")
    rig.settle(target)

    assert desk.told() == [("opened", "b")]
    assert [each.state for each in rig.records("a")] == ["failed"]


def test_an_output_that_fails_for_a_minute_says_so(rig: Rig, desk: Mailbox) -> None:
    """Other outputs hear of it, and when it is over; it does not hear of itself."""
    rig.output()
    rig.output("phone", missed="each")
    target, phone = rig.target(desk), Mailbox()
    other = rig.target(phone, "phone")
    desk.fails = GONE
    rig.open("a")
    rig.until(target, lambda: len(desk.sent) == 7)
    rig.settle(other)
    desk.fails = None
    rig.until(target, lambda: desk.delivered)
    rig.settle(other, target)

    said = [(m.system.type, m.system.state) for m in phone.delivered if m.system]
    assert said == [("output-failing", "raised"), ("output-failing", "cleared")]
    assert not [message for message in desk.sent if message.event == "system"]


def test_an_alert_that_becomes_graver_is_sent_again(rig: Rig, desk: Mailbox) -> None:
    """A fall that becomes a person who is down, though updates are not wanted; once."""
    rig.output(events=["opened", "closed"])
    target = rig.target(desk)
    one = rig.open("a", kind="fall")
    one = rig.change(one)
    one = rig.change(one, kind="person_down")
    one = rig.change(one)
    rig.change(one, "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "a"), ("updated", "a"), ("closed", "a")]
    assert desk.delivered[1].alert is not None
    assert desk.delivered[1].alert.kind == "person_down"


def test_an_alert_that_comes_to_fit_is_sent(rig: Rig, desk: Mailbox) -> None:
    """Who wants people who are down alone gets the fall that became one, and its end."""
    rig.open("old", kind="fall")
    rig.output(kinds=["person_down"])
    target = rig.target(desk)
    one, other = rig.open("a", kind="fall"), rig.open("b", kind="fall")
    one = rig.change(one, kind="person_down")
    one = rig.change(one)
    rig.change(one, "closed")
    rig.change(other, "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "a"), ("closed", "a")]


def test_an_alert_fits_by_any_of_its_kinds(rig: Rig, desk: Mailbox) -> None:
    """Who wants falls alone hears of the end of one that became a person who is down."""
    rig.output(kinds=["fall"], events=["opened", "closed"])
    target = rig.target(desk)
    one = rig.change(rig.open("a", **of_kinds("fall")), **of_kinds("person_down", "fall"))
    rig.change(one, "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "a"), ("updated", "a"), ("closed", "a")]


@pytest.mark.parametrize("waits", [False, True])
def test_a_change_without_words_ends_nothing(rig: Rig, desk: Mailbox, waits: bool) -> None:
    """It is a dead letter; also where it waits behind a message that does not arrive."""
    rig.output()
    target = rig.target(desk)
    desk.fails = GONE if waits else None
    rig.open("a")
    rig.open("b", severity="unheard of")
    rig.open("c")
    rig.settle(target)
    desk.fails = None
    rig.until(target, lambda: len(desk.delivered) == 2)

    assert desk.told() == [("opened", "a"), ("opened", "c")]
    assert [each.state for each in rig.records("b")] == ["failed"]

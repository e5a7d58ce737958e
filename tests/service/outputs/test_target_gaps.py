"""What a target gets after an outage, its own or its receiver's."""

import pytest
from support.archives import alert
from support.outbox_rig import GONE, Mailbox, Rig

from service.outputs.ports import NotDelivered


def test_what_cannot_be_sent_for_days_is_given_up(rig: Rig, desk: Mailbox) -> None:
    """A message that only ever fails does not hold the others up for ever."""
    rig.output(missed="each", give_up_after_s=3600)
    target = rig.target(desk)
    desk.fails = GONE
    rig.open("a")
    rig.until(target, lambda: {each.state for each in rig.records("a")} == {"failed"})

    assert rig.clock.now - desk.sent[0].at > 3600


def test_a_day_away_loses_nothing_and_floods_nobody(rig: Rig, desk: Mailbox) -> None:
    """What was missed comes as one summary with a link to each; what comes after comes as ever."""
    rig.output()
    target = rig.target(desk, public_url="https://warden.example")
    desk.fails = GONE
    for number in range(50):
        rig.open(f"a{number:02}")
        rig.clock.now += 1700
        rig.settle(target, steps=3)
    desk.fails = None
    rig.until(target, lambda: desk.delivered)
    rig.open("fresh")
    rig.settle(target)

    summary, fresh = desk.delivered
    assert summary.summary is not None
    assert summary.summary.count == 50
    assert summary.summary.late
    assert summary.summary.lines[0].url == "https://warden.example/#/alerts/a49"
    assert "a49" in summary.text
    assert fresh.key == "fresh-1"
    for number in (0, 25, 49):
        (record,) = rig.records(f"a{number:02}")
        assert (record.state, record.answer) == ("grouped", "taken")
        assert record.delivered_at is not None


def test_a_summary_that_may_have_arrived_is_repeated_as_it_was(rig: Rig, desk: Mailbox) -> None:
    """Whoever cannot tell whether it arrived sends the same alerts with the same key again."""
    rig.output()
    target = rig.target(desk)
    rig.open("a")
    rig.clock.now += 1000
    desk.fails = NotDelivered("no answer within 5 s", may_have_arrived=True)
    rig.settle(target)
    rig.open("b")
    rig.clock.now += 1000
    desk.fails = None
    rig.until(target, lambda: len(desk.delivered) == 2)

    first, again, other = desk.sent
    assert first.key == again.key != other.key
    counts = [each.summary.count for each in (first, again, other) if each.summary]
    assert counts == [1, 1, 1]


@pytest.mark.slow
def test_12_000_events_behind_the_archive_goes_on(rig: Rig, desk: Mailbox) -> None:
    """What was trimmed from the stream is read from the archive: nothing is lost."""
    rig.output()
    target = rig.target(desk)
    desk.fails = GONE
    rig.settle(target)
    for number in range(12_000):
        rig.clock.now += 80_000 / 12_000
        rig.write(alert(f"a{number:05}", rig.clock.now))
        if number == 2_000:
            rig.alerts.carry()
            rig.events.clear()
    rig.archive_is_even()
    desk.fails = None
    rig.until(target, lambda: desk.delivered)

    (summary,) = desk.delivered
    assert summary.summary is not None
    assert summary.summary.count == 12_000
    grouped = {each.alert for each in rig.memory.outbox_records if each.state == "grouped"}
    assert len(grouped) == 12_000


def test_single_messages_of_a_gap_come_once_and_in_order(rig: Rig, desk: Mailbox) -> None:
    """Also when the process dies in their midst; those that were delivered are not sent again."""
    rig.output(missed="each")
    target = rig.target(desk)
    rig.open("known")
    rig.settle(target)
    rig.carry()
    for number in range(6):
        rig.open(f"a{number}")
        rig.clock.now += 10
    del rig.events[:-2]
    for _ in range(3):
        target.step()
    rig.carry()
    rig.hold("b")
    successor = rig.target(desk, owner="b")
    rig.settle(successor)

    assert desk.told() == [("opened", name) for name in ("known", *(f"a{n}" for n in range(6)))]

"""Escalations: what nobody acknowledges is sent again, then to somebody else."""

import pytest
from support.outbox_rig import Mailbox, Rig

from inference.types import ActType


@pytest.fixture
def phone() -> Mailbox:
    """A second receiver."""
    return Mailbox()


def test_nobody_acknowledges(rig: Rig, desk: Mailbox, phone: Mailbox) -> None:
    """After the time it is sent again, after twice the time to the next output; once each."""
    rig.output(escalation={"after_s": 60, "then": "phone"}, events=["opened"])
    rig.output("phone", events=[], system=False)
    target, other = rig.target(desk), rig.target(phone, "phone")
    rig.change(rig.open("a"), "closed")
    rig.settle(target, other)
    rig.clock.now += 61
    rig.settle(target, other)
    after_one = (desk.told(), phone.told())
    rig.clock.now += 61
    rig.settle(target, other)
    rig.clock.now += 600
    rig.settle(target, other)

    assert after_one == ([("opened", "a"), ("escalated", "a")], [])
    assert (desk.told(), phone.told()) == (after_one[0], [("escalated", "a")])
    assert "Nobody has acknowledged" in phone.delivered[0].title
    assert {each.event for each in rig.records("a")} == {"opened", "escalated"}


@pytest.mark.parametrize("act", ["acknowledged", "verdict"])
def test_somebody_attends(rig: Rig, desk: Mailbox, phone: Mailbox, act: ActType) -> None:
    """Then nothing is sent again."""
    rig.output(escalation={"after_s": 60, "then": "phone"}, events=["opened"])
    rig.output("phone", events=[], system=False)
    target, other = rig.target(desk), rig.target(phone, "phone")
    one = rig.open("a")
    rig.settle(target, other)
    rig.act(one, act, verdict="false" if act == "verdict" else None)
    rig.clock.now += 200
    rig.settle(target, other)

    assert (desk.told(), phone.told()) == ([("opened", "a")], [])


def test_an_outage_of_the_first_is_no_reason_to_wait(
    rig: Rig, desk: Mailbox, phone: Mailbox
) -> None:
    """The next output gets it though the first one could not be reached."""
    from service.outputs.ports import NotDelivered

    rig.output(escalation={"after_s": 60, "then": "phone"})
    rig.output("phone", events=[], system=False)
    target, other = rig.target(desk), rig.target(phone, "phone")
    desk.fails = NotDelivered("connection refused")
    rig.open("a")
    rig.settle(target, other)
    rig.clock.now += 121
    rig.settle(other)

    assert phone.told() == [("escalated", "a")]


def test_a_raised_alert_escalates_anew(rig: Rig, desk: Mailbox) -> None:
    """An acknowledgement that was taken back counts no more."""
    rig.output(escalation={"after_s": 60}, events=["opened"])
    target = rig.target(desk)
    one = rig.open("a")
    rig.act(one)
    rig.settle(target)
    rig.clock.now += 61
    rig.settle(target)
    quiet = desk.told()
    rig.change(one, kind="fall")
    rig.settle(target)
    rig.clock.now += 61
    rig.settle(target)

    assert quiet == [("opened", "a")]
    told = [("opened", "a"), ("updated", "a"), ("raised", "a"), ("escalated", "a")]
    assert desk.told() == told


@pytest.mark.parametrize("ahead", ["a", "another"])
def test_a_clock_that_was_set_back_delays_no_escalation(
    rig: Rig, desk: Mailbox, ahead: str
) -> None:
    """Whether it was ahead when the alert opened, or before: ids in Redis never go back."""
    rig.output(escalation={"after_s": 60}, events=["opened"])
    target = rig.target(desk)
    rig.clock.now += 3 * 3600
    rig.open(ahead)
    rig.settle(target)
    rig.clock.now -= 3 * 3600
    if ahead != "a":
        rig.open("a")
    rig.settle(target)
    early = desk.told()
    rig.clock.now += 61
    rig.settle(rig.target(desk))

    assert ("escalated", "a") not in early
    assert desk.told().count(("escalated", "a")) == 1

"""Cooldowns: a busy camera sends one alert and then one summary."""

from support.outbox_rig import Mailbox, Rig


def test_a_camera_is_quiet_after_an_alert(rig: Rig, desk: Mailbox) -> None:
    """Others of the same camera are grouped; other cameras are not, and graver ones pass."""
    rig.output(cooldown_s=300, events=["opened"])
    target = rig.target(desk)
    rig.open("a")
    rig.settle(target)
    rig.open("b")
    rig.open("c", camera="yard")
    rig.open("d", severity="critical")
    rig.settle(target)

    assert desk.told() == [("opened", "a"), ("opened", "c"), ("opened", "d")]
    assert desk.delivered[-1].grouped == 1
    assert "1 more" in desk.delivered[-1].text
    assert [each.state for each in rig.records("b")] == ["grouped"]
    assert rig.records("b")[0].delivered_at is not None


def test_what_was_grouped_comes_as_one_summary(rig: Rig, desk: Mailbox) -> None:
    """When the quiet time is over, all of it is told at once, and a new quiet time begins."""
    rig.output(cooldown_s=300, events=["opened"])
    target = rig.target(desk, public_url="https://warden.example")
    rig.open("a")
    rig.settle(target)
    for name in "bcd":
        rig.open(name)
    rig.settle(target)
    rig.clock.now += 301
    rig.settle(target)
    rig.open("e")
    rig.settle(target)

    first, summary = desk.delivered
    assert first.key == "a-1"
    assert summary.summary is not None
    assert (summary.summary.count, summary.summary.late) == (3, False)
    assert [line.alert.id for line in summary.summary.lines] == ["d", "c", "b"]
    (record,) = rig.records("c")
    assert (record.state, record.answer) == ("grouped", "taken")


def test_only_what_was_delivered_begins_a_cooldown(rig: Rig, desk: Mailbox) -> None:
    """An alert that did not arrive keeps no other one back."""
    from service.outputs.ports import NotDelivered

    rig.output(cooldown_s=300, events=["opened"])
    target = rig.target(desk)
    desk.fails = NotDelivered("422", permanent=True)
    rig.open("a")
    rig.settle(target)
    desk.fails = None
    rig.open("b")
    rig.settle(target)

    assert desk.told() == [("opened", "b")]


def test_a_successor_knows_what_was_grouped(rig: Rig, desk: Mailbox) -> None:
    """What a cooldown kept back outlives the process."""
    rig.output(cooldown_s=300, events=["opened"])
    target = rig.target(desk)
    rig.open("a")
    rig.open("b")
    rig.settle(target)
    rig.clock.now += 301
    rig.hold("b")
    rig.settle(rig.target(desk, owner="b"))

    assert desk.delivered[-1].summary is not None
    assert desk.delivered[-1].summary.count == 1


def test_a_clock_that_is_set_back_makes_no_hours_of_a_quiet_time(rig: Rig, desk: Mailbox) -> None:
    """It began three hours ahead of what the clock says now; it lasts its time from now at most."""
    rig.output(cooldown_s=300, events=["opened"])
    target = rig.target(desk)
    rig.clock.now += 3 * 3600
    rig.open("a")
    rig.settle(target)
    rig.clock.now -= 3 * 3600
    rig.open("b")
    rig.settle(target)
    rig.clock.now += 301
    rig.settle(rig.target(desk))

    assert [each.event for each in desk.delivered] == ["opened", "summary"]
    assert [each.state for each in rig.records("b")] == ["grouped"]

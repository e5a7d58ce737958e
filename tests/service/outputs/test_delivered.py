"""What a target sends after Redis has lost its newest changes: what was lost is decided again."""

import pytest
from support.outbox_rig import Mailbox, Rig

from service.outputs import delivered
from service.outputs.delivered import Delivered, DeliveredBefore
from service.outputs.records import DeliveryRecord
from tracker.errors import ArchiveUnavailable

EVENTS = ["opened", "updated", "closed", "acknowledged"]


def test_a_target_that_goes_on_sends_nothing_twice(rig: Rig, desk: Mailbox) -> None:
    """Its place lies behind the stream's end: it goes back to what Redis kept, not to the start."""
    rig.output(events=EVENTS)
    target = rig.target(desk)
    rig.change(rig.open("a"), "closed")
    rig.settle(target)
    kept = rig.kept()
    lost = rig.open("b")
    rig.act(lost)
    rig.settle(target)
    before = desk.told()

    rig.fail_over(kept)
    rig.settle(target)
    rig.clock.now += 1
    rig.open("b")  # decided again, under the same id and version
    rig.open("c")
    rig.settle(target)

    assert desk.told() == [*before, ("opened", "c")]
    assert rig.telemetry.value("deliveries_total", target="desk", result="spared") == 1
    assert [each.key for each in rig.records("b") if each.state == "delivered"] == ["b-1"]


def test_changes_after_what_was_spared_are_sent(rig: Rig, desk: Mailbox) -> None:
    """The receiver knows the alert: its end comes, once."""
    rig.output()
    target = rig.target(desk)
    kept = rig.kept()
    rig.open("b")
    rig.settle(target)

    rig.fail_over(kept)
    target = rig.target(desk)  # as the outbox begins again once Redis answers
    rig.change(rig.open("b"), "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "b"), ("closed", "b")]


def test_another_process_asks_the_archive(rig: Rig, desk: Mailbox) -> None:
    """It knows only what was recorded before the fail-over."""
    rig.output()
    target = rig.target(desk)
    kept = rig.kept()
    rig.open("b")
    rig.settle(target)
    rig.carry()
    rig.open("c")
    rig.settle(target)

    rig.fail_over(kept)
    rig.hold("other")
    target = rig.target(desk, owner="other")
    for name in "bcd":
        rig.open(name)
    rig.settle(target)

    assert desk.told() == [("opened", name) for name in "bccd"]
    keys = [message.key for message in desk.delivered]
    assert keys == ["b-1", "c-1", "c-1", "d-1"]  # by which a receiver drops the second c


def test_a_redis_that_lost_all_is_read_from_the_beginning(rig: Rig, desk: Mailbox) -> None:
    """Also by a clock that is behind: what is there now may be new, nothing of it is left out."""
    rig.output()
    target = rig.target(desk)
    rig.open("a")
    rig.settle(target)

    rig.fail_over((1, {}, []))
    rig.clock.now -= 3600
    rig.open("b")
    rig.open("a")
    rig.settle(target)

    assert [name for _, name in desk.told()] == ["a", "before", "b"]


def record(key: str, alert: str | None = "a") -> DeliveryRecord:
    """Return the record of a message that has arrived."""
    return DeliveryRecord(
        output="desk", key=key, alert=alert, event="opened", state="delivered", attempts=1, at=1.0
    )


def test_an_archive_that_is_away_is_asked_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """No delivery waits for it, and after a while there is nothing to ask any more."""
    asked = []

    def away(alert: str) -> list[DeliveryRecord]:
        asked.append(alert)
        raise ArchiveUnavailable("gone", reason="unreachable")

    monkeypatch.setattr(rig.deliveries, "of_alert", away)
    before = DeliveredBefore(Delivered(), rig.deliveries, rig.clock)
    before.begin()
    for _ in range(3):
        assert before.find(record("a-1")) is None
    before.begin()
    rig.clock.now += delivered.ASKED_FOR_S + 1
    assert before.find(record("a-1")) is None

    assert asked == ["a"]


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten; another event under the same key is another message."""
    monkeypatch.setattr(delivered, "KEPT", 2)
    process = Delivered()
    for key in ("a-1", "b-1", "c-1"):
        process.note([record(key)])

    assert process.find(record("a-1")) is None
    assert process.find(record("b-1")) == record("b-1")
    closed = DeliveryRecord(
        output="desk", key="b-1", alert="b", event="closed", state="delivered", attempts=1, at=1.0
    )
    assert process.find(closed) is None

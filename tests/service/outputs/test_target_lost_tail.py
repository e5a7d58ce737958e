"""What a target sends where its own place was not kept yet when Redis lost its newest changes."""

from collections.abc import Callable, Sequence

import pytest
from support.outbox_rig import Mailbox, Rig

from service.adapters.memory.outbox import MemoryOutbox
from service.outputs.delivered import ASKED_FOR_S
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered
from service.outputs.records import DeliveryRecord, TargetState
from service.outputs.target import Target
from tracker.errors import StoreUnavailable


def long_running(rig: Rig, desk: Mailbox) -> Target:
    """Return a target that has delivered much, by a process that knows nothing of it any more."""
    target = rig.target(desk)
    for name in "abc":
        rig.change(rig.open(name), "closed")
    rig.settle(target)
    rig.carry()
    rig.delivered.clear()
    target = rig.target(desk)
    rig.settle(target)
    rig.clock.now += ASKED_FOR_S + 100
    return target


@pytest.mark.parametrize("missed", ["each", "summary"])
def test_a_change_nobody_wants_brings_nothing_again(rig: Rig, desk: Mailbox, missed: str) -> None:
    """Passed but not kept, it leads to neither old alerts nor a summary of them."""
    rig.output(missed=missed)
    target = long_running(rig, desk)
    one = rig.open("x")
    rig.settle(target)
    kept, before = rig.kept(), desk.told()
    rig.change(one)
    target.step()  # passes the change; the next step would keep that

    rig.fail_over(kept)
    rig.settle(target)
    rig.clock.now += 1
    rig.change(one)  # decided again
    rig.open("y")
    rig.settle(target)

    assert desk.told() == [*before, ("opened", "y")]
    assert rig.memory.outbox_states["desk"].cursor == rig.events[-1][0]


class HookedMailbox(Mailbox):
    """A receiver that takes its time: something happens meanwhile, once."""

    meanwhile: Callable[[], None] | None = None

    def send(self, message: Message) -> Answer:
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return super().send(message)


def test_a_fail_over_while_a_message_is_on_its_way(rig: Rig) -> None:
    """What was read before is still sent, and all that has arrived is on record; nothing twice."""
    desk = HookedMailbox()
    rig.output()
    target = long_running(rig, desk)
    kept, before = rig.kept(), desk.told()
    rig.open("b2")
    rig.open("c2")
    desk.meanwhile = lambda: rig.fail_over(kept)
    rig.settle(target)
    rig.clock.now += 1
    rig.change(rig.open("b2"), "closed")
    rig.settle(target)

    assert desk.told() == [*before, ("opened", "b2"), ("opened", "c2"), ("closed", "b2")]
    assert [each.key for each in rig.records("c2") if each.state == "delivered"] == ["c2-1"]


class HookedStore(MemoryOutbox):
    """Places whose server becomes another one right before it takes the next one."""

    meanwhile: Callable[[], None] | None = None

    def save(self, target: str, state: TargetState, records: Sequence[DeliveryRecord]) -> bool:
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return super().save(target, state, records)


def hooked_store(rig: Rig) -> HookedStore:
    """Return the store of the process "a"."""
    return HookedStore(rig.memory, rig.events, owner="a", clock=rig.clock, telemetry=rig.telemetry)


def test_a_fail_over_right_before_a_place_is_kept(rig: Rig, desk: Mailbox) -> None:
    """Whatever was known of the stream's end before, the place that Redis has is not replaced."""
    rig.output()
    long_running(rig, desk)
    store = hooked_store(rig)
    target = rig.target(desk, store=store)
    kept, before = rig.kept(), desk.told()
    place = rig.memory.outbox_states["desk"].cursor
    rig.open("b2")
    store.meanwhile = lambda: rig.fail_over(kept)
    target.step()

    assert rig.memory.outbox_states["desk"].cursor == place
    rig.settle(target)
    rig.change(rig.open("b2"), "closed")
    rig.settle(target)
    assert desk.told() == [*before, ("opened", "b2"), ("closed", "b2")]


def test_a_take_over_right_before_a_place_is_kept(rig: Rig, desk: Mailbox) -> None:
    """Another process delivers and keeps its place: the slower one writes nothing over it."""
    rig.output()
    long_running(rig, desk)
    store, after = hooked_store(rig), Mailbox()
    target = rig.target(desk, store=store)
    rig.open("x")

    def take_over() -> None:
        rig.hold("b")
        rig.settle(rig.target(after, owner="b"))
        rig.open("y")
        rig.settle(rig.target(after, owner="b"))

    store.meanwhile = take_over
    with pytest.raises(StoreUnavailable, match="another process"):
        target.step()

    assert after.told() == [("opened", "x"), ("opened", "y")]
    assert rig.memory.outbox_states["desk"].cursor == rig.events[-1][0]


def test_a_receiver_that_is_away_during_a_fail_over(rig: Rig, desk: Mailbox) -> None:
    """It gets what it missed once, however often that was tried, and nothing old."""
    rig.output(missed="each")
    target = long_running(rig, desk)
    kept, before = rig.kept(), desk.told()
    for name in ("b2", "c2"):
        rig.open(name)
    target.step()
    rig.fail_over(kept)
    desk.fails = NotDelivered("refused")
    for _ in range(20):
        target.step()
        rig.clock.now += 100
    desk.fails = None
    rig.settle(target)
    rig.open("b2")
    rig.open("c2")
    rig.settle(target)

    assert desk.told() == [*before, ("opened", "b2"), ("opened", "c2")]
    assert [each.state for each in rig.records("c2")] == ["delivered"]


def test_a_place_that_could_not_be_kept_is_read_again(
    rig: Rig, desk: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is away after a delivery: nothing comes twice, and the alert's end is not left out."""

    def away(*_: object) -> bool:
        raise StoreUnavailable("away")

    rig.output()
    target = rig.target(desk)
    one = rig.open("b")
    rig.open("c")
    with monkeypatch.context() as patch:
        patch.setattr(MemoryOutbox, "save", away)
        with pytest.raises(StoreUnavailable):
            rig.settle(target)
    rig.settle(target)
    rig.change(one, "closed")
    rig.settle(target)

    assert desk.told() == [("opened", "b"), ("opened", "c"), ("closed", "b")]


def test_a_redis_that_lost_all_before_a_place_was_kept(rig: Rig, desk: Mailbox) -> None:
    """What is there now follows: no place in memory hides it."""
    rig.output()
    target = long_running(rig, desk)
    one = rig.open("x")
    rig.settle(target)
    rig.change(one)
    target.step()

    rig.fail_over((0, {}, []))
    rig.clock.now -= 3600
    rig.open("new")
    rig.settle(target)

    assert desk.told()[-1] == ("opened", "new")
    assert rig.memory.outbox_states["desk"].cursor == rig.events[-1][0]

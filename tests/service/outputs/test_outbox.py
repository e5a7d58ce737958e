"""The outbox as processes run it: leases, threads, real receivers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from support.outbox_rig import Mailbox, Rig
from support.receiver import Receiver
from support.stores import Clock
from support.waiting import PATIENCE_S, eventually

from service.adapters.memory.leases import MemoryLeases
from service.adapters.outputs.registry import build_output
from service.adapters.redis.keys import Shards
from service.outputs.delivered import ASKED_FOR_S
from service.outputs.outbox import Outbox, OutboxDependencies, OutboxOptions, run_outbox
from service.outputs.plan import Plan
from service.outputs.ports import Output
from service.outputs.target import Target

pytestmark = pytest.mark.slow


class Processes:
    """Processes of one site that deliver; each ends with the test."""

    def __init__(self, rig: Rig, stack: ExitStack) -> None:
        self._rig = rig
        self._stack = stack
        self._rig.memory.leases[Shards.archive_lease].clear()

    def dependencies(
        self,
        owner: str,
        output: Output | None = None,
        uptime: Callable[[], float] = time.monotonic,
    ) -> OutboxDependencies:
        """Return what a process works with."""
        rig = self._rig

        def build(plan: Plan, holds: Callable[[], bool]) -> tuple[Output, Target]:
            made = output or build_output(plan.settings)
            return made, rig.target(made, plan.settings.name, owner=owner, holds=holds)

        return OutboxDependencies(
            lease=MemoryLeases(rig.memory, owner=owner, clock=rig.clock, key=Shards.archive_lease),
            store=rig.store(owner),
            archive=rig.deliveries,
            outputs=lambda: tuple(rig.outputs),
            build=build,
            telemetry=rig.telemetry,
            clock=rig.clock,
            uptime=uptime,
            options=OutboxOptions(renew_s=0.01, record_s=0.01, life_s=PATIENCE_S),
        )

    def start(self, owner: str, output: Output | None = None) -> Callable[[], None]:
        """Start a process; return what ends it."""
        stop, dependencies = threading.Event(), self.dependencies(owner, output)
        thread = threading.Thread(target=run_outbox, args=(dependencies, stop))
        thread.start()

        def end() -> None:
            stop.set()
            thread.join()

        self._stack.callback(end)
        return end


@contextmanager
def running(rig: Rig) -> Iterator[Processes]:
    """No process yet."""
    with ExitStack() as stack:
        yield Processes(rig, stack)


def knows(rig: Rig, *names: str) -> Callable[[], bool]:
    """Return whether these targets have found out where to begin."""
    return lambda: set(names) <= set(rig.memory.outbox_states)


def delivers() -> bool:
    """Tell whether a target's thread runs."""
    return any(thread.name == "output desk" for thread in threading.enumerate())


def test_an_alert_reaches_its_receiver_and_is_on_record(rig: Rig) -> None:
    """Over real HTTP; the archive then has the delivery with the answer."""
    with Receiver() as desk, running(rig) as processes:
        rig.output(url=desk.url, allow_local=True)
        processes.start("a")
        eventually(knows(rig, "desk"))
        rig.open("x")
        eventually(lambda: desk.received)
        record = eventually(lambda: rig.deliveries.of_alert("x"))[0]

    assert desk.received[0].json["alert"]["id"] == "x"
    assert desk.received[0].headers["idempotency-key"] == "x-1"
    assert (record.state, record.answer) == ("delivered", "204 No Content")


def test_a_slow_receiver_holds_nobody_up(rig: Rig) -> None:
    """While one receiver answers nothing, the other one gets everything."""
    answers = threading.Event()

    def hang(_request: object) -> tuple[int, dict[str, str]]:
        answers.wait()
        return 204, {}

    with Receiver(answer=hang) as slow, Receiver() as quick, running(rig) as processes:
        rig.output("slow", url=slow.url, allow_local=True)
        rig.output("quick", url=quick.url, allow_local=True)
        processes.start("a")
        eventually(knows(rig, "slow", "quick"))
        for number in range(5):
            rig.open(f"x{number}")
        eventually(lambda: len(quick.received) == 5)
        answers.set()
        eventually(lambda: len(slow.received) >= 5)


def test_one_process_delivers_and_another_takes_over(rig: Rig) -> None:
    """Two processes deliver once; when the first is gone, the second goes on where it was."""
    first, second = Mailbox(), Mailbox()
    with running(rig) as processes:
        rig.output()
        end = processes.start("a", first)
        eventually(knows(rig, "desk"))
        processes.start("b", second)
        rig.open("x")
        eventually(lambda: first.delivered)
        end()
        rig.open("y")
        eventually(lambda: second.delivered)

    assert [message.key for message in first.delivered] == ["x-1"]
    assert [message.key for message in second.delivered] == ["y-1"]


def test_a_lease_that_is_lost_ends_the_deliveries(rig: Rig) -> None:
    """Who did not renew in time neither sends on nor keeps anything; the new owner does."""
    first = Mailbox()
    with running(rig) as processes:
        rig.output()
        processes.start("a", first)
        eventually(delivers)
        rig.telemetry.gauge("output_failing", 1, target="desk")
        rig.memory.leases[Shards.archive_lease]["outputs"] = ("b", rig.clock.now + 1e6)
        eventually(lambda: not delivers())
        assert rig.telemetry.value("output_failing", target="desk") == 0
        rig.open("x")

    assert first.delivered == []


def test_a_process_that_hung_sends_nothing_that_another_has_sent(rig: Rig) -> None:
    """It hung longer than its lease; another delivered and ended; it takes the lease again."""
    first, second, uptime = Mailbox(), Mailbox(), Clock()
    with running(rig) as processes:
        rig.output()
        outbox = Outbox(processes.dependencies("a", first, uptime))
        outbox.step()
        eventually(knows(rig, "desk"))
        rig.open("x")
        eventually(lambda: first.delivered)
        uptime.now += PATIENCE_S + 1
        rig.clock.now += ASKED_FOR_S + 1  # the archive is not asked any more
        rig.hold("b")
        rig.open("y")
        rig.settle(rig.target(second, owner="b"))
        eventually(lambda: rig.telemetry.value("output_lag_seconds", target="desk") > 0)
        rig.memory.leases[Shards.archive_lease].clear()
        outbox.step()
        rig.open("z")
        eventually(lambda: outbox.step() and len(first.delivered) > 1)
        outbox.stop()
        assert outbox.is_idle_within(PATIENCE_S)

    assert [message.key for message in first.delivered] == ["x-1", "z-1"]
    assert [message.key for message in second.delivered] == ["y-1"]


def test_outputs_come_and_go_while_it_runs(rig: Rig) -> None:
    """A new one begins with what comes next; one that is gone is forgotten."""
    mailbox = Mailbox()
    with running(rig) as processes:
        rig.output("old")
        processes.start("a", mailbox)
        eventually(knows(rig, "old"))
        rig.outputs.clear()
        rig.output("new")
        eventually(lambda: set(rig.memory.outbox_states) == {"new"})
        rig.open("x")
        eventually(lambda: mailbox.delivered)

    assert [message.key for message in mailbox.delivered] == ["x-1"]


def test_records_wait_while_the_archive_is_away(rig: Rig) -> None:
    """Messages are delivered all the same; the records come into the archive later."""
    mailbox = Mailbox()
    with running(rig) as processes:
        rig.output()
        processes.start("a", mailbox)
        eventually(knows(rig, "desk"))
        rig.deliveries.is_away = True
        rig.open("x")
        eventually(lambda: mailbox.delivered)
        eventually(lambda: rig.memory.outbox_records)
        rig.deliveries.is_away = False
        eventually(lambda: rig.deliveries.of_alert("x"))

    assert rig.memory.outbox_records == []

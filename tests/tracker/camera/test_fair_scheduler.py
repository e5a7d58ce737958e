"""Turns are shared fairly: by weight, and none is left unused."""

import threading
import time as real_time
from collections.abc import Sequence

import pytest
from support.machine_clock import Stopwatch
from support.waiting import PATIENCE_S

from tracker.camera import fair_scheduler as module
from tracker.camera.fair_scheduler import CLAIM_S, FairScheduler, Slot

TICK_S = 0.0005
FETCH_S, WORK_S = 0.0005, 0.002


class Looker:
    """A camera's loop in simulated time: fetch a frame, wait for a turn, work, give it back.

    Args:
        interval_s: time between two frames of its source; 0: there is always one more.
    """

    def __init__(self, slot: Slot, *, interval_s: float = 0.0) -> None:
        self._slot = slot
        self._interval_s = interval_s
        self._fetched_s = 0.0
        self._done_s: float | None = None
        self.looked = 0

    def step(self, now_s: float) -> None:
        """Do what is due by now."""
        if self._done_s is not None and now_s >= self._done_s:
            next_frame_s = self.looked * self._interval_s
            self.looked += 1
            self._slot.release(reserve=next_frame_s <= now_s)
            self._fetched_s, self._done_s = max(now_s, next_frame_s) + FETCH_S, None
        if self._done_s is None and now_s >= self._fetched_s and self._slot.acquire(0):
            self._done_s = now_s + WORK_S


class Site:
    """Cameras that share turns in simulated time."""

    def __init__(self, permits: int) -> None:
        self._now_s = 0.0
        self.scheduler = FairScheduler(permits, clock=lambda: self._now_s)

    def run(self, lookers: Sequence[Looker], seconds: float) -> None:
        """Let the time pass; who acts first at a moment changes from one to the next."""
        for tick in range(round(seconds / TICK_S)):
            self._now_s = tick * TICK_S
            first = tick % len(lookers)
            for looker in (*lookers[first:], *lookers[:first]):
                looker.step(self._now_s)


class HeldClock:
    """A clock that stands still until it is started, then goes in real time."""

    def __init__(self) -> None:
        self._started_s: float | None = None

    def __call__(self) -> float:
        return 0.0 if self._started_s is None else real_time.monotonic() - self._started_s

    def start(self) -> None:
        """Let it go."""
        self._started_s = real_time.monotonic()


@pytest.mark.parametrize(
    ("permits", "weights"),
    [(1, (1, 3)), (1, (1, 1, 1)), (1, (1, 1, 2, 10)), (2, (1, 1, 1, 1, 1)), (2, (1, 1, 2, 2))],
)
def test_rates_are_shared_by_weight(permits: int, weights: tuple[int, ...]) -> None:
    """Cameras that want more than there is share it in proportion to their weights, to 10 %."""
    site = Site(permits)
    lookers = [Looker(site.scheduler.slot(weight)) for weight in weights]

    site.run(lookers, 1.2)
    total = sum(looker.looked for looker in lookers)

    for looker, weight in zip(lookers, weights, strict=True):
        assert looker.looked / total == pytest.approx(weight / sum(weights), rel=0.1)


def test_nobody_starves() -> None:
    """One ordinary camera among eight of the highest priority gets its eighty-first part."""
    site = Site(1)
    least, *others = (Looker(site.scheduler.slot(weight)) for weight in (1, *[10] * 8))

    site.run([least, *others], 1.2)

    assert least.looked >= 0.6 * sum(looker.looked for looker in others) / 80
    assert least.looked >= 2


def test_who_wants_less_than_its_share_gets_all_it_wants() -> None:
    """A slow source keeps its rate beside greedy cameras, which share what it leaves."""
    site = Site(1)
    modest = Looker(site.scheduler.slot(), interval_s=0.05)
    greedy = [Looker(site.scheduler.slot()) for _ in range(3)]

    site.run([modest, *greedy], 1.2)
    counts = [looker.looked for looker in greedy]

    assert modest.looked >= 0.8 * 1.2 / 0.05
    assert min(counts) > 2 * modest.looked
    assert min(counts) >= 0.9 * max(counts)


def test_threads_never_hold_more_turns_than_there_are() -> None:
    """Real threads at two permits: at most two work at once, and each of them gets turns."""
    scheduler, stop = FairScheduler(2), threading.Event()
    working, most, looked = threading.Semaphore(2), [], [0] * 5

    def look(number: int) -> None:
        slot = scheduler.slot()
        while not stop.is_set():
            with slot.turn(0.5, next_frame_waits=lambda: True) as granted:
                if granted:
                    most.append(working.acquire(blocking=False))
                    real_time.sleep(0.0005)
                    working.release()
                    looked[number] += 1
        slot.release()

    threads = [threading.Thread(target=look, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    deadline_s = real_time.monotonic() + PATIENCE_S
    while min(looked) < 20 and real_time.monotonic() < deadline_s:
        real_time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert min(looked) >= 20
    assert all(most)


def test_a_free_turn_is_given_at_once() -> None:
    """As many turns as there are permits are out, never more, and none is kept back."""
    scheduler = FairScheduler(2, clock=lambda: 0.0)
    first, second, third = (scheduler.slot() for _ in range(3))

    assert first.acquire(0)
    assert second.acquire(0)
    assert not third.acquire(0)
    second.release()
    assert third.acquire(0)


def test_a_newcomer_has_no_claim_on_the_past() -> None:
    """Who comes late, or comes back, takes turns with the others from then on."""
    scheduler = FairScheduler(1, clock=lambda: 0.0)
    old, new = scheduler.slot(), scheduler.slot()
    for _ in range(100):
        assert old.acquire(0)
        old.release()

    order = []
    for _ in range(10):
        for slot in (new, old):
            slot.enqueue()
        chosen = next(slot for slot in (old, new) if slot.acquire(0))
        order.append(chosen is new)
        chosen.release(reserve=True)

    assert sum(order) in (5, 6)


def test_the_place_of_who_fetches_a_frame_is_kept_only_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A camera that does not come back with its frame keeps nobody waiting for longer."""
    monkeypatch.setattr(module, "RESERVED_S", 0.1)
    clock = HeldClock()
    scheduler = FairScheduler(1, clock=clock)
    urgent, other = scheduler.slot(10), scheduler.slot()
    assert other.acquire(0)
    other.release()
    assert urgent.acquire(0)
    urgent.release(reserve=True)

    assert not other.acquire(0)
    clock.start()
    assert other.acquire(60)


@pytest.mark.parametrize(("away_s", "keeps"), [(CLAIM_S / 2, True), (2 * CLAIM_S, False)])
def test_slow_fetching_costs_no_claim_but_long_absence_does(away_s: float, keeps: bool) -> None:
    """On a machine short of time frames come late, and must not cost a camera its share."""
    now_s = 0.0
    scheduler = FairScheduler(1, clock=lambda: now_s)
    slow, other = scheduler.slot(), scheduler.slot()
    assert other.acquire(0)
    assert not slow.acquire(0)

    for _ in range(5):
        now_s += away_s / 5
        other.release()
        assert other.acquire(0), "the place of who is away was kept for too long"
    assert not slow.acquire(0)

    assert (other.virtual - slow.virtual >= 5) == keeps


def test_a_turn_that_is_not_given_back_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that hangs holds up the others only so long; its late return frees nothing."""
    monkeypatch.setattr(module, "MAX_TURN_S", 0.1)
    clock = HeldClock()
    scheduler = FairScheduler(1, clock=clock)
    hanging, second, third = (scheduler.slot() for _ in range(3))
    assert hanging.acquire(0)

    assert not second.acquire(0)
    clock.start()
    assert second.acquire(60)
    monkeypatch.setattr(module, "MAX_TURN_S", 60)
    second.release()
    assert third.acquire(0)
    hanging.release()
    assert not second.acquire(0)


def test_leaving_wakes_who_waits() -> None:
    """A waiting camera goes on when a turn is given back, not when its time is over."""
    scheduler = FairScheduler(1)
    first, second = scheduler.slot(), scheduler.slot()
    assert first.acquire(0)
    threading.Timer(0.05, first.release).start()

    stopwatch = Stopwatch()
    assert second.acquire(PATIENCE_S)
    assert stopwatch.machine_s() < 10


def test_there_must_be_a_permit() -> None:
    """No permits would mean that nothing ever happens."""
    with pytest.raises(ValueError, match="permits is 0"):
        FairScheduler(0)


def test_who_is_patient_waits_beyond_the_time_a_frame_has() -> None:
    """A patient slot waits out a turn that another camera holds for longer than its frame lasts."""
    scheduler = FairScheduler(1)
    other, patient = scheduler.slot(), scheduler.patient_slot(0.25)
    assert other.acquire(0)
    granted = threading.Event()

    def wait() -> None:
        if patient.acquire(0.0):
            granted.set()

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    other.release()

    assert granted.wait(PATIENCE_S)
    waiting.join(PATIENCE_S)

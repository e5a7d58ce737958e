"""Fair turns."""

import threading
import time as real_time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tracker.camera import fair_scheduler as module
from tracker.camera.fair_scheduler import CLAIM_KEPT_S, FairScheduler, Slot

WORK_S = 0.002


class Looker(threading.Thread):
    """A camera's loop around a synthetic estimator: fetch, wait for a turn, work, give back.

    Args:
        interval_s: time between two frames of its source; 0: there is always one more.
    """

    def __init__(self, seat: Slot, *, interval_s: float = 0.0) -> None:
        super().__init__()
        self._seat = seat
        self._interval_s = interval_s
        self.looked = 0
        self.wanted = 0
        self.stop = threading.Event()

    def run(self) -> None:
        due_s = real_time.monotonic()
        while not self.stop.is_set():
            if not self._seat.wait(0.5):
                continue
            real_time.sleep(WORK_S)
            self.looked += 1
            due_s += self._interval_s
            early_s = due_s - real_time.monotonic()
            self._seat.leave(returning=early_s <= 0)
            if self._interval_s and early_s > 0:
                self.stop.wait(early_s)
        self._seat.leave()


@contextmanager
def looking(lookers: Sequence[Looker]) -> Iterator[None]:
    """Run the cameras; they must end soon after they are told to."""
    for looker in lookers:
        looker.start()
    try:
        yield
    finally:
        for looker in lookers:
            looker.stop.set()
        for looker in lookers:
            looker.join(5)
    assert not any(looker.is_alive() for looker in lookers)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("permits", "weights"),
    [(1, (1, 3)), (1, (1, 1, 1)), (1, (1, 1, 2, 10)), (2, (1, 1, 1, 1, 1)), (2, (1, 1, 2, 2))],
)
def test_rates_are_shared_by_weight(permits: int, weights: tuple[int, ...]) -> None:
    """Cameras that want more than there is share it in proportion to their weights, to 10 %."""
    turns = FairScheduler(permits)
    lookers = [Looker(turns.seat(weight)) for weight in weights]

    with looking(lookers):
        real_time.sleep(1.2)
    total = sum(looker.looked for looker in lookers)

    for looker, weight in zip(lookers, weights, strict=True):
        assert looker.looked / total == pytest.approx(weight / sum(weights), rel=0.1)


@pytest.mark.slow
def test_nobody_starves() -> None:
    """One ordinary camera among eight of the highest priority gets its eighty-first part."""
    turns = FairScheduler(1)
    least, *others = (Looker(turns.seat(weight)) for weight in (1, *[10] * 8))

    with looking([least, *others]):
        real_time.sleep(1.2)

    assert least.looked >= 0.6 * sum(looker.looked for looker in others) / 80
    assert least.looked >= 2


@pytest.mark.slow
def test_who_wants_less_than_its_share_gets_all_it_wants() -> None:
    """A slow source keeps its rate beside greedy cameras, which share what it leaves."""
    turns = FairScheduler(1)
    modest = Looker(turns.seat(), interval_s=0.05)
    greedy = [Looker(turns.seat()) for _ in range(3)]

    with looking([modest, *greedy]):
        real_time.sleep(1.2)
    counts = [looker.looked for looker in greedy]

    assert modest.looked >= 0.8 * 1.2 / 0.05
    assert min(counts) > 2 * modest.looked
    assert min(counts) >= 0.9 * max(counts)


def test_a_free_turn_is_given_at_once() -> None:
    """As many turns as there are permits are out, never more, and none is kept back."""
    turns = FairScheduler(2)
    first, second, third = (turns.seat() for _ in range(3))

    assert first.wait(0)
    assert second.wait(0)
    assert not third.wait(0)
    second.leave()
    assert third.wait(0)


def test_a_newcomer_has_no_claim_on_the_past() -> None:
    """Who comes late, or comes back, takes turns with the others from then on."""
    turns = FairScheduler(1)
    old, new = turns.seat(), turns.seat()
    for _ in range(100):
        assert old.wait(0)
        old.leave()

    order = []
    for _ in range(10):
        for seat in (new, old):
            turns.stand(seat, turns.clock())
        chosen = next(seat for seat in (old, new) if turns.is_next(seat, turns.clock()))
        assert chosen.wait(0)
        order.append(chosen is new)
        chosen.leave(returning=True)

    assert sum(order) in (5, 6)


def test_the_place_of_who_fetches_a_frame_is_kept_only_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A camera that does not come back with its frame keeps nobody waiting for longer."""
    monkeypatch.setattr(module, "FETCH_WITHIN_S", 0.1)
    turns = FairScheduler(1)
    urgent, other = turns.seat(10), turns.seat()
    assert other.wait(0)
    other.leave()
    assert urgent.wait(0)
    urgent.leave(returning=True)

    assert not other.wait(0)
    assert other.wait(5)


@pytest.mark.parametrize(("away_s", "keeps"), [(CLAIM_KEPT_S / 2, True), (2 * CLAIM_KEPT_S, False)])
def test_slow_fetching_costs_no_claim_but_long_absence_does(away_s: float, keeps: bool) -> None:
    """On a machine short of time frames come late, and must not cost a camera its share."""
    now_s = 0.0
    turns = FairScheduler(1, clock=lambda: now_s)
    slow, other = turns.seat(), turns.seat()
    assert other.wait(0)
    assert not slow.wait(0)

    for _ in range(5):
        now_s += away_s / 5
        other.leave()
        assert other.wait(0), "the place of who is away was kept for too long"
    assert not slow.wait(0)

    assert (other.virtual - slow.virtual >= 5) == keeps


def test_a_turn_that_is_not_given_back_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that hangs holds up the others only so long; its late return frees nothing."""
    monkeypatch.setattr(module, "HELD_LONGEST_S", 0.1)
    turns = FairScheduler(1)
    hanging, second, third = (turns.seat() for _ in range(3))
    assert hanging.wait(0)

    assert not second.wait(0)
    assert second.wait(5)
    monkeypatch.setattr(module, "HELD_LONGEST_S", 60)
    second.leave()
    assert third.wait(0)
    hanging.leave()
    assert not second.wait(0)


def test_leaving_wakes_who_waits() -> None:
    """A waiting camera goes on when a turn is given back, not when its time is over."""
    turns = FairScheduler(1)
    first, second = turns.seat(), turns.seat()
    assert first.wait(0)
    threading.Timer(0.05, first.leave).start()

    started_s = real_time.monotonic()
    assert second.wait(30)
    assert real_time.monotonic() - started_s < 10


def test_there_must_be_a_permit() -> None:
    """No permits would mean that nothing ever happens."""
    with pytest.raises(ValueError, match="permits is 0"):
        FairScheduler(0)

"""Every single event: nothing is lost from sight, and queues keep the laws of queues."""

from dataclasses import replace

import pytest

from export.capacity.costs import Costs
from export.capacity.exact import Death, simulate
from export.capacity.site import LEASE_S, LOOK_S, ROUND_S, Cell

CELL = Cell(
    cameras=12,
    fps=10,
    people=3,
    stride=3,
    machines=2,
    cores=8,
    picture_ms=58,
    costs=Costs(),
    workers=2,
    apis=2,
)


@pytest.mark.parametrize(
    "cell",
    [CELL, replace(CELL, cores=2), replace(CELL, costs=Costs(worker_ms=500.0), workers=1)],
    ids=["easy", "pictures overload the cores", "windows overload the worker"],
)
def test_what_is_pushed_is_scored_dropped_or_waiting(cell: Cell) -> None:
    """Also when there is more than can be done."""
    counts = simulate(cell, 20.0).counts

    assert counts.pushed == counts.scored + counts.dropped + counts.waiting
    assert counts.pushed > 0


def test_little_s_law_holds_for_the_stream() -> None:
    """Windows in the stream are their rate times their wait, each side counted by itself."""
    outcome = simulate(replace(CELL, costs=Costs(worker_ms=6.0), workers=1), 30.0)

    assert outcome.queued_window_s > 1
    assert outcome.queued_window_s == pytest.approx(outcome.waited_window_s, rel=0.02)


def test_an_overloaded_machine_skips_frames_and_is_not_late() -> None:
    """Whoever falls behind takes the newest frame: latency stays below a few frames."""
    outcome = simulate(replace(CELL, cores=2), 10.0)

    assert outcome.counts.skipped > outcome.counts.frames / 4
    assert outcome.quantiles_ms("push")[2] < 600


def test_a_dead_machine_s_cameras_are_all_watched_again() -> None:
    """After their leases have run out, and not before."""
    outcome = simulate(CELL, 12.0, death=Death(machine=1, at_s=3.0))

    opening = CELL.opening
    slowest_s = opening.connect_s + opening.key_frame_s + 6 * opening.build_ms / 1000
    assert len(outcome.gaps_s) == 6
    assert min(outcome.gaps_s) >= LEASE_S - ROUND_S
    assert max(outcome.gaps_s) <= LEASE_S + LOOK_S + slowest_s + 1


def test_the_same_seed_gives_the_same_outcome() -> None:
    """So that a figure can be shown again."""
    assert simulate(CELL, 3.0, seed=5).counts == simulate(CELL, 3.0, seed=5).counts

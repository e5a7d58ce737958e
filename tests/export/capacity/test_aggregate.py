"""The aggregates agree with every single event of 100 cameras."""

from dataclasses import replace

import pytest

from export.capacity.aggregate import station_loads, steady
from export.capacity.costs import Costs
from export.capacity.exact import simulate
from export.capacity.site import Cell

CELL = Cell(
    cameras=100,
    fps=10,
    people=5,
    stride=3,
    machines=5,
    cores=32,
    picture_ms=Costs().picture_ms(5),
    costs=Costs(),
    workers=2,
    apis=2,
)


@pytest.mark.slow
@pytest.mark.parametrize("machines", [5, 2])
def test_the_aggregates_agree_with_the_events(machines: int) -> None:
    """Of half busy machines, and of machines that cannot look at every frame."""
    cell = replace(CELL, machines=machines)
    exact, whole = simulate(cell, 5.0, settle_s=2.0), steady(cell)

    counts = exact.counts
    looked_at = counts.frames / (counts.frames + counts.skipped)
    assert whole.looked_at == pytest.approx(looked_at, abs=0.03)
    for stage in ("score", "decide"):
        for single, many in zip(exact.quantiles_ms(stage), whole.quantiles_ms(stage), strict=True):
            assert many == pytest.approx(single, rel=0.1)


def test_stages_follow_each_other() -> None:
    """Nobody is decided before being scored, and so on."""
    latencies = steady(CELL).latency_s

    p50s = [sorted(each)[len(each) // 2] for each in latencies.values()]
    assert list(latencies) == ["pictures", "push", "score", "decide"]
    assert p50s == sorted(p50s)


def test_more_load_is_never_faster() -> None:
    """Loads grow in proportion, and what cannot be looked at grows with them."""
    states = [steady(CELL.grown(factor)) for factor in (0.5, 1, 2, 4)]

    pictures = [each.loads["pictures"] for each in states]
    shares = [each.looked_at for each in states]
    assert pictures == pytest.approx([pictures[0] * factor for factor in (1, 2, 4, 8)])
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(1 / pictures[-1], rel=0.1)


def test_windows_beyond_what_workers_score_are_dropped() -> None:
    """As many as are too many, and those that are scored have waited long."""
    state = steady(replace(CELL, costs=Costs(worker_ms=50.0)))

    windows = CELL.frames_per_s * CELL.windows_per_frame
    assert state.dropped > 0.9
    assert state.loads["workers"] == pytest.approx(1 / (1 - state.dropped), rel=0.05)
    assert state.windows_per_s == pytest.approx(windows, rel=0.01)
    assert state.quantiles_ms("score")[0] > 10_000


def test_a_cell_on_gpus_is_loaded_by_decoding_alone() -> None:
    """People do not cost processor time then."""
    costs = Costs()
    loads = [
        station_loads(replace(CELL, picture_ms=costs.decode_ms, people=people))["pictures"]
        for people in (1, 5)
    ]

    assert loads[0] == loads[1] < 0.1

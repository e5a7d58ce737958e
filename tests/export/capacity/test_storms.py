"""Deaths: everybody is watched again, nothing is lost from sight."""

import math
from dataclasses import replace

import numpy as np
import pytest

from export.capacity.costs import Costs
from export.capacity.demand import Demand
from export.capacity.site import LEASE_S, ROUND_S, Estate, planned
from export.capacity.storms import machine_dies, storms

ESTATE = planned(Demand(cameras=2000, fps=10), Costs())


def test_every_death_keeps_its_books() -> None:
    """Of windows; and cameras go on no sooner than leases have run out."""
    found = {each.name: each for each in storms(ESTATE)}

    assert list(found) == ["a machine", "a shard", "a zone"]
    for storm in found.values():
        flow = storm.flow
        assert flow.pushed == pytest.approx(flow.scored + flow.dropped + flow.waiting)
        assert len(storm.gaps_s) == storm.unwatched
        assert storm.gaps_s.min() >= LEASE_S - ROUND_S
        assert storm.frames_lost == pytest.approx(storm.gaps_s.sum() * 10)


def test_the_more_die_the_more_are_unwatched() -> None:
    """And the longer, because fewer machines build their networks."""
    cell = ESTATE.cell
    rng = np.random.default_rng(1)
    deaths = [machine_dies(cell, dead, "machines", 1, rng) for dead in (1, 4, cell.machines - 1)]

    assert sorted(each.unwatched for each in deaths) == [each.unwatched for each in deaths]
    assert deaths[2].gaps_s.mean() > deaths[0].gaps_s.mean()
    assert deaths[2].looked_at < deaths[0].looked_at


def test_a_cell_without_machines_is_not_watched_again() -> None:
    """It says so instead of inventing a survivor."""
    alone = Estate(cell=replace(ESTATE.cell, cameras=3, machines=1), cells=1)

    machine, _, zone = storms(alone)

    assert machine.looked_at == zone.looked_at == 0.0
    assert math.isinf(machine.gaps_s.max())

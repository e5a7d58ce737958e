"""The load over a day, and what breaks first."""

from dataclasses import replace

import pytest

from export.capacity.costs import Costs
from export.capacity.demand import Demand
from export.capacity.growth import DAY, at_hour, day, first_break, headroom, one_site_instead
from export.capacity.site import planned

ESTATE = planned(Demand(cameras=1000, fps=10), Costs())


def test_a_day_s_peak_is_its_busiest_hour() -> None:
    """At the peak the machines are as busy as planned, at night they are not."""
    passed = day(ESTATE.cell)

    assert passed.busiest_hour == DAY.index(1.0)
    assert passed.loads["pictures"] == pytest.approx(0.5, abs=0.1)
    assert passed.dropped == 0.0
    for quantiles in passed.quantiles_ms.values():
        assert quantiles == sorted(quantiles)


def test_fewer_people_cost_less() -> None:
    """Of the processors; with a GPU they cost them nothing anyway."""
    cell = ESTATE.cell
    on_gpus = replace(cell, picture_ms=cell.costs.decode_ms)

    assert at_hour(cell, 3).picture_ms < cell.picture_ms
    assert at_hour(on_gpus, 3).picture_ms == on_gpus.picture_ms


def test_what_has_the_least_headroom_is_named_first() -> None:
    """And the load at which a target is missed lies near it."""
    room = headroom(ESTATE.cell, stream_mbit=2.0)
    factor, failure = first_break(ESTATE.cell)

    assert list(room.values()) == sorted(room.values())
    assert factor == pytest.approx(min(room.values()), rel=0.25)
    assert failure != "nothing"


def test_weak_workers_drop_windows_before_anything_else_breaks() -> None:
    """Each target is said in its own words."""
    _, failure = first_break(replace(ESTATE.cell, costs=Costs(worker_ms=3.0)))

    assert "windows are dropped" in failure


def test_leases_of_one_large_site_cost_more_than_those_of_cells() -> None:
    """Why a city is cells."""
    few, many = (
        one_site_instead(planned(Demand(cameras=cameras, fps=10), Costs()))
        for cameras in (1000, 100_000)
    )

    for name, load in many.items():
        assert load >= few[name]

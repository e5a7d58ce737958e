"""The load over a day, and what breaks first when more cameras come to the same machines."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from export.capacity.aggregate import Samples, Steady, steady
from export.capacity.site import ASKED_AT_ONCE, LEAST_FPS, LOOK_S, Cell, Estate

# People in a picture over the hours of a day, 1 at its peak. Assumed: a street.
DAY = (
    *(0.1, 0.06, 0.04, 0.04, 0.06, 0.15, 0.35, 0.7, 0.9, 0.7, 0.65, 0.8),
    *(0.95, 0.85, 0.7, 0.7, 0.8, 0.95, 1.0, 0.85, 0.6, 0.4, 0.25, 0.15),
)
QUANTILES = (0.5, 0.95, 0.99)
TARGET_S = 1.0  # capture to alert, p95
KEEPS_UP = 0.99
STEPS = np.arange(1.0, 6.0, 0.05)
NETWORK_MBIT = 10_000.0  # of each machine, and of Redis. Assumed
# Of Redis: one command, and one key of a script that goes over many. Assumed.
COMMAND_S, KEY_S = 10e-6, 0.6e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of a cell.

    Attributes:
        quantiles_ms: by stage p50, p95 and p99 over all of its frames or windows.
        busiest_hour: with its loads by station.
    """

    quantiles_ms: Mapping[str, list[float]]
    busiest_hour: int
    loads: Mapping[str, float]
    skipped: float
    dropped: float


def day(cell: Cell) -> Day:
    """Let a day pass over a cell; the demand's people are those of its peak."""
    hours = [steady(at_hour(cell, hour), seed=hour + 1) for hour in range(24)]
    frames = np.array([each.looked_at for each in hours])
    windows = np.array([each.windows_per_s * (1 - each.dropped) for each in hours])
    busiest = int(np.argmax([each.loads["pictures"] for each in hours]))
    return Day(
        quantiles_ms={
            stage: _quantiles_ms(
                [each.latency_s[stage] for each in hours],
                frames if stage in ("pictures", "push") else windows,
            )
            for stage in hours[0].latency_s
        },
        busiest_hour=busiest,
        loads=hours[busiest].loads,
        skipped=float(1 - frames.mean()),
        dropped=float(sum(e.windows_per_s * e.dropped for e in hours) / max(windows.sum(), 1e-9)),
    )


def at_hour(cell: Cell, hour: int) -> Cell:
    """Return the cell with an hour's people: they cost pictures, and make windows."""
    people = cell.people * DAY[hour]
    with_people = cell.picture_ms > cell.costs.decode_ms
    saved_ms = cell.costs.person_ms * (cell.people - people) if with_people else 0.0
    return replace(cell, people=people, picture_ms=max(cell.picture_ms - saved_ms, 0.0))


def _quantiles_ms(samples: list[Samples], weights: NDArray[np.float64]) -> list[float]:
    """Return quantiles over the hours together, each by its weight; NaN where nothing came."""
    if not weights.sum():
        return [math.nan] * len(QUANTILES)
    values = np.concatenate(samples)
    shares = np.repeat(weights / weights.sum(), [len(each) for each in samples])
    order = np.argsort(values)
    upto = np.cumsum(shares[order])
    upto /= upto[-1]
    return [round(1000 * float(values[order][np.searchsorted(upto, q)]), 1) for q in QUANTILES]


def headroom(cell: Cell, stream_mbit: float) -> dict[str, float]:
    """Return by how much the load may grow until each station is full, the first one first."""
    loads = {**steady(cell).loads, **network_loads(cell, stream_mbit)}
    growth = {name: 1 / load for name, load in loads.items() if load}
    return dict(sorted(growth.items(), key=lambda each: each[1]))


def network_loads(cell: Cell, stream_mbit: float) -> dict[str, float]:
    """Return how full the networks of a machine of cameras and of Redis are."""
    costs = cell.costs
    sent_mbit = cell.frames_per_s * cell.crowd * (costs.in_bytes + costs.out_bytes) * 8 / 1e6
    return {
        "network of a machine": cell.cameras / cell.machines * stream_mbit / NETWORK_MBIT,
        "network of Redis": sent_mbit / NETWORK_MBIT,
    }


def first_break(cell: Cell) -> tuple[float, str]:
    """Return by which growth of the load a target is missed first, and which."""
    for factor in STEPS:
        state = steady(cell.grown(float(factor)))
        failure = _failure(state, cell.fps)
        if failure:
            return round(float(factor), 2), failure
    return float(STEPS[-1]), "nothing"


def _failure(state: Steady, fps: float) -> str:
    if state.dropped > 0:
        return f"{100 * state.dropped:.0f} % of the windows are dropped"
    if state.looked_at < KEEPS_UP:
        rate = fps * state.looked_at
        scored = "" if rate >= LEAST_FPS else "; nobody can be scored"
        return f"cameras are looked at {rate:.1f} times a second, not {fps:g}{scored}"
    late_s = float(np.quantile(state.latency_s["decide"], 0.95))
    return f"alerts come {late_s:.1f} s after capture (p95)" if late_s > TARGET_S else ""


def one_site_instead(estate: Estate) -> dict[str, float]:
    """Return how busy one Redis is with leases if all cells were one site, by what keeps it busy.

    Every process counts the others four times a second on one key; after a death each that has less
    than its share asks for leases of cameras it does not watch, a part of them at a time.
    """
    processes = estate.cells * estate.cell.machines
    asked = min(estate.cameras, ASKED_AT_ONCE)
    in_a_cell = estate.cell.machines * min(estate.cell.cameras, ASKED_AT_ONCE)
    return {
        "heartbeats": processes * (1 / LOOK_S + 1) * COMMAND_S,
        "looking for free cameras": processes * asked * KEY_S / LOOK_S,
        "the same in a cell": in_a_cell * KEY_S / LOOK_S,
    }

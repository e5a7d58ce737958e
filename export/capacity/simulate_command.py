"""`simulate`: thousands of cameras on machines planned for them, over a day and through deaths.

Cells of some hundred cameras are simulated in aggregates, from the costs of a frame; `--check`
compares the aggregates with every single event of 100 cameras.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.capacity.against import against
from export.capacity.aggregate import steady
from export.capacity.bounds import check_flag, without_nonsense
from export.capacity.costs import Costs, read_costs
from export.capacity.demand import Demand, required_capacity
from export.capacity.exact import Death, simulate
from export.capacity.growth import day, first_break, headroom, one_site_instead
from export.capacity.outcome import STAGES
from export.capacity.site import Cell, Estate, planned
from export.capacity.storms import Storm, machine_dies, storms

CHECKED_CAMERAS, CHECKED_S, GAPS_WITHIN_S = 100, 30.0, 15.0
# At 10 frames/s and 32 cores: half busy, nearly full, and more than they can do.
CHECKED_MACHINES = (5, 3, 2)
SHOWN = (0.5, 0.95, 1.0)
QUANTILES = ("p50", "p95", "p99")  # of latencies
CHECKED = ("every event", "aggregates")
AGAINST = ("measured", "simulated")


def report(estate: Estate, demand: Demand) -> dict[str, Any]:  # a JSON report
    """Return the estate's machines, its day, its deaths and what breaks first."""
    cell, stream_mbit = estate.cell, demand.stream_mbit
    passed = day(cell)
    factor, failure = first_break(cell)
    return {
        "cameras": estate.cameras,
        "cells": estate.cells,
        "per_cell": {
            "cameras": cell.cameras,
            "machines": cell.machines,
            "cores": cell.cores,
            "workers": cell.workers,
            "deciders": cell.apis,
        },
        "machines": estate.cells * cell.machines,
        "gpus": int(required_capacity(demand, cell.costs)["gpus"]),
        "shards": estate.cells,
        "video_gbit_per_s": round(estate.cameras * stream_mbit / 1000, 1),
        "redis_gbit_per_s": round(_redis_gbit(cell) * estate.cells, 2),
        "latency_ms": passed.quantiles_ms,
        "busiest_hour": passed.busiest_hour,
        "loads": {name: round(load, 2) for name, load in passed.loads.items()},
        "frames_skipped": round(passed.skipped, 4),
        "windows_dropped": round(passed.dropped, 4),
        "storms": [_storm(each) for each in storms(estate)],
        "headroom": {name: round(f, 1) for name, f in headroom(cell, stream_mbit).items()},
        "breaks_first": {"at_load": factor, "what": failure},
        "one_site_instead": {k: round(v, 2) for k, v in one_site_instead(estate).items()},
    }


def _redis_gbit(cell: Cell) -> float:
    costs = cell.costs
    return cell.frames_per_s * cell.crowd * (costs.in_bytes + costs.out_bytes) * 8 / 1e9


def _storm(storm: Storm) -> dict[str, Any]:
    return {
        "dies": storm.name,
        "unwatched": storm.unwatched,
        "gap_s": dict(zip(("p50", "p95", "longest"), _quantiles(storm.gaps_s), strict=True)),
        "frames_lost": round(storm.frames_lost) if np.isfinite(storm.frames_lost) else None,
        "looked_at_after": round(storm.looked_at, 3),
        "windows_dropped_in_a_cell": round(storm.flow.dropped),
        "scored_late_s": round(float(storm.flow.waits_s.max()), 1),
        "decided_late_s": round(storm.decided_late_s, 1),
    }


def _quantiles(gaps_s: Sequence[float] | NDArray[np.float64]) -> list[float] | list[None]:
    """Return the quantiles shown; None where somebody is unwatched for good, or nobody is."""
    if not len(gaps_s) or not np.isfinite(gaps_s).all():
        return [None] * len(SHOWN)
    found: list[float] = np.quantile(gaps_s, SHOWN).round(1).tolist()
    return found


def check(demand: Demand, costs: Costs) -> list[dict[str, Any]]:
    """Return what exact and aggregate simulations say of 100 cameras at several loads."""
    rows = []
    for machines in CHECKED_MACHINES:
        cell = _checked_cell(demand, costs, machines)
        exact, whole = simulate(cell, CHECKED_S, settle_s=3.0), steady(cell)
        frames = exact.counts.frames + exact.counts.skipped
        rows.append(
            {
                "machines": machines,
                "load": round(whole.loads["pictures"], 2),
                "looked_at": [round(exact.counts.frames / frames, 3), round(whole.looked_at, 3)],
                **{name: [exact.quantiles_ms(name), whole.quantiles_ms(name)] for name in STAGES},
            }
        )
    rows.append(_checked_gaps(demand, costs))
    return rows


def _checked_gaps(demand: Demand, costs: Costs) -> dict[str, Any]:
    """Return how long the cameras of a dead machine are unwatched, by both simulations."""
    cell = _checked_cell(demand, costs, CHECKED_MACHINES[0])
    exact = simulate(cell, GAPS_WITHIN_S, death=Death(machine=1, at_s=2.0))
    whole = machine_dies(cell, 1, "a machine", 1, np.random.default_rng(1))
    gaps = (_quantiles(each) for each in (exact.gaps_s, whole.gaps_s))
    return {"a machine dies": "gap_s: p50, p95, longest", "gap_s": list(gaps)}


def _checked_cell(demand: Demand, costs: Costs, machines: int) -> Cell:
    return Cell(
        cameras=CHECKED_CAMERAS,
        fps=demand.fps,
        people=demand.people,
        stride=demand.stride,
        machines=machines,
        cores=demand.cores,
        picture_ms=demand.picture_ms(costs),
        costs=costs,
        crowd=demand.crowd,
        workers=2,
        apis=2,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab simulate`."""
    parser.add_argument("--cameras", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--fps", type=float, default=10.0)
    parser.add_argument("--people", type=float, default=5.0, help="in a picture at the day's peak")
    parser.add_argument("--cores", type=int, default=32, help="of a machine")
    parser.add_argument("--fill", type=float, default=0.5, help="planned load at the peak")
    parser.add_argument("--gpu-frames-per-s", type=float, default=0.0)
    parser.add_argument("--stream-mbit", type=float, default=2.0)
    parser.add_argument("--cell-cameras", type=int, default=300)
    parser.add_argument(
        "--costs", type=Path, help="output of `bench load --json`, `plan --calibrate`"
    )
    parser.add_argument("--check", action="store_true", help="compare with every single event")
    parser.add_argument(
        "--against", type=Path, help="output of `bench load --json`: compare it with every event"
    )
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Simulate each number of cameras and print what it shows."""
    if arguments.against is not None:
        for row in against(arguments.against):
            _print(row, as_json=arguments.json, sides=AGAINST)
        return
    check_flag("cell_cameras", arguments.cell_cameras)
    costs = Costs() if arguments.costs is None else read_costs(arguments.costs)
    for cameras in [CHECKED_CAMERAS] if arguments.check else arguments.cameras:
        demand = Demand(
            cameras=cameras,
            fps=arguments.fps,
            people=arguments.people,
            cores=arguments.cores,
            fill=arguments.fill,
            gpu_frames_per_s=arguments.gpu_frames_per_s,
            stream_mbit=arguments.stream_mbit,
        )
        begun_s = time.monotonic()
        if arguments.check:
            for row in check(demand, costs):
                _print(row, as_json=arguments.json, sides=CHECKED)
            continue
        estate = planned(demand, costs, arguments.cell_cameras)
        figures = report(estate, demand)
        took_s = round(time.monotonic() - begun_s, 1)
        _print({**figures, "simulated_in_s": took_s}, as_json=arguments.json)


def _print(figures: dict[str, Any], *, as_json: bool, sides: tuple[str, ...] = ()) -> None:
    """Print a report.

    Args:
        sides: what the two figures of each comparison are.
    """
    figures = without_nonsense(figures)
    if as_json:
        print(json.dumps(figures, allow_nan=False), flush=True)
        return
    for name, value in figures.items():
        if name == "storms":
            _print_storms(value)
            continue
        print(f"{name:<18}{_words(_named(name, value, sides))}", flush=True)
    print()


def _print_storms(storms_found: list[dict[str, Any]]) -> None:
    for storm in storms_found:
        print(f"{storm['dies']} dies", flush=True)
        for what, each in storm.items():
            if what != "dies":
                print(f"  {what:<26}{_words(each)}", flush=True)


def _words(value: object) -> str:
    """Return a value with the names of its parts, as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(each)}" for key, each in value.items())
    return "-" if value is None else str(value)


def _named(name: str, value: Any, sides: tuple[str, ...]) -> Any:  # noqa: ANN401 -- of a report
    """Return what has several values with their names: sides of a comparison, and quantiles."""
    if name == "latency_ms":
        return {stage: _spread(each, QUANTILES) for stage, each in value.items()}
    if not isinstance(value, list):
        return value
    of_gaps = (*QUANTILES[:2], "longest")
    parts = [_spread(each, of_gaps if name == "gap_s" else QUANTILES) for each in value]
    return dict(zip(sides, parts, strict=True))


def _spread(value: Any, names: tuple[str, ...]) -> Any:  # noqa: ANN401 -- of a report
    if not isinstance(value, list):
        return value
    return f"({_words(dict(zip(names, value, strict=True)))})"

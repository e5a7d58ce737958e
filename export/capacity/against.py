"""Compares what was measured of a real service with what the exact simulation predicts of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export.capacity.bounds import at_path, figure
from export.capacity.costs import Costs, load_rows, read_costs
from export.capacity.exact import simulate
from export.capacity.outcome import Outcome
from export.capacity.site import Cell

SIMULATED_S, SETTLE_S = 10.0, 2.0
STRIDE = 3  # of a camera's settings by default, as in `bench load`
PROCESSES = ("camera", "worker", "redis", "api")
# What stands beside the predictions; of a load without alerts some are null.
COMPARED = (
    "frames.looked_at_per_s",
    *(f"latency_ms.client.{name}" for name in ("p50", "p95", "p99")),
    *(f"cpu_ms_per_frame.{name}" for name in PROCESSES),
)


def against(file: Path) -> Iterator[dict[str, Any]]:
    """Yield measured and predicted figures of each load of `bench load --json`.

    The costs are those of the largest load that was carried; the others are predicted from them.

    Raises:
        ConfigError: the file has no load that met its targets.
    """
    costs = read_costs(file)
    for row in load_rows(file):
        cell = _cell_of(row, costs, file)
        for path in COMPARED:
            at_path(row, path, file)
        yield compared(row, simulate(cell, SIMULATED_S, settle_s=SETTLE_S))


def _cell_of(row: dict[str, Any], costs: Costs, file: Path) -> Cell:
    """Return a cell as `posewarden up` runs it: one of each process, and they share the cores."""
    cameras = int(figure(row, "cameras", file))
    return Cell(
        cameras=cameras,
        fps=figure(row, "frames.asked_per_s", file) / cameras,
        people=figure(row, "people", file),
        stride=STRIDE,
        machines=1,
        cores=len(os.sched_getaffinity(0)),
        picture_ms=figure(row, "simulator_ms_per_frame", file),
        costs=costs,
        steady_people=True,
        one_machine=True,
    )


def compared(row: dict[str, Any], predicted: Outcome) -> dict[str, Any]:
    """Return a load's figures, each as measured and as predicted."""
    frames_per_s = predicted.counts.frames / (SIMULATED_S + SETTLE_S)
    measured_ms = row["latency_ms"]["client"]
    return {
        "cameras": row["cameras"],
        "frames_per_s": [row["frames"]["looked_at_per_s"], round(frames_per_s, 1)],
        "to_client_ms": [
            [measured_ms[name] for name in ("p50", "p95", "p99")],
            predicted.quantiles_ms("decide"),
        ],
        **{
            f"{name}_ms": [
                row["cpu_ms_per_frame"][name],
                round(1000 * predicted.cores(name) / frames_per_s, 3),
            ]
            for name in PROCESSES
        },
    }

"""`bench overload`: runs more cameras than the machine can process, and measures their shares.

Measures whether frame rates follow the priorities, and whether the delay from a frame's capture to
the push of its poses stays constant. All is read from outside: `/cameras` and `/metrics`.
"""

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from export.bench.site.readings import Reading, read
from export.bench.site.service import RunningService
from export.config.configure import footage_path

# Until processes have started, rates are known and key-frame intervals have adapted to the load.
SETTLE_S = 30.0
SLICES = 4


def overload(
    video: Path,
    *,
    priorities: list[int],
    seconds: float,
    settle_s: float = SETTLE_S,
    models: tuple[Path, ...] = (),
) -> dict[str, Any]:
    """Play the video on one camera for each priority and measure.

    Args:
        models: folders with pose and person weights.
    """
    cameras: list[dict[str, Any]] = [
        {"name": f"c{number}", "source": f"{video}?loop=1", "priority": priority}
        for number, priority in enumerate(priorities)
    ]
    with RunningService(cameras, site={"model_folders": [str(path) for path in models]}) as service:
        time.sleep(settle_s)
        return measured(service, seconds)


def measured(service: RunningService, seconds: float) -> dict[str, Any]:
    """Measure the service's cameras for so many seconds, in slices."""
    readings = [read(service)]
    for _ in range(SLICES):
        time.sleep(seconds / SLICES)
        readings.append(read(service))
    rows = [_row(camera["name"], camera, readings) for camera in service.get("/cameras")]
    return {"seconds": seconds, "cameras": rows, **_totals(rows)}


def _row(camera: str, status: dict[str, Any], readings: list[Reading]) -> dict[str, Any]:
    first, last = readings[0], readings[-1]

    def gained(name: str, **labels: str) -> float:
        return last.value(name, **labels) - first.value(name, **labels)

    delays_ms = [_delay_ms(before, after, camera) for before, after in pairwise(readings)]
    return {
        "camera": camera,
        "priority": status["priority"],
        "source_fps": status["source_fps"],
        "fps": round(gained("frames_total", camera=camera) / (last.at_s - first.at_s), 2),
        "overloaded": status["overloaded"],
        "late": int(gained("frames_dropped_total", camera=camera, reason="late")),
        "skipped": int(gained("frames_dropped_total", camera=camera, reason="overload")),
        "delay_ms": delays_ms,
        "slow_parts": round(_slow_part(first, last, camera), 4),
        "key_frame_interval": int(last.value("camera_key_frame_interval", camera=camera)),
    }


def _totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    weighted = [row["fps"] / row["priority"] for row in rows]
    delays_ms = np.array([row["delay_ms"] for row in rows])
    return {
        "frames_per_s": round(sum(row["fps"] for row in rows), 1),
        "given_per_s": round(sum(row["source_fps"] for row in rows), 1),
        "evenness": round(min(weighted) / max(max(weighted), 1e-9), 3),
        "delay_ms": [round(float(delay)) for delay in delays_ms.mean(axis=0)],
    }


def _delay_ms(before: Reading, after: Reading, camera: str) -> int:
    """Return the mean delay from capture to push of the frames between two readings."""
    name = "capture_to_push_seconds"
    total_s, frames = (
        after.value(f"{name}_{part}", camera=camera) - before.value(f"{name}_{part}", camera=camera)
        for part in ("sum", "count")
    )
    return round(1000 * total_s / max(frames, 1))


def _slow_part(first: Reading, last: Reading, camera: str) -> float:
    """Return the share of frames that took more than a second from capture to push."""
    name = "capture_to_push_seconds"
    within, frames = (
        last.value(series, **labels) - first.value(series, **labels)
        for series, labels in (
            (f"{name}_bucket", {"camera": camera, "le": "1.0"}),
            (f"{name}_count", {"camera": camera}),
        )
    )
    return 1 - within / max(frames, 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench overload`."""
    parser.add_argument(
        "--video", type=footage_path, required=True, help="a video with people, looped"
    )
    parser.add_argument("--cameras", type=int, default=6)
    parser.add_argument(
        "--priorities", type=int, nargs="+", help="of the first cameras; the others have 1"
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="length of the measurement, after settling"
    )
    parser.add_argument("--settle-seconds", type=float, default=SETTLE_S)
    parser.add_argument("--models", type=Path, nargs="*", default=[], help="folders with weights")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Run once and print a line for each camera."""
    given = arguments.priorities or []
    priorities = [*given, *[1] * (arguments.cameras - len(given))]
    figures = overload(
        arguments.video.resolve(),
        priorities=priorities,
        seconds=arguments.seconds,
        settle_s=arguments.settle_seconds,
        models=tuple(path.resolve() for path in arguments.models),
    )
    if arguments.json:
        print(json.dumps(figures))
        return
    for row in figures.pop("cameras"):
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print("  ".join(f"{name} {value}" for name, value in figures.items()))

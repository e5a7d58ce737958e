"""`bench stages`: where an alert's time goes, by stage, while a site has ever more cameras.

Everybody who is scored raises an alert, and each loop of a simulated camera begins with new people:
far more alerts than on any site. Read are the histograms of `/metrics`, which `posewarden up` sums
over all of its roles; quantiles are interpolated within their buckets. Simulated frames come with
poses: `wait` and `pose` are the site's own part alone, without decoding and networks.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from typing import Any

from export.bench.site.load_report import QUANTILES
from export.bench.site.readings import Reading, quantile_ms, read, since
from export.bench.site.service import READY_WITHIN_S, RunningService

SOURCE = "sim:?people=3&fps=15&seed={number}&loop=6"
EVERYBODY = -1000.0  # below any score
STAGES = (
    "wait", "pose", "track", "push",
    "queue", "score",
    "decide", "publish", "socket", "output",
)  # fmt: skip
WHOLE = "whole"
POLL_S = 0.2


def sources(cameras: int) -> list[dict[str, Any]]:
    """Return so many cameras as in site.yaml."""
    return [
        {
            "name": f"c{number}",
            "source": SOURCE.format(number=number),
            "threshold": EVERYBODY,
            "kinds": ["movement"],
        }
        for number in range(cameras)
    ]


def measure(cameras: int, seconds: float, settle_s: float) -> dict[str, Any]:
    """Start a site with so many cameras; return what its alerts and their stages took.

    Raises:
        TimeoutError: no alert came.
    """
    with RunningService(sources(cameras)) as service:
        _await_alert(service)
        time.sleep(settle_s)
        before = read(service)
        time.sleep(seconds)
        after = read(service)
    return {"cameras": cameras, "load": round(os.getloadavg()[0], 1), **stages(before, after)}


def _await_alert(service: RunningService) -> None:
    end_s = time.monotonic() + READY_WITHIN_S
    while not service.opened():
        if time.monotonic() > end_s:
            raise TimeoutError(f"no alert within {READY_WITHIN_S:g} s")
        time.sleep(POLL_S)


def stages(before: Reading, after: Reading) -> dict[str, Any]:
    """Return count and quantiles, in ms, of each stage and of the whole between two readings."""
    found = {stage: _figures(before, after, "stage_seconds", stage=stage) for stage in STAGES}
    whole = _figures(before, after, "capture_to_alert_seconds")
    return {"stages": {stage: row for stage, row in found.items() if row["n"]}, WHOLE: whole}


def _figures(before: Reading, after: Reading, name: str, **labels: str) -> dict[str, float]:
    taken = since(*(each.histogram(name, **labels) for each in (before, after)))
    counted = int(taken[-1, 1]) if len(taken) else 0
    return {"n": counted, **{f"p{100 * q:.0f}": quantile_ms(taken, q) for q in QUANTILES}}


def table(figures: dict[str, Any]) -> Iterator[str]:
    """Yield a table's lines: a stage each, then the whole."""
    yield f"{figures['cameras']} cameras; load {figures['load']} on {os.cpu_count()} processors"
    yield f"{'stage':<10}{'n':>8}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}"
    for stage, row in (*figures["stages"].items(), (WHOLE, figures[WHOLE])):
        yield f"{stage:<10}{row['n']:>8}{row['p50']:>10}{row['p95']:>10}{row['p99']:>10}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench stages`."""
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=120.0, help="of each measurement")
    parser.add_argument("--settle", type=float, default=10.0, help="seconds before it")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each")


def run(arguments: argparse.Namespace) -> None:
    """Measure each number of cameras and print its stages."""
    for cameras in arguments.cameras:
        figures = measure(cameras, arguments.seconds, arguments.settle)
        if arguments.json:
            print(json.dumps(figures), flush=True)
            continue
        print(*table(figures), sep="\n", end="\n\n", flush=True)

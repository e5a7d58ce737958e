"""`bench load`: more and more simulated cameras on a whole service, until it cannot keep up.

Measures for each number of cameras: frames and alerts processed, their delay, what was dropped and
why, and the cost of a camera frame in each process. All is read from outside: `/metrics`, `/proc`,
the INFO of Redis, and the clock of a client on the alert WebSocket.
"""

import argparse
import itertools
import json
import time
from typing import Any

from export.bench.site.load_report import Snapshot, breaking, report
from export.bench.site.load_scenario import SETTLE_S, Scenario
from export.bench.site.readings import read
from export.bench.site.service import READY_WITHIN_S, RunningService, memory_mb
from tracker.simulator.source import Simulation, simulate

SIMULATED_FRAMES = 600


def load(scenario: Scenario, *, settle_s: float = SETTLE_S) -> dict[str, Any]:
    """Start a service with the cameras, let it settle, and measure."""
    site = {"camera_processes": scenario.camera_processes}
    with RunningService(scenario.sources(), site=site) as service:
        _await_scores(service, scenario.cameras)
        time.sleep(settle_s)
        before, received = Snapshot.of(service), len(service.received)
        time.sleep(scenario.seconds)
        after = Snapshot.of(service)
        client_ms = [
            1000 * message.latency_s
            for message in service.received[received:]
            if message.event["type"] == "opened"
        ]
        memory = {role: round(memory_mb(processes)) for role, processes in service.roles().items()}
    simulated_ms = simulator_ms(scenario)
    figures = report(scenario, before, after, client_ms)
    return {**figures, "simulator_ms_per_frame": simulated_ms, "memory_mb": memory}


def _await_scores(service: RunningService, cameras: int) -> None:
    """Wait until every camera is looked at and the first windows are scored.

    Raises:
        TimeoutError: that takes too long.
    """
    end_s = time.monotonic() + READY_WITHIN_S
    while True:
        now = read(service)
        looked_at = sum(count > 0 for count in now.by("frames_total", "camera").values())
        if looked_at >= cameras and now.total("windows_scored_total") > 0:
            return
        if now.at_s > end_s:
            raise TimeoutError(f"after {READY_WITHIN_S:g} s {looked_at} of {cameras} cameras live")
        time.sleep(1.0)


def simulator_ms(scenario: Scenario) -> float:
    """Return the CPU time of simulating a frame, a cost of the camera process that no site has."""
    begun_s, frames = time.process_time(), SIMULATED_FRAMES
    simulate(Simulation(people=scenario.people, fps=scenario.fps), frames / scenario.fps)
    return round(1000 * (time.process_time() - begun_s) / frames, 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench load`."""
    parser.add_argument("--cameras", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--people", type=int, default=5, help="people in every camera's picture")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="length of each measurement, after settling"
    )
    parser.add_argument(
        "--camera-processes", type=int, nargs="+", default=[1], help="each number in turn"
    )
    parser.add_argument(
        "--json", action="store_true", help="print a line of JSON for each, then the verdict"
    )


def run(arguments: argparse.Namespace) -> None:
    """Measure each number of cameras and print the figures."""
    rows = []
    for cameras, processes in itertools.product(arguments.cameras, arguments.camera_processes):
        scenario = Scenario(
            cameras=cameras,
            camera_processes=processes,
            people=arguments.people,
            fps=arguments.fps,
            seconds=arguments.seconds,
        )
        rows.append(load(scenario))
        if arguments.json:
            print(json.dumps(rows[-1]), flush=True)
            continue
        for name, value in rows[-1].items():
            print(f"{name:<20}{value}", flush=True)
        print()
    print(json.dumps({"breaks": breaking(rows)}) if arguments.json else breaking(rows))

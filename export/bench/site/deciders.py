"""`bench deciders`: how many windows one, two and more processes decide in a second.

Simulated cameras and a worker fill a Redis with scores and cues. Then so many deciders share the
cameras of an empty Redis, and get all of it at once: what is measured is how fast they work it off,
and the processor time that a window costs them. No camera, worker or API runs meanwhile.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from export.bench.site.redis_nodes import HOST, RedisNode, RedisNodes, free_ports
from export.bench.site.role_process import RoleProcess
from export.bench.site.service import READY_WITHIN_S, cpu_s
from export.bench.site.waiting import await_state

SOURCE = "sim:?people={people}&fps=15&seed={number}"
POLL_S = 0.02
STILL_S = 10.0  # without a further decision: all are made
# What deciders read of cameras, and nothing that says who decides.
READ_BY_DECIDERS = ("scores", "cues", "view")
HELD, DECIDED = "cameras_held", "scores_decided_total"


@dataclass(frozen=True, slots=True)
class Site:
    """The cameras of the measurement, and a folder for their files."""

    folder: Path
    cameras: int
    people: int

    def file(self, redis_port: int) -> Path:
        """Write the site's file for a Redis; return it."""
        path = self.folder / f"site-{redis_port}.yaml"
        cameras = [
            {"name": f"c{number}", "source": SOURCE.format(people=self.people, number=number)}
            for number in range(self.cameras)
        ]
        settings = {
            "redis": {"url": f"redis://{HOST}:{redis_port}/0"},
            "data": str(self.folder / f"data-{redis_port}"),
            "canary": {"pictures": False},
        }
        path.write_text(yaml.safe_dump({**settings, "cameras": cameras}))
        return path


class OneRedis(RedisNodes):
    """One server without a file."""

    def _start(self) -> None:
        (port,) = free_ports(1)
        self.nodes = [RedisNode(self._folder, port, ("--save", ""))]
        self.nodes[0].start()
        await_state(self.nodes[0].answers, "Redis answers")


@contextmanager
def backlog(site: Site, seconds: float) -> Iterator[RedisNode]:
    """Fill a Redis with what deciders read, of so many seconds of all cameras."""
    with OneRedis() as servers:
        (node,) = servers.nodes
        path = site.file(node.port)
        with RoleProcess("camera", path) as camera, RoleProcess("worker", path) as worker:
            await_state(lambda: camera.metric(HELD) == site.cameras, "the cameras are watched")
            await_state(lambda: worker.metric("windows_scored_total") > 0, "windows are scored")
            time.sleep(seconds)
        yield node


def work_off(site: Site, full: RedisNode, deciders: int) -> dict[str, Any]:
    """Let so many processes decide all that one Redis holds; return their figures."""
    with ExitStack() as stack:
        (node,) = stack.enter_context(OneRedis()).nodes
        path = site.file(node.port)
        roles = [stack.enter_context(RoleProcess("decide", path)) for _ in range(deciders)]
        await_state(lambda: is_shared(roles, site.cameras), "the deciders share the cameras")
        processes = [role.process.pid for role in roles]
        keys = full.ask("--raw", "KEYS", "*:camera:*").splitlines()
        wanted = [key for key in keys if key.rpartition(":")[2] in READ_BY_DECIDERS]
        before = [role.metric(DECIDED) for role in roles]
        used_s, begun_s = cpu_s(processes), time.monotonic()
        full.ask("MIGRATE", HOST, node.port, "", 0, 60_000, "COPY", "REPLACE", "KEYS", *wanted)
        decided, took_s = until_still(roles, sum(before), begun_s)
        return {
            "deciders": deciders,
            "windows": round(decided),
            "windows_per_s": round(decided / took_s),
            "cpu_ms_per_window": round(1000 * (cpu_s(processes) - used_s) / max(decided, 1), 3),
            "load": round(os.getloadavg()[0], 1),
        }


def is_shared(roles: list[RoleProcess], cameras: int) -> bool:
    """Tell whether each process has its share of the cameras."""
    held = [role.metric(HELD) for role in roles]
    return sum(held) == cameras and max(held) <= -(-cameras // len(roles))


def until_still(
    roles: list[RoleProcess], before: float, begun_s: float, still_s: float = STILL_S
) -> tuple[float, float]:
    """Return how many windows were decided, and in how many seconds, once no more are.

    Args:
        before: how many were decided before.
        begun_s: when it began, by the monotonic clock.

    Raises:
        TimeoutError: more and more are.
    """
    decided, changed_s = 0.0, begun_s
    while decided == 0 or time.monotonic() - changed_s < still_s:
        now = sum(role.metric(DECIDED) for role in roles) - before
        if now > decided:
            decided, changed_s = now, time.monotonic()
        if time.monotonic() - begun_s > READY_WITHIN_S:
            raise TimeoutError(f"after {READY_WITHIN_S:g} s {decided:.0f} windows are decided")
        time.sleep(POLL_S)
    return decided, changed_s - begun_s


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench deciders`."""
    parser.add_argument("--deciders", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--people", type=int, default=5, help="before each camera")
    parser.add_argument("--seconds", type=float, default=60.0, help="that are worked off")
    parser.add_argument("--rounds", type=int, default=1, help="all numbers in turn, so often")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print a line for each number of deciders."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), arguments.cameras, arguments.people)
        with backlog(site, arguments.seconds) as full:
            for deciders in arguments.deciders * arguments.rounds:
                row = work_off(site, full, deciders)
                line = "  ".join(f"{name} {value}" for name, value in row.items())
                print(json.dumps(row) if arguments.json else line, flush=True)

"""`bench subscribers`: how soon an opened alert is with the last of very many clients.

Clients with different rights listen at the alert WebSocket while simulated cameras run, all on the
same cores. An alert counts as opened when Redis took it, by its event's id. The clients are one
process, whose processor time stands apart.
"""

import argparse
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.bench.site.load_report import Snapshot
from export.bench.site.load_scenario import Scenario
from export.bench.site.service import RunningService, cpu_s, memory_mb
from export.bench.site.subscriber_clients import Arrivals
from tracker.child_process import isolated

SETTLE_S = 12.0
LATEST_S = 5.0  # what has not come so long after the end never comes
SITE_KEY = "bench-subscribers-key"
CAMERAS_EACH = 4  # of a group that sees some of them: a guard's post
SEES_ALL = 8  # every so many groups one sees all cameras
CLIENTS = "export.bench.site.subscriber_clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clients of one key.

    Attributes:
        cameras: those that the key may see; None: all.
    """

    name: str
    cameras: tuple[str, ...] | None
    clients: int


def groups_of(cameras: Sequence[str], groups: int, clients: int) -> list[Group]:
    """Spread clients over groups with different rights, as evenly as it goes."""
    shares = [clients // groups + (number < clients % groups) for number in range(groups)]
    return [
        Group(name=f"g{number}", cameras=_seen(cameras, number), clients=share)
        for number, share in enumerate(shares)
        if share
    ]


def _seen(cameras: Sequence[str], number: int) -> tuple[str, ...] | None:
    if number % SEES_ALL == 0:
        return None
    first = number * CAMERAS_EACH
    return tuple({cameras[(first + step) % len(cameras)]: None for step in range(CAMERAS_EACH)})


def figures_of(
    groups: Sequence[Group], arrivals: Sequence[Arrivals], begin_at: float, end_at: float
) -> dict[str, Any]:
    """Return how late the last client of each opened alert was, and how many never got it.

    Args:
        begin_at, end_at: of which alerts, by their opening, UTC seconds.
    """
    opened = {
        name: camera
        for found in arrivals
        for name, camera in found.cameras.items()
        if begin_at <= _opened_at(name) < end_at
    }
    late_ms, missing, strange = [], 0, 0
    for name, camera in opened.items():
        last_at = max(found.last_at.get(name, 0.0) for found in arrivals)
        late_ms.append(1000 * (last_at - _opened_at(name)))
        for group, found in zip(groups, arrivals, strict=True):
            sees = group.cameras is None or camera in group.cameras
            missing += group.clients - found.numbers.get(name, 0) if sees else 0
            strange += 0 if sees else found.numbers.get(name, 0)
    p50, p95, worst = np.percentile(late_ms or [np.nan], (50, 95, 100)).round(1).tolist()
    return {
        "clients": sum(group.clients for group in groups),
        "groups": len(groups),
        "opened_alerts": len(opened),
        "messages": sum(found.messages for found in arrivals),
        "to_last_client_ms": {"p50": p50, "p95": p95, "max": worst},
        "not_delivered": missing,
        "delivered_without_right": strange,
    }


def _opened_at(name: str) -> float:
    """Return when Redis took an event, by its id."""
    return int(name.partition("-")[0]) / 1000


def measure(scenario: Scenario, groups: int, clients: int) -> dict[str, Any]:
    """Run cameras and clients together for the scenario's time; return the figures."""
    cameras = [str(each["name"]) for each in scenario.sources()]
    site = {"api_key": SITE_KEY}
    with RunningService(scenario.sources(), site=site) as service:
        time.sleep(SETTLE_S)
        alone_mb = memory_mb(service.roles()["api"])
        found = groups_of(cameras, groups, clients)
        keys = [_make_key(service.url, group) for group in found]
        with _listening(service.url, found, keys) as listeners:
            begin_at = time.time()
            before, listening_s = Snapshot.of(service), cpu_s([listeners.pid])
            time.sleep(scenario.seconds)
            after, listened_s = Snapshot.of(service), cpu_s([listeners.pid])
            memory = {role: round(memory_mb(each)) for role, each in service.roles().items()}
            clients_mb = memory_mb([listeners.pid])
            end_at = time.time()
            time.sleep(LATEST_S)
            arrivals = _arrivals(listeners)
    seconds = after.metrics.at_s - before.metrics.at_s
    frames = after.metrics.total("frames_total") - before.metrics.total("frames_total")
    used = {
        role: round((after.cpu_s[role] - before.cpu_s.get(role, 0.0)) / seconds, 2)
        for role in after.cpu_s
    }
    return {
        "cameras": scenario.cameras,
        **figures_of(found, arrivals, begin_at, end_at),
        "frames_per_s": round(frames / seconds, 1),
        "frames_asked_per_s": scenario.cameras * scenario.fps,
        "cores_used": used,
        "cores_used_by_clients": round((listened_s - listening_s) / seconds, 2),
        "memory_mb": memory,
        "api_mb_without_clients": round(alone_mb),
        "clients_mb": round(clients_mb),
    }


def _make_key(url: str, group: Group) -> str:
    body = {"name": group.name, "role": "viewer", "cameras": group.cameras}
    request = urllib.request.Request(  # noqa: S310 -- our own
        f"{url}/keys",
        json.dumps(body).encode(),
        {"X-API-Key": SITE_KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own
        return str(json.load(answer)["key"])


@contextmanager
def _listening(
    url: str, groups: Sequence[Group], keys: Sequence[str]
) -> Iterator["subprocess.Popen[str]"]:
    """Let all clients listen; end them in the end."""
    with subprocess.Popen(
        isolated(CLIENTS), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None  # noqa: S101 -- narrows the type
        assert process.stdout is not None  # noqa: S101 -- narrows the type
        wanted = [
            {"key": key, "clients": group.clients} for group, key in zip(groups, keys, strict=True)
        ]
        socket = url.replace("http", "ws", 1) + "/ws/alerts"
        process.stdin.write(json.dumps({"url": socket, "groups": wanted}) + "\n")
        process.stdin.flush()
        try:
            if process.stdout.readline().strip() != "connected":
                raise RuntimeError("the clients could not connect; see what they wrote above")
            yield process
        finally:
            process.kill()


def _arrivals(process: "subprocess.Popen[str]") -> list[Arrivals]:
    """End the clients; return what came to them."""
    assert process.stdin is not None  # noqa: S101 -- narrows the type
    assert process.stdout is not None  # noqa: S101 -- narrows the type
    process.stdin.close()
    return [Arrivals(**each) for each in json.loads(process.stdout.readline())]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench subscribers`."""
    parser.add_argument("--cameras", type=int, default=32)
    parser.add_argument("--people", type=int, default=5, help="people in every camera's picture")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--groups", type=int, default=16, help="keys with different rights")
    parser.add_argument("--seconds", type=float, default=120.0, help="after settling")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print the figures."""
    scenario = Scenario(
        cameras=arguments.cameras,
        people=arguments.people,
        fps=arguments.fps,
        seconds=arguments.seconds,
    )
    for name, value in measure(scenario, arguments.groups, arguments.clients).items():
        print(f"{name:<26}{value}", flush=True)

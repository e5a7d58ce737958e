"""`bench failover`: what a site loses when the master of its Redis is killed, and for how long.

One machine stands for several: each server of Redis is a process on a port of its own, and the
master that has the alerts is killed (kill -9) while simulated cameras run and people fall. What
counts as kept is what the service itself says: an alert whose change a client got two seconds
before the death, while no wait for a replica was late. They are looked for in the Redis that is
left, under the new master.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from export.bench.site.handover import LiveFeed, watching
from export.bench.site.readings import Reading, read
from export.bench.site.redis_cluster import RedisClusterNodes
from export.bench.site.redis_nodes import RedisNode
from export.bench.site.redis_sentinels import SentinelNodes
from export.bench.site.service import RunningService
from export.bench.site.waiting import await_state

SOURCE = "sim:?people=2&fps=10&seed={number}&events=fall@1&loop=6"
DETECTED_MS = 2000  # after which a silent master is replaced
SHARDS = 16
# Twice what the service waits for a replica, and more: what a client got before it is settled.
SETTLED_S = 2.0
ALERTS_BEFORE, ALERTS_AFTER = 40, 20
POLL_S = 0.1
BY_TIME = "posewarden:{alerts}:by-time"
ALERT = "posewarden:{alerts}:alert:"
LATE = {"result": "late"}

Nodes: TypeAlias = RedisClusterNodes | SentinelNodes


@dataclass(frozen=True, slots=True)
class Told:
    """One change of an alert as a client got it, at monotonic seconds."""

    at_s: float
    alert: str
    type: str
    version: int


@dataclass
class Listener:
    """A client of `/ws/alerts` that comes back after each end, where it had left off."""

    url: str
    told: list[Told] = field(default_factory=list)
    _ends: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Collect changes until the block ends."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ends.set()
            thread.join()

    def _run(self) -> None:
        last = ""
        while not self._ends.wait(POLL_S):
            address = self.url.replace("http", "ws", 1) + "/ws/alerts"
            with (
                suppress(WebSocketException, OSError),
                connect(address + (f"?last_id={last}" if last else "")) as client,
            ):
                last = self._collect(client, last)

    def _collect(self, client: Any, last: str) -> str:  # noqa: ANN401 -- a connection of websockets
        with suppress(WebSocketException, OSError):
            while not self._ends.is_set():
                with suppress(TimeoutError):
                    message = json.loads(client.recv(timeout=POLL_S))
                    last = message.get("id", last)
                    if (alert := message.get("alert")) is not None:
                        about = (alert["id"], message["type"], alert["version"])
                        self.told.append(Told(time.monotonic(), *about))
        return last


@dataclass(frozen=True, slots=True)
class Death:
    """When the master was killed, what clients knew, and what the metrics said just before.

    Attributes:
        killed_s: monotonic seconds.
        killed_at: UTC seconds.
        kept: alerts that were settled by then, with the newest version that a client got.
    """

    killed_s: float
    killed_at: float
    kept: dict[str, int]
    before: Reading


def kill_master(service: RunningService, listener: Listener, master: RedisNode) -> Death:
    """Kill the master; return what must have outlived it."""
    before = read(service)
    # A late one before the death is not said to be kept, and neither is what came last.
    settled_s = time.monotonic() - SETTLED_S
    kept: dict[str, int] = {}
    if before.total("replica_waits_total", **LATE) == 0:
        for each in [one for one in listener.told if one.at_s <= settled_s]:
            kept[each.alert] = max(each.version, kept.get(each.alert, 0))
    master.kill()
    return Death(time.monotonic(), time.time(), kept, before)


def measure(service: RunningService, nodes: Nodes, cameras: int) -> dict[str, Any]:
    """Kill the master that has the alerts; return the figures once all goes on."""
    listener = Listener(service.url)
    with listener.listening(), watching(service.url) as feed:
        await_state(lambda: feed.all_since(0.0, cameras), "every camera is live")
        await_state(lambda: _opened(listener, 0.0) >= ALERTS_BEFORE, "alerts are decided")
        death = kill_master(service, listener, _master(nodes))
        await_state(lambda: _opened(listener, death.killed_s) >= ALERTS_AFTER, "alerts again")
        await_state(lambda: feed.all_since(death.killed_at + 1.0, cameras), "every camera again")
        after = read(service)
        heir = _master(nodes)
        return figures(death, after, listener.told, _stored(heir), _pauses_s(feed, death))


def figures(
    death: Death,
    after: Reading,
    told: list[Told],
    stored: dict[str, int],
    pauses_s: list[float],
) -> dict[str, Any]:
    """Return one row.

    Args:
        stored: alerts of the new master, with their versions.
        pauses_s: of each camera, the longest time in which no frame of it reached Redis.
    """
    changes = Counter((each.alert, each.type, each.version) for each in told)
    opened_s = [each.at_s for each in told if each.type == "opened" and each.at_s > death.killed_s]

    def more(name: str, **labels: str) -> int:
        return round(after.total(name, **labels) - death.before.total(name, **labels))

    return {
        "alerts kept": len(death.kept),
        "of them lost": sum(stored.get(name, 0) < version for name, version in death.kept.items()),
        "told twice": sum(number > 1 for number in changes.values()),
        "late": more("replica_waits_total", **LATE),
        "samples dropped": more("samples_dropped_total"),
        "windows dropped": more("windows_dropped_total"),
        "pause p50 s": round(float(np.median(pauses_s)), 1),
        "pause longest s": round(max(pauses_s), 1),
        "next alert after s": round(min(opened_s) - death.killed_s, 1),
    }


def _master(nodes: Nodes) -> RedisNode:
    return nodes.master if isinstance(nodes, SentinelNodes) else nodes.master_of(BY_TIME)


def _stored(master: RedisNode) -> dict[str, int]:
    """Return the alerts that Redis has, with their versions."""
    names = master.ask("ZRANGE", BY_TIME, 0, -1).split()
    return {name: int(master.ask("HGET", ALERT + name, "version")) for name in names}


def _opened(listener: Listener, since_s: float) -> int:
    return sum(each.type == "opened" and each.at_s > since_s for each in list(listener.told))


def _pauses_s(feed: LiveFeed, death: Death) -> list[float]:
    """Return of each camera the longest time between two frames, one of them after the death."""
    return [
        max(after.at - before.at for before, after in pairwise(shown) if after.at > death.killed_at)
        for shown in list(feed.frames.values())
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench failover`."""
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--over", choices=("cluster", "sentinel"), default="cluster")
    parser.add_argument("--detected-ms", type=int, default=DETECTED_MS, help="of a silent master")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Kill a master under a running site, and print what that cost."""
    cameras = [
        {"name": f"c{number}", "source": SOURCE.format(number=number)}
        for number in range(arguments.cameras)
    ]
    detected = arguments.detected_ms
    nodes: Nodes = (
        RedisClusterNodes(node_timeout_ms=detected)
        if arguments.over == "cluster"
        else SentinelNodes(down_after_ms=detected)
    )
    with nodes:
        redis = {"url": nodes.url, "shards": SHARDS, "wait_replicas": 1}
        with RunningService(cameras, site={"redis": redis}) as service:
            row = {"redis": arguments.over, **measure(service, nodes, arguments.cameras)}
    text = "  ".join(f"{name} {value}" for name, value in row.items())
    print(json.dumps(row) if arguments.json else text, flush=True)

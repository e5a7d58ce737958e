"""`bench handover`: how long each camera is unwatched while camera processes come and go.

A roll-out starts a new process before it ends an old one. This starts a second `posewarden camera`
beside that of a running service, which gives it half of the cameras, and then tells the second one
to end, which hands them back. What is measured is what a client of `/ws/live` sees: the time
between the last frame that the old process captured and the first one of the new process.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from export.bench.site.role_process import RoleProcess
from export.bench.site.service import ANSWER_WITHIN_S, RunningService
from export.bench.site.waiting import await_state

SOURCE = "sim:?people=2&fps=15&seed={number}"
# The next session begins with a number below this, however few of its frames are shown.
SETTLED_SEQ = 30
HELD = "cameras_held"
JOINED, ENDED = "given to a process that joined", "left by a process that ended"


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame that the live feed showed: its number in its session, and when it was captured."""

    seq: int
    at: float


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """The frames of each camera, as they were shown; filled by a thread."""

    frames: dict[str, list[Seen]] = field(default_factory=dict)

    def add(self, camera: str, seen: Seen) -> None:
        """Add a frame unless it is the one that was shown before."""
        shown = self.frames.setdefault(camera, [])
        if not shown or shown[-1] != seen:
            shown.append(seen)

    def all_since(self, at: float, cameras: int) -> bool:
        """Tell whether so many cameras showed a frame captured after this time, not their first."""
        newest = [each[-1] for each in list(self.frames.values())]
        return sum(each.at > at and each.seq >= SETTLED_SEQ for each in newest) >= cameras

    def gaps_s(self, since: float) -> dict[str, float]:
        """Return the longest pause of each camera that changed hands, in seconds.

        A camera that another process takes begins a session: its frames are numbered from the
        start again.
        """
        gaps: dict[str, float] = {}
        for camera, shown in list(self.frames.items()):
            for before, after in pairwise(shown):
                if after.at > since and after.seq < before.seq:
                    gaps[camera] = max(after.at - before.at, gaps.get(camera, 0.0))
        return gaps


@contextmanager
def watching(url: str) -> Iterator[LiveFeed]:
    """Watch all cameras as the page does, ten times a second."""
    feed = LiveFeed()
    with connect(url.replace("http", "ws", 1) + "/ws/live", open_timeout=ANSWER_WITHIN_S) as client:
        thread = threading.Thread(target=_collect, args=(client, feed), daemon=True)
        thread.start()
        yield feed
    thread.join()


def _collect(client: Any, feed: LiveFeed) -> None:  # noqa: ANN401 -- a connection of websockets
    with suppress(ConnectionClosed):
        for message in client:
            for row in json.loads(message).get("cameras", ()):
                if row["at"] is not None:
                    feed.add(row["name"], Seen(row["seq"], row["at"]))


def second_process(service: RunningService) -> RoleProcess:
    """Start another camera process of a running service."""
    redis = {"POSEWARDEN_REDIS__URL": service.redis_url}
    return RoleProcess("camera", service.site_file, redis)


def measure(service: RunningService, cameras: int, rounds: int) -> dict[str, list[float]]:
    """Return the gaps of cameras that changed hands, in seconds, by how they did."""
    gaps: dict[str, list[float]] = {JOINED: [], ENDED: []}
    with watching(service.url) as feed:
        await_state(lambda: feed.all_since(0.0, cameras), "every camera is live")
        for _ in range(rounds):
            begun_at = time.time()
            with second_process(service) as second:
                await_state(
                    lambda: second.metric(HELD) >= cameras // 2, "the second process has its share"
                )
                _await_all(feed, cameras)
                gaps[JOINED] += feed.gaps_s(begun_at).values()
                told_at = time.time()
                second.end()
            _await_all(feed, cameras)
            gaps[ENDED] += feed.gaps_s(told_at).values()
    return gaps


def _await_all(feed: LiveFeed, cameras: int) -> None:
    """Wait until every camera shows frames from now on."""
    now = time.time()
    await_state(lambda: feed.all_since(now, cameras), "every camera is watched again")


def rows(gaps: dict[str, list[float]]) -> Iterator[dict[str, Any]]:
    """Yield the figures of each way of changing hands."""
    for how, taken in gaps.items():
        yield {
            "cameras": how,
            "n": len(taken),
            "p50_s": round(float(np.median(taken)), 2) if taken else None,
            "longest_s": round(max(taken), 2) if taken else None,
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench handover`."""
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5, help="of a process that joins and ends")
    parser.add_argument("--source", default=SOURCE, help="of each camera; {number} is replaced")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print a line for each way of changing hands."""
    cameras = [
        {"name": f"c{number}", "source": arguments.source.replace("{number}", str(number))}
        for number in range(arguments.cameras)
    ]
    with RunningService(cameras, site={"camera_processes": 1}) as service:
        for row in rows(measure(service, arguments.cameras, arguments.rounds)):
            line = "  ".join(f"{name} {value}" for name, value in row.items())
            print(json.dumps(row) if arguments.json else line, flush=True)

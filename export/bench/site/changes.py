"""`bench changes`: how soon a change of a camera is shown by the process that watches the camera.

It starts a service with simulated cameras and changes one more camera again and again: added,
streamed from elsewhere, given another threshold, paused, resumed and deleted. Each change is timed
from before its request until `/cameras` says that the camera runs by its version.
"""

import argparse
import json
import random
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from export.bench.site.service import RunningService
from export.bench.site.waiting import await_state

CAMERA = "changing"
POLL_S = 0.02
GIVE_UP_S = 60.0
ANSWER_S = 60.0
SOURCES = ("sim:?people=1&seed=5", "sim:?people=2&seed=6")


@dataclass(slots=True)
class Delays:
    """Seconds until each change was shown, by what was changed."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, took_s: float) -> None:
        """Add a change."""
        self.seconds.setdefault(what, []).append(took_s)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the figures of each kind of change, and of all."""
        every = [each for taken in self.seconds.values() for each in taken]
        for what, taken in (*self.seconds.items(), ("all", every)):
            yield {
                "change": what,
                "times": len(taken),
                "p50_s": round(float(np.median(taken)), 2),
                "p95_s": round(float(np.quantile(taken, 0.95)), 2),
                "longest_s": round(max(taken), 2),
            }


class Site:
    """Asks a service's API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- JSON as it came
        """Return the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)  # noqa: S310 -- our own service
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310 -- the same
            return json.loads(answer.read() or b"null")

    def row(self) -> dict[str, Any] | None:
        """Return what `/cameras` says of the camera that is changed."""
        return next((row for row in self.ask("GET", "/cameras") if row["name"] == CAMERA), None)


def measure(site: Site, rounds: int, rng: random.Random) -> Delays:
    """Change the camera so many times over; return how long each change took to be shown."""
    delays = Delays()
    for number in range(rounds):
        for what, request in _changes(number):
            time.sleep(rng.random())  # whatever the processes are just doing
            begun_s = time.monotonic()
            made = site.ask(*request)
            await_state(partial(_shows, site, made), what, within_s=GIVE_UP_S, every_s=POLL_S)
            delays.add(what, time.monotonic() - begun_s)
    return delays


def _changes(number: int) -> Iterator[tuple[str, tuple[str, str, object]]]:
    path = f"/cameras/{CAMERA}"
    yield "add", ("POST", "/cameras", {"name": CAMERA, "source": SOURCES[0]})
    yield "source", ("PATCH", path, {"source": SOURCES[1]})
    yield "threshold", ("PATCH", path, {"threshold": 5.0 + number})
    yield "pause", ("POST", f"{path}/pause", {})
    yield "resume", ("POST", f"{path}/resume", {})
    yield "delete", ("DELETE", path, {})


def _shows(site: Site, made: dict[str, Any] | None) -> bool:
    """Tell whether the camera runs by the version that a change made; deleted: is not there."""
    row = site.row()
    if made is None or row is None:
        return row is made
    return bool(row["version"] == made["version"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench changes`."""
    parser.add_argument("--url", help="a running service; without it one is started")
    parser.add_argument("--cameras", type=int, default=8, help="others that run beside it")
    parser.add_argument("--rounds", type=int, default=10, help="of six changes each")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print a line for each kind of change."""
    rng = random.Random(1)
    if arguments.url:
        _print(measure(Site(arguments.url), arguments.rounds, rng), as_json=arguments.json)
        return
    others = [
        {"name": f"other-{number}", "source": f"sim:?people=2&seed={number}"}
        for number in range(arguments.cameras)
    ]
    with RunningService(others) as service:
        site = Site(service.url)
        names = {each["name"] for each in others}
        await_state(lambda: names == {row["name"] for row in _live(site)}, "the site's own cameras")
        _print(measure(site, arguments.rounds, rng), as_json=arguments.json)


def _live(site: Site) -> list[dict[str, Any]]:
    return [row for row in site.ask("GET", "/cameras") if row["state"] == "live"]


def _print(delays: Delays, *, as_json: bool) -> None:
    for row in delays.rows():
        line = "  ".join(f"{name} {value}" for name, value in row.items())
        print(json.dumps(row) if as_json else line, flush=True)

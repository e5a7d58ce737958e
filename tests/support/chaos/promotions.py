"""`make promotions`: changes the model under load, and follows every window to its score.

It starts a service, registers a second model, and promotes it and goes back again and again. The
bench itself pushes the windows that so many cameras would: it asks how a promotion divides them,
not how fast poses are found. From Redis it reads each window that was pushed and each score that a
worker has written: a window without a score is lost, one with two is doubled, and one whose score
is not of the model of its capture time was scored by the wrong one. With `--kill` a worker, the
API or Redis is killed in the midst of each change.
"""

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from export.bench.site.service import RunningService
from inference.model_schedule import OWN, ModelSchedule
from service.adapters.redis.connection import connect
from service.adapters.redis.models import RedisModels
from service.config.settings import Settings
from service.operations.model_check import checked_card
from service.ports.models import RegisteredModel, sha256_of
from service.roles.connections import read_model_card
from support.chaos.followed_alerts import POLL_S, Followed, Follower
from support.chaos.pose_feeder import Feeder, Load
from support.perturbed_model import perturbed_model
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

SETTLE_S = 15.0
BETWEEN_S = 8.0
# A score is out this long after its window at most, even of one whose worker was killed.
SCORED_WITHIN_S = 20.0
GIVE_UP_S = 120.0
ROLES = ("worker", "api", "redis")


@dataclass(slots=True)
class Changed:
    """One change of the model.

    Attributes:
        killed: the role that was killed in its midst; empty: none.
        done: whether it happened; one whose API was killed may not have.
        seconds: it took.
        at: when it began, UTC seconds.
    """

    what: str
    killed: str
    done: bool
    seconds: float
    at: float


class Promoter:
    """Changes the model of a running service."""

    def __init__(self, service: RunningService, registry: RedisModels, rng: random.Random) -> None:
        self._service = service
        self._registry = registry
        self._rng = rng

    def change(self, what: str, path: str, killed: str) -> Changed:
        """Change the model; kill a role meanwhile, if one is named."""
        before, at = self.schedule().version, time.time()
        begun_s = time.monotonic()
        if killed:
            delay_s = self._rng.uniform(0.0, 1.0)
            threading.Timer(delay_s, kill, (self._service, killed)).start()
        with suppress(OSError, urllib.error.URLError):  # the API was killed: look what happened
            self._service.post(path, {"without_calibration": True} if "promote" in path else {})
        took_s = time.monotonic() - begun_s
        done = self.schedule().version > before and self.schedule().staged is None
        return Changed(what, killed, done, round(took_s, 2), at)

    def schedule(self) -> ModelSchedule:
        """Return which model scores, once Redis answers."""
        end_s = time.monotonic() + GIVE_UP_S
        while True:
            try:
                return self._registry.schedule()
            except StoreUnavailable:
                if time.monotonic() > end_s:
                    raise
                time.sleep(POLL_S)


def kill(service: RunningService, role: str) -> None:
    """Kill a process of this role; the supervisor starts it again."""
    processes = service.roles().get(role, [])
    if processes:
        with suppress(ProcessLookupError):
            os.kill(processes[0], signal.SIGKILL)


def measure(scenario: Load, changes: int, *, kills: bool, rng: random.Random) -> dict[str, Any]:
    """Change the model so often under the cameras' load; return what became of the windows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningService(scenario.sources(), folder=Path(folder)) as service,
    ):
        url = f"unix://{Path(folder) / 'data' / 'redis.sock'}"
        registry = RedisModels(connect(url), telemetry=InMemoryTelemetry())
        name = _register(registry)
        follower = Follower(url, scenario.names())
        follower.start()
        feeder = Feeder(url, scenario, registry.models()[name].card)
        feeder.start()
        time.sleep(SETTLE_S)
        promoter = Promoter(service, registry, rng)
        done = [_one(promoter, name, number, kills=kills) for number in range(changes)]
        feeder.ends.set()
        feeder.join()
        until = time.time()
        time.sleep(SCORED_WITHIN_S)
        follower.ends.set()
        follower.join()
        schedule = promoter.schedule()
        weights = {name: each.card.weights_hash for name, each in registry.models().items()}
        weights[OWN] = read_model_card(Settings()).weights_hash
        figures = windows_of(follower.found, schedule, weights, until)
        return {
            "cameras": scenario.cameras,
            "changes": len(done),
            "done": sum(each.done for each in done),
            "killed": dict(Counter(each.killed for each in done if each.killed)),
            **figures,
            **_alerts(service),
            **_gaps(follower.found, done, scenario),
            "in_force": schedule.live or "the site's own file",
        }


def _one(promoter: Promoter, name: str, number: int, *, kills: bool) -> Changed:
    killed = ROLES[number % len(ROLES)] if kills else ""
    if promoter.schedule().live == OWN:
        changed = promoter.change("promote", f"/models/{name}/promote", killed)
    else:
        changed = promoter.change("rollback", "/models/rollback", killed)
    time.sleep(BETWEEN_S)
    return changed


def _register(registry: RedisModels) -> str:
    file = perturbed_model()
    name = sha256_of(file)
    model = RegisteredModel(
        sha256=name,
        card=checked_card(file, name),
        file_bytes=len(file),
        at=registry.now(),
        author="bench",
    )
    registry.register(model, file)
    return name


def windows_of(
    found: Followed, schedule: ModelSchedule, weights: Mapping[str, str], until: float
) -> dict[str, Any]:
    """Return what became of the windows that were captured up to a time.

    Args:
        weights: hash of the weights of each model of the schedule.
    """
    due = [reference for reference, at in found.windows.items() if at <= until]
    scores = [each for reference in due for each in found.scores.get(reference, ())[:1]]
    wrong = [each for _, each in scores if each.model != weights[schedule.at(each.at)]]
    by_model = Counter(each.model for _, each in scores)
    return {
        "windows": len(due),
        "lost": sum(reference not in found.scores for reference in due),
        "doubled": sum(len(found.scores.get(reference, ())) > 1 for reference in due),
        "wrong_model": len(wrong),
        "share_of_other_model": round(1 - by_model[weights[OWN]] / max(len(scores), 1), 3),
    }


def _alerts(service: RunningService) -> dict[str, Any]:
    versions = Counter(
        (each.event["alert"]["id"], each.event["alert"]["version"])
        for each in service.received
        if each.event["type"] in ("opened", "updated", "closed")
    )
    opened = Counter(each.event["alert"]["id"] for each in service.opened())
    twice = sum(number > 1 for number in opened.values())
    return {
        "alerts": len(opened),
        "alerts_doubled": twice + sum(number > 1 for number in versions.values()),
    }


def _gaps(found: Followed, done: list[Changed], scenario: Load) -> dict[str, Any]:
    """Return the longest time in which no score was written, at changes and otherwise."""
    times = [at for at, _ in found.written()]
    gaps = list(_between(times))
    near = [gap for at, gap in gaps if any(0 <= at - each.at <= BETWEEN_S for each in done)]
    far = [gap for at, gap in gaps if all(not 0 <= at - each.at <= BETWEEN_S for each in done)]
    late_s = [written_at - score.at for written_at, score in found.written()]
    return {
        "longest_gap_at_changes_s": round(max(near, default=0.0), 2),
        "longest_gap_otherwise_s": round(max(far, default=0.0), 2),
        "latest_score_s": round(max(late_s, default=0.0), 2),
        "seconds_of_a_change": round(max((each.seconds for each in done), default=0.0), 2),
        "people": scenario.people,
    }


def _between(times: list[float]) -> Iterator[tuple[float, float]]:
    for before, after in pairwise(times):
        yield after, after - before


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--cameras", type=int, default=32, help="whose windows are pushed")
    parser.add_argument("--people", type=int, default=2, help="before each camera")
    parser.add_argument("--changes", type=int, default=6, help="promotions and rollbacks")
    parser.add_argument("--kill", action="store_true", help="kill a role in each change's midst")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    """Measure and print the figures."""
    scenario = Load(cameras=arguments.cameras, people=arguments.people)
    rng = random.Random(arguments.seed)
    figures = measure(scenario, arguments.changes, kills=arguments.kill, rng=rng)
    if arguments.json:
        print(json.dumps(figures))
    else:
        print(*(f"{name}: {value}" for name, value in figures.items()), sep="\n")
    wrong = [name for name in ("lost", "doubled", "wrong_model", "alerts_doubled") if figures[name]]
    if wrong:
        raise SystemExit(f"not 0: {', '.join(wrong)}")


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description=__doc__)
    _add_arguments(flags)
    _run(flags.parse_args())

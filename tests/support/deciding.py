"""A camera, a worker and a decider in threads over one client, while Redis fails and comes back."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import redis

from inference.types import AlertEvent, Position, Score
from service.adapters.redis.alert_stream import RedisAlertLog
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.keys import Shard, Shards
from service.adapters.redis.replicas import ReplicaWait
from service.adapters.redis.window_queue import RedisWindowQueue
from service.adapters.redis.window_store import RedisWindowStore
from service.ports.deciding import AlertChange
from support.archives import alert
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

NOW = 1_800_000_000.0
SHARDS = Shards(16)
PAUSE_S = 0.002
DECIDED_TOGETHER = 3  # alerts
PATIENT_S = 3.0  # a replica on a busy machine is no late one
HERE = Position(1.0, 2.0, 3.0, 4.0)


@dataclass
class Deciding:
    """What they have done.

    Attributes:
        written: ids of alerts whose write Redis answered, in the order of deciding.
        kept: those of them that a replica confirmed.
        scored: numbers of windows that were finished.
        refused: calls that Redis did not answer, by who called.
    """

    camera: str
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    scored: list[int] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    pushed: int = 0


@contextmanager
def deciding(client: redis.Redis, *, camera: str) -> Iterator[Deciding]:
    """Let a camera push, a worker score and alerts be decided, until the block ends."""
    site, stop = Deciding(camera), threading.Event()
    steps = {"push": _push(client, site), "score": _score(client, site)}
    steps["decide"] = _decide(client, site)
    threads = [
        threading.Thread(target=_run, args=(step, name, site, stop), name=name)
        for name, step in steps.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield site
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def stored_and_told(client: redis.Redis) -> tuple[set[str], list[tuple[str, int]]]:
    """Return the ids of all alerts of the history, and id and version of all events."""
    telemetry = InMemoryTelemetry()
    stored, _ = RedisAlerts(client, telemetry=telemetry).page(
        camera=None, since=None, cursor=None, limit=100_000
    )
    log, after = RedisAlertLog(client, telemetry=telemetry), "0-0"
    told: list[tuple[str, int]] = []
    while entries := log.read(after, 0.001):
        after = entries[-1][0]
        told += [
            (event.alert.id, event.alert.version)
            for _, event in entries
            if isinstance(event, AlertEvent)
        ]
    return {each.id for each in stored}, told


def _run(step: Callable[[], None], name: str, site: Deciding, stop: threading.Event) -> None:
    while not stop.wait(PAUSE_S):
        try:
            step()
        except StoreUnavailable:
            site.refused[name] += 1


def _push(client: redis.Redis, site: Deciding) -> Callable[[], None]:
    store = RedisWindowStore(client, frames=1, telemetry=InMemoryTelemetry(), shards=SHARDS)
    joints = np.ones((1, 17, 3), np.float32)

    def step() -> None:
        site.pushed += 1  # a refused one is dropped, as a camera drops it
        seq = site.pushed
        sample = Samples(PersonId(site.camera, "s", 1), seq, NOW, joints, False, True)
        store.push(FrameView(site.camera, "s", seq, NOW, 1, 1, ()), [sample])

    return step


def _score(client: redis.Redis, site: Deciding) -> Callable[[], None]:
    queue = RedisWindowQueue(
        client,
        worker="w",
        clock=lambda: NOW,
        telemetry=InMemoryTelemetry(),
        shard=Shard(SHARDS.shard_of(site.camera), SHARDS),
    )

    def step() -> None:
        claims = queue.take(64, 0.0)
        windows = [each.window for each in claims]
        scores = [
            Score(each.person, each.last_seq, NOW, 1.0, None, HERE, HERE, "hash", "")
            for each in windows
        ]
        queue.finish(claims, scores)
        site.scored += [each.last_seq for each in windows]

    return step


def _decide(client: redis.Redis, site: Deciding) -> Callable[[], None]:
    telemetry = InMemoryTelemetry()
    wait = ReplicaWait(1, telemetry=telemetry, patience_s=PATIENT_S)
    alerts = RedisAlerts(client, telemetry=telemetry, wait=wait)

    def late() -> float:
        return telemetry.value("replica_waits_total", write="alert", result="late")

    def step() -> None:
        before, begin = late(), len(site.written)
        names = [f"a{number}" for number in range(begin, begin + DECIDED_TOGETHER)]
        # Tried again under the same ids until they are answered, as the alert loop does.
        alerts.put_all(
            [AlertChange(AlertEvent(type="opened", alert=alert(name))) for name in names]
        )
        if late() == before:
            site.kept += names
        site.written += names

    return step

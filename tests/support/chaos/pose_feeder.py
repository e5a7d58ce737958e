"""Feeds a site with the poses of many cameras."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.card import ModelCard
from service.adapters.redis.connection import connect
from service.adapters.redis.window_store import RedisWindowStore
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Samples

PUSH_EVERY_S = 1 / 3
EVERYBODY = -1000.0  # below any score there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The cameras whose windows are pushed, each person's three a second."""

    cameras: int
    people: int

    def names(self) -> list[str]:
        """Return the cameras' names."""
        return [f"c{number}" for number in range(self.cameras)]

    def sources(self) -> list[dict[str, Any]]:
        """Return the cameras as in site.yaml; nobody answers there. Each fourth always alerts."""
        nobody = {"source": "rtsp://127.0.0.1:9/none"}
        every = {"threshold": EVERYBODY}
        return [
            {"name": name, **nobody, **({} if number % 4 else every)}
            for number, name in enumerate(self.names())
        ]


class Feeder(threading.Thread):
    """Pushes windows until it is ended; while Redis is away nothing is pushed, as by a camera."""

    def __init__(self, url: str, load: Load, card: ModelCard) -> None:
        super().__init__(daemon=True)
        self._load = load
        self._frames, self._step = card.frames, round(card.fps * PUSH_EVERY_S)
        self._store = RedisWindowStore(
            connect(url), frames=card.frames, telemetry=InMemoryTelemetry()
        )
        rng = np.random.default_rng(1)
        body = rng.uniform((300.0, 200.0), (340.0, 300.0), (1, 17, 2))
        # Some move little, some wildly: both sides of the threshold are crossed.
        self._moves = [
            np.concatenate(
                [
                    body + rng.normal(0.0, 1.0 + 3.0 * kind, (240, 17, 2)),
                    np.full((240, 17, 1), 0.9),
                ],
                axis=2,
            ).astype(np.float32)
            for kind in range(4)
        ]
        self.ends = threading.Event()

    def run(self) -> None:
        seq, restarts = 0, dict.fromkeys(self._load.names(), True)
        while not self.ends.wait(PUSH_EVERY_S):
            for name in self._load.names():
                try:
                    self._push(name, seq, restarts=restarts[name])
                    restarts[name] = False
                except StoreUnavailable:
                    restarts[name] = True
            seq += self._step

    def _push(self, camera: str, seq: int, *, restarts: bool) -> None:
        at, number = time.time(), self._frames if restarts else self._step
        samples = []
        for person in range(self._load.people):
            moves = self._moves[(seq // 240 + person) % len(self._moves)]
            joints = np.take(moves, range(seq, seq + number), axis=0, mode="wrap")
            who = PersonId(camera, "bench", person)
            samples.append(Samples(who, seq, at, joints, restarts, True))
        self._store.push(FrameView(camera, "bench", seq, at, 640, 480, ()), samples)

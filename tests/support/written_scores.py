"""Scores as workers would write them, of people who are not seen by any camera process."""

import itertools
from typing import Any

import numpy as np
import redis

from inference.types import Position, Score
from service.adapters.redis import codec_windows
from service.adapters.redis.keys import ONE_SHARD
from service.adapters.redis.window_store import RedisWindowStore
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import FrameView, PersonId, Pose, Track

CALM, WILD = 1.0, 5.0
THRESHOLD = 2.0
STEP_SEQS, STEP_S = 3, 0.3
EPISODE_S = 30.0
WILD_STEPS, CALM_STEPS = 5, 14


class WrittenEpisodes:
    """Writes one person's episode after the other before each camera; time is what it writes.

    Args:
        model: hash of the model that the scores are of.
        at: capture time of the first episode, UTC seconds.
    """

    def __init__(self, client: redis.Redis, cameras: list[str], model: str, at: float) -> None:
        self._client = client
        self._cameras = cameras
        self._model = model
        self._at = at
        self._store = RedisWindowStore(client, frames=24, telemetry=InMemoryTelemetry())
        self._frames = itertools.count()
        self._episode = 0
        self._step = 0

    def begin(self) -> None:
        """Let a new person move wildly before each camera."""
        self._episode, self._step = self._episode + 1, 0
        self._write(WILD, WILD_STEPS)

    def end(self) -> None:
        """Let them be calm, until their alerts are over."""
        self._write(CALM, CALM_STEPS)

    def stay(self) -> bool:
        """Let each camera show them once more; return False, for a look that goes on."""
        at = self._time() + 1e-4 * next(self._frames)
        for camera in self._cameras:
            self._see(camera, at)
        return False

    def _write(self, nll: float, steps: int) -> None:
        for _ in range(steps):
            at, seq = self._time(), STEP_SEQS * self._step
            place = Position(at, 100.0, 200.0, 80.0)
            for camera in self._cameras:
                score = Score(
                    self._person(camera), seq, at, nll, None, place, place, self._model, "1-1"
                )
                # Any: redis-py's type for fields admits no narrower dictionary.
                fields: dict[Any, Any] = {**codec_windows.score_fields([score])}
                self._client.xadd(ONE_SHARD.scores(camera), fields)
            self._step += 1
        self.stay()

    def _time(self) -> float:
        return self._at + EPISODE_S * self._episode + STEP_S * self._step

    def _person(self, camera: str) -> PersonId:
        return PersonId(camera, "s1", self._episode)

    def _see(self, camera: str, at: float) -> None:
        pose = Pose(np.zeros((17, 3), np.float32), np.zeros(4, np.float32))
        track = Track(self._person(camera), 0, at, pose)
        self._store.push(FrameView(camera, "s1", next(self._frames), at, 640, 480, (track,)), [])

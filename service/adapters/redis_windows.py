"""Windows on their way from cameras to workers, through Redis: the cameras' end."""

from collections.abc import Sequence

import redis

from service.adapters import keys, wire
from service.adapters.connect import Script, redis_errors
from tracker.ports import Telemetry, WindowStore
from tracker.types import FrameView, Samples

# 24 cameras × 4 people × 5 windows/s for longer than windows stay fresh; about 42 MB at T = 24.
WINDOWS_BOUND = 8192
RING_LIFE_S = 30.0  # far beyond any gap that is bridged
VIEW_LIFE_S = 5.0


class RedisWindowStore(WindowStore):
    """Appends each frame's samples to bounded rings and emits ready windows, in one script call.

    Args:
        frames: T, poses in a window.
        bound: windows kept on the stream; beyond it the oldest go, and unread ones are counted.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        frames: int,
        telemetry: Telemetry,
        bound: int = WINDOWS_BOUND,
        ring_life_s: float = RING_LIFE_S,
        view_life_s: float = VIEW_LIFE_S,
        shards: keys.Shards = keys.ONE_SHARD,
    ) -> None:
        self._shards = shards
        self._push = Script(client, "windows.lua")
        self._telemetry = telemetry
        ring_life_ms, view_life_ms = int(ring_life_s * 1000), int(view_life_s * 1000)
        self._limits = (frames, wire.POSE_BYTES, ring_life_ms, bound, view_life_ms)

    @redis_errors()
    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        rings = [self._shards.ring(sample.person) for sample in samples]
        ready, trimmed = self._push(
            [keys.windows(self._shards.of(view.camera)), self._shards.view(view.camera), *rings],
            [
                *self._limits,
                wire.encode_view(view),
                keys.WORKER_GROUP,
                *wire.encode_samples(samples),
            ],
        )
        if trimmed:
            self._telemetry.count("windows_dropped_total", trimmed, reason="trimmed")
        return int(ready)

"""The cameras' end of the windows stream in Redis: rings of samples, windows when ready."""

import time
from collections.abc import Callable, Sequence

import redis

from service.adapters.redis import codec, codec_cues, codec_windows, keys
from service.adapters.redis.connection import Script, redis_errors, with_own_connection
from service.ports.telemetry import NO_TRACES, SiteTelemetry, Traces
from tracker.ports import WindowStore
from tracker.types import FrameCues, FrameView, Samples

# 24 cameras × 4 people × 5 windows/s for longer than windows stay fresh; about 42 MB at T = 24.
WINDOWS_BOUND = 8192
# An alert's peak is explained within seconds; whoever decides may have been away for as long.
KEPT_S = 60.0
RING_LIFE_S = 30.0  # far longer than any gap that is interpolated
# About 10 s of a fast camera, some 150 KB: the alert rule reads several times a second.
CUES_BOUND = 256
VIEW_LIFE_S = 5.0
# Long enough for a successor of the process that archives; at 15 frames/s and two people 0.6 MB a
# camera, and none where nobody is seen.
POSES_LIFE_S = 60.0
IDLE_S = 5.0  # the server may have closed a connection that was idle for longer


class RedisWindowStore(WindowStore):
    """Appends each frame's samples to bounded rings and emits ready windows, in one script call.

    Args:
        frames: T, poses in a window.
        bound: windows kept on the stream; beyond it the oldest go, and unread ones are counted.
        traces: receives traces for a sample of frames.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        frames: int,
        telemetry: SiteTelemetry,
        bound: int = WINDOWS_BOUND,
        shards: keys.Shards = keys.ONE_SHARD,
        traces: Traces = NO_TRACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shards = shards
        self._traces = traces
        self._client = client
        self._push: Script | None = None
        self._clock = clock
        self._pushed_s = float("-inf")
        self._telemetry = telemetry
        ring_life_ms, view_life_ms = int(RING_LIFE_S * 1000), int(VIEW_LIFE_S * 1000)
        self._kept_ms = int(KEPT_S * 1000)
        self._limits = (frames, codec.POSE_BYTES, ring_life_ms, bound, view_life_ms)

    @redis_errors()
    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        rings = [self._shards.ring(sample.person) for sample in samples]
        windows = keys.windows(self._shards.shard_of(view.camera))
        push = self._connected()
        with self._traces.frame(view, samples) as trace:
            ready, trimmed = push(
                [
                    windows,
                    self._shards.view(view.camera),
                    self._shards.cues(view.camera),
                    self._shards.poses(view.camera),
                    *rings,
                ],
                [
                    *self._limits,
                    codec.encode_view(view),
                    keys.WORKER_GROUP,
                    *codec_windows.encode_samples(samples),
                    trace,
                    b"" if cues is None or not cues.people else codec_cues.encode_cues(cues),
                    CUES_BOUND,
                    int(POSES_LIFE_S * 1000) if view.tracks else 0,
                    self._kept_ms,
                ],
            )
        if trimmed:
            self._telemetry.count("windows_dropped_total", trimmed, reason="trimmed")
        return int(ready)

    def _connected(self) -> Script:
        # At every frame of every camera: without a connection of its own, a third of the call's
        # cost would be the pool's. Not before the first frame: Redis may be unavailable until then.
        now_s, before_s = self._clock(), self._pushed_s
        self._pushed_s = now_s
        if self._push is None or now_s - before_s > IDLE_S:
            # The pool checks its connections before use: the canary pushes only once a minute.
            self._push = Script(with_own_connection(self._client), "windows.lua")
        return self._push

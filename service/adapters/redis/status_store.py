"""Status of cameras and workers, newest views and fresh scores, in Redis."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import redis

from service.adapters.redis import codec, codec_windows, keys
from service.adapters.redis.connection import redis_errors
from service.ports.deciding import WindowArchive
from service.ports.status import SiteStatus
from service.ports.telemetry import SiteTelemetry
from service.types import WorkerStatus
from tracker.ports import StatusStore
from tracker.types import CameraStatus, FrameView, Window

CAMERA_SILENT_S = 10.0
WORKER_SILENT_S = 5.0
SCORES_FRESH_S = 5.0
SCORES_READ = 128  # entries
FORGET_S = 7 * 86_400.0  # a camera that left the configuration disappears after this time
GONE = "camera process gone"

_T = TypeVar("_T")
_Data = TypeVar("_Data")


class RedisStatusStore(StatusStore, SiteStatus, WindowArchive):
    """Statuses, views and fresh scores of the whole site.

    Args:
        clock: UTC seconds, to tell who has been silent for how long.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        clock: Callable[[], float],
        telemetry: SiteTelemetry,
        shards: keys.Shards = keys.ONE_SHARD,
    ) -> None:
        self._client = client
        self._shards = shards
        self._clock = clock
        self._telemetry = telemetry

    @redis_errors()
    def report(self, status: CameraStatus) -> None:
        self._write("camera", status.name, codec.encode_status(status, self._clock()))

    @redis_errors()
    def heartbeat(self, status: WorkerStatus) -> None:
        """Store a worker's heartbeat.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._write("worker", status.name, codec.encode(status))

    @redis_errors()
    def cameras(self) -> dict[str, CameraStatus]:
        recent = self._read_recent("camera", FORGET_S, codec.decode_status)
        silent_since = self._clock() - CAMERA_SILENT_S
        return {
            status.name: status if reported_at >= silent_since else as_lost(status)
            for status, reported_at in recent
        }

    @redis_errors()
    def workers(self) -> list[WorkerStatus]:
        oldest = self._clock() - WORKER_SILENT_S
        recent = self._read_recent(
            "worker", WORKER_SILENT_S, lambda data: codec.decode(data, WorkerStatus)
        )
        return [status for status in recent if status.beat_at >= oldest]

    @redis_errors()
    def views(self, cameras: Sequence[str]) -> dict[str, FrameView]:
        with self._client.pipeline(transaction=False) as pipeline:
            for camera in cameras:
                pipeline.get(self._shards.view(camera))
            stored = pipeline.execute()
        views = (
            (camera, self._decode(data, codec.decode_view))
            for camera, data in zip(cameras, stored, strict=True)
        )
        return {camera: view for camera, view in views if view is not None}

    @redis_errors()
    def latest_nll(self, camera: str) -> dict[str, float]:
        # Any: redis-py types the replies of all protocols at once, ours is the pinned one's.
        newest: Any = self._client.xrevrange(self._shards.scores(camera), count=SCORES_READ)
        oldest = self._clock() - SCORES_FRESH_S
        latest: dict[str, float] = {}
        for _, fields in newest:
            for score in reversed(self._decode(fields, codec_windows.read_score_fields) or []):
                if score.nll is not None and score.at >= oldest:
                    latest.setdefault(str(score.person), score.nll)
        return latest

    @redis_errors()
    def fetch_all(self, windows: Sequence[tuple[str, str]]) -> list[Window | None]:
        if not windows:
            return []
        with self._client.pipeline(transaction=False) as pipeline:
            for camera, reference in windows:
                stream = keys.windows(self._shards.shard_of(camera))
                pipeline.xrange(stream, reference, reference)
            found = pipeline.execute()
        return [
            self._window(camera, entries)
            for (camera, _), entries in zip(windows, found, strict=True)
        ]

    def _window(
        self, camera: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]
    ) -> Window | None:
        for _, fields in entries:
            window = self._decode(fields, codec_windows.decode_window)
            return window if window and window.person.camera == camera else None
        return None

    def _write(self, kind: str, name: str, entry: bytes) -> None:
        now = self._clock()
        names = keys.status_names(kind)
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.set(keys.status_entry(kind, name), entry, ex=int(FORGET_S))
            pipeline.zadd(names, {name: now})
            pipeline.zremrangebyscore(names, "-inf", now - FORGET_S)
            pipeline.execute()

    def _read_recent(self, kind: str, within_s: float, decode: Callable[[bytes], _T]) -> list[_T]:
        """Return the newest entry of everyone who wrote one within this time."""
        oldest = self._clock() - within_s
        names: Any = self._client.zrangebyscore(keys.status_names(kind), oldest, "+inf")
        if not names:
            return []
        entries: Any = self._client.mget([keys.status_entry(kind, name.decode()) for name in names])
        decoded = (self._decode(data, decode) for data in entries)
        return [entry for entry in decoded if entry is not None]

    def _decode(self, data: _Data | None, decode: Callable[[_Data], _T]) -> _T | None:
        try:
            return None if data is None else decode(data)
        except codec.Malformed:
            self._telemetry.count("entries_malformed_total", kind="board")
            return None


def as_lost(status: CameraStatus) -> CameraStatus:
    """Return the status of a camera whose process is silent; an ended one stays ended."""
    if status.state == "ended":
        return status
    return replace(
        status,
        state="lost",
        fps=0.0,
        source_fps=0.0,
        overloaded=False,
        too_few_frames=False,
        reason=GONE,
    )

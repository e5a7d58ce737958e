"""In-memory twins of the Redis adapters, for tests: the same ports, no server, no expiry.

All twins of one site share one `MemorySite`, as the Redis adapters share one server.
"""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from inference.ports import Claim, WindowQueue
from inference.types import Score
from service.adapters.memory.site import MemorySite, _Pending
from service.adapters.redis.poison_policy import MOST_DELIVERIES
from service.adapters.redis.poses import VIEWS_PER_READ
from service.adapters.redis.scores import SCORES_PER_READ
from service.adapters.redis.status_store import (
    CAMERA_SILENT_S,
    SCORES_FRESH_S,
    WORKER_SILENT_S,
    as_lost,
)
from service.adapters.redis.window_queue import (
    MAX_AGE_S,
    TAKE_OVER_IDLE_S,
)
from service.adapters.redis.window_store import WINDOWS_BOUND
from service.entry_ids import entry_order
from service.ports.archive import PoseFeed
from service.ports.deciding import CueFeed, EpisodeEntry, EpisodeStore, ScoreFeed, WindowArchive
from service.ports.status import SiteStatus
from service.ports.telemetry import SiteTelemetry
from service.types import WorkerStatus
from tracker.ports import StatusStore, WindowStore
from tracker.types import CameraStatus, FrameCues, FrameView, Samples, Window


class MemoryWindowStore(WindowStore):
    """Twin of RedisWindowStore."""

    def __init__(
        self,
        site: MemorySite,
        *,
        frames: int,
        telemetry: SiteTelemetry,
        bound: int = WINDOWS_BOUND,
    ) -> None:
        self._site = site
        self._frames = frames
        self._telemetry = telemetry
        self._bound = bound

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        self._site.views[view.camera] = view
        if view.tracks:
            self._site.poses[view.camera].append((self._site.next_id(), view))
        if cues is not None and cues.people:
            self._site.cues[view.camera].append((self._site.next_id(), cues))
        ready = sum(self._append(sample) for sample in samples)
        while len(self._site.windows) > self._bound:
            self._trim(next(iter(self._site.windows)))
        return ready

    def _append(self, sample: Samples) -> bool:
        ring = self._site.rings.setdefault(sample.person, deque(maxlen=self._frames))
        if sample.restarts:
            ring.clear()
        ring.extend(sample.joints)
        if not sample.due or len(ring) < self._frames:
            return False
        reference = self._site.next_id()
        window = Window(sample.person, sample.seq, sample.at, np.stack(ring))
        self._site.windows[reference] = window
        self._site.unread.append(reference)
        return True

    def _trim(self, reference: str) -> None:
        del self._site.windows[reference]
        if reference in self._site.unread:
            self._site.unread.remove(reference)
            self._telemetry.count("windows_dropped_total", reason="trimmed")


class MemoryWindowQueue(WindowQueue):
    """Twin of RedisWindowQueue; it never waits."""

    def __init__(
        self,
        site: MemorySite,
        *,
        worker: str,
        clock: Callable[[], float],
        telemetry: SiteTelemetry,
        max_age_s: float = MAX_AGE_S,
        take_over_idle_s: float = TAKE_OVER_IDLE_S,
    ) -> None:
        self._site = site
        self._worker = worker
        self._clock = clock
        self._telemetry = telemetry
        self._max_age_s = max_age_s
        self._idle_s = take_over_idle_s

    def take(self, limit: int, wait_s: float) -> list[Claim]:  # noqa: ARG002 -- the port's
        now = self._clock()
        references = self._take_over(limit, now)
        while len(references) < limit and self._site.unread:
            references.append(self._site.unread.popleft())
        claims: list[Claim] = []
        for reference in references:
            window = self._site.windows[reference]
            if window.at < now - self._max_age_s:
                self._site.pending.pop(reference, None)
                self._telemetry.count("windows_dropped_total", reason="stale")
                continue
            before = self._site.pending.get(reference)
            pending = _Pending(self._worker, now, 1 if before is None else before.deliveries + 1)
            self._site.pending[reference] = pending
            claim = Claim(reference, window)
            if pending.deliveries > MOST_DELIVERIES:
                self.dead_letter([claim], "deliveries")
            else:
                claims.append(claim)
        return claims

    def finish(self, claims: Sequence[Claim], scores: Sequence[Score]) -> None:
        for score in scores:
            self._site.scores[score.person.camera].append((self._site.next_id(), score))
        for claim in claims:
            self._site.pending.pop(claim.reference, None)

    def dead_letter(self, claims: Sequence[Claim], reason: str) -> None:
        for claim in claims:
            self._site.pending.pop(claim.reference, None)
            self._site.dead.append((claim.reference, reason))
            self._telemetry.count("windows_dead_total", reason=reason)

    def _take_over(self, limit: int, now: float) -> list[str]:
        idle = [
            reference
            for reference, claim in self._site.pending.items()
            if now - claim.since >= self._idle_s
        ]
        lost = [reference for reference in idle if reference not in self._site.windows]
        for reference in lost:
            del self._site.pending[reference]
            self._telemetry.count("windows_dropped_total", reason="trimmed")
        taken = [reference for reference in idle if reference not in lost][:limit]
        if taken:
            self._telemetry.count("claims_taken_over_total", len(taken))
        return taken


class MemoryScoreFeed(ScoreFeed):
    """Twin of RedisScoreFeed; it never waits."""

    def __init__(self, site: MemorySite) -> None:
        self._site = site

    def read(
        self,
        after: dict[str, str],
        wait_s: float,  # noqa: ARG002 -- the port's
    ) -> dict[str, list[tuple[str, Score]]]:
        found = {
            camera: [
                entry
                for entry in self._site.scores.get(camera, ())
                if entry_order(entry[0]) > entry_order(start)
            ][:SCORES_PER_READ]
            for camera, start in after.items()
        }
        return {camera: scores for camera, scores in found.items() if scores}


class MemoryPoseFeed(PoseFeed):
    """Twin of RedisPoseFeed."""

    def __init__(self, site: MemorySite) -> None:
        self._site = site

    def read(self, camera: str, after: str) -> list[tuple[str, FrameView]]:
        views = self._site.poses[camera]
        return [each for each in views if entry_order(each[0]) > entry_order(after)][
            :VIEWS_PER_READ
        ]

    def oldest(self, camera: str) -> str | None:
        views = self._site.poses[camera]
        return views[0][0] if views else None


class MemoryCueFeed(CueFeed):
    """Twin of RedisCueFeed."""

    def __init__(self, site: MemorySite) -> None:
        self._site = site

    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, FrameCues]]]:
        found = {
            camera: [
                entry
                for entry in self._site.cues.get(camera, ())
                if entry_order(entry[0]) > entry_order(start)
            ]
            for camera, start in after.items()
        }
        return {camera: cues for camera, cues in found.items() if cues}


class MemoryEpisodeStore(EpisodeStore):
    """Twin of RedisEpisodeStore."""

    def __init__(self, site: MemorySite) -> None:
        self._site = site

    def load(self, camera: str) -> bytes | None:
        return self._site.episodes.get(camera)

    def save_all(self, entries: Sequence[EpisodeEntry]) -> list[bool]:
        return [self._save(each) for each in entries]

    def _save(self, entry: EpisodeEntry) -> bool:
        _, newest, _ = self._site.terms.get(entry.camera, ("", 0, 0.0))
        if newest != entry.term:
            return False
        self._site.episodes[entry.camera] = entry.state
        return True


class MemoryStatusStore(StatusStore, SiteStatus, WindowArchive):
    """Twin of RedisStatusStore."""

    def __init__(self, site: MemorySite, *, clock: Callable[[], float]) -> None:
        self._site = site
        self._clock = clock

    def report(self, status: CameraStatus) -> None:
        self._site.statuses[status.name] = (status, self._clock())

    def heartbeat(self, status: WorkerStatus) -> None:
        """Store a worker's heartbeat."""
        self._site.workers[status.name] = status

    def cameras(self) -> dict[str, CameraStatus]:
        silent_since = self._clock() - CAMERA_SILENT_S
        return {
            name: status if reported_at >= silent_since else as_lost(status)
            for name, (status, reported_at) in self._site.statuses.items()
        }

    def views(self, cameras: Sequence[str]) -> dict[str, FrameView]:
        views = self._site.views
        return {camera: views[camera] for camera in cameras if camera in views}

    def latest_nll(self, camera: str) -> dict[str, float]:
        oldest = self._clock() - SCORES_FRESH_S
        return {
            str(score.person): score.nll
            for _, score in self._site.scores.get(camera, ())
            if score.nll is not None and score.at >= oldest
        }

    def workers(self) -> list[WorkerStatus]:
        oldest = self._clock() - WORKER_SILENT_S
        return [status for status in self._site.workers.values() if status.beat_at >= oldest]

    def fetch_all(self, windows: Sequence[tuple[str, str]]) -> list[Window | None]:
        found = [(camera, self._site.windows.get(reference)) for camera, reference in windows]
        return [each if each and each.person.camera == camera else None for camera, each in found]

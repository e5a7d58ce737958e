"""Records stretches of people's windows: by chance, as near misses, and those of alerts."""

import logging
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from inference.stretches.collector import JudgedScore, OpenStretch, StretchCollector
from inference.stretches.stretch import DAY_S, HIGHEST_PRIORITY, HOUR_S, Stretch, StretchWindow
from service.archive.stretch_dependencies import StretchRecorderDependencies
from service.archive.stretch_queue import (
    Seen,
    SeenAlert,
    SeenFrame,
    SeenHeld,
    SeenScore,
)
from service.ports.stretches import Bars, HourCount, KeptStretch, StretchBounds
from tracker.errors import ArchiveUnavailable, StoreUnavailable
from tracker.types import Window

log = logging.getLogger(__name__)

STEP_S = 0.25
COUNT_EVERY_S = 30.0
TIDY_EVERY_S = 60.0
REMOVED_PER_STEP = 100
# Nothing came of a camera for so long: another process decides about it, or nobody.
GONE_S = 60.0
LONGEST_STEP_S = 5.0
# While the database is away; a hundred seconds of alerts on a large site.
PENDING_BOUND = 200
# A database that is away is asked for bars this often.
AWAY_S = 5.0
# Of an hour that began meanwhile.
WHILE_AWAY = Bars(priority=HIGHEST_PRIORITY // 20, closeness=0.5, of_alerts=0)
# Windows of all stretches that are not over: 40 MB.
FETCHED_BOUND = 8_000


@dataclass(slots=True)
class _Camera:
    """What is known of one camera.

    Attributes:
        bars: what a stretch of an hour and day must pass; known: those that are as they were read.
        heard_at: when something came, monotonic seconds.
        frame_at: capture time of the newest frame.
        windows: by stretch and reference, those fetched; None: it was gone.
    """

    collector: StretchCollector
    heard_at: float
    bars: dict[tuple[int, int], Bars] = field(default_factory=dict)
    known: set[tuple[int, int]] = field(default_factory=set)
    frame_at: float | None = None
    width_px: int = 0
    height_px: int = 0
    windows: dict[str, dict[str, Window | None]] = field(default_factory=dict)


class StretchRecorder:
    """Takes what alert rules saw, and writes the stretches that are to be kept."""

    def __init__(self, dependencies: StretchRecorderDependencies) -> None:
        self._dependencies = dependencies
        self._options = dependencies.options
        self._telemetry = dependencies.telemetry
        self._cameras: dict[str, _Camera] = {}
        self._pending: deque[KeptStretch] = deque()
        self._counts: defaultdict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0])
        self._count_at = self._tidy_at = self._away_until = float("-inf")

    def step(self) -> float:
        """Take what came, keep what is over; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis, or the archive's database, did not answer; what is due waits.
        """
        now = self._dependencies.clock()
        self._take(now)
        for name, camera in self._cameras.items():
            self._fetch(name, camera)
        self._finish(now)
        self._write()
        self._write_counts(now)
        self._tidy(now)
        return STEP_S

    def close(self) -> None:
        """Write what is there as the process ends; what was not over is lost."""
        with suppress(StoreUnavailable):
            self._write()
            self._count_at = float("-inf")
            self._write_counts(self._dependencies.clock())

    def _take(self, now: float) -> None:
        for name, seen in self._dependencies.queue.take():
            if (camera := self._cameras.get(name)) is None:
                collector = StretchCollector(self._options.seed)
                camera = self._cameras[name] = _Camera(collector, now)
            camera.heard_at = now
            self._add(name, camera, seen)
        skipped = sum(camera.collector.take_skipped() for camera in self._cameras.values())
        if skipped:
            self._telemetry.count("stretches_dropped_total", skipped, reason="queue")

    def _add(self, name: str, camera: _Camera, seen: Seen) -> None:
        match seen:
            case SeenScore(score, value):
                camera.collector.judged(score, value)
            case SeenHeld(held, rarity):
                camera.collector.held(held, rarity)
            case SeenAlert(alert):
                camera.collector.alerted(alert.person, alert.id, alert.updated_at)
            case SeenFrame(at, width_px, height_px):
                camera.collector.seen(at)
                camera.width_px, camera.height_px = width_px, height_px
                step_s = 0.0 if camera.frame_at is None else at - camera.frame_at
                camera.frame_at = at
                if 0 < step_s <= LONGEST_STEP_S:
                    self._counts[name, int(at // HOUR_S)][1] += step_s

    def _fetch(self, name: str, camera: _Camera) -> None:
        """Fetch the windows of stretches that will be kept as things stand."""
        room = FETCHED_BOUND - sum(
            len(found) for each in self._cameras.values() for found in each.windows.values()
        )
        for stretch in camera.collector.open():
            if not self._is_wanted(name, camera, stretch):
                continue
            found = camera.windows.setdefault(stretch.id, {})
            for each in stretch.scores:
                reference = each.score.window
                if reference in found:
                    continue
                room -= 1
                fetch = self._dependencies.windows.fetch if room >= 0 else _nothing
                found[reference] = fetch(name, reference)
                if found[reference] is None:
                    self._telemetry.count("stretches_dropped_total", reason="windows")

    def _is_wanted(self, name: str, camera: _Camera, stretch: OpenStretch) -> bool:
        return bool(stretch.scores) and any(self._reasons(name, camera, stretch).values())

    def _reasons(self, name: str, camera: _Camera, stretch: OpenStretch) -> dict[str, bool]:
        """Return for which reasons a stretch is kept as things stand."""
        bars = self._bars(name, camera, stretch)
        return {
            "sample": stretch.priority < bars.priority,
            "near": stretch.may_be_near_miss and stretch.closeness > bars.closeness,
            "alert": stretch.alert is not None and bars.of_alerts < self._bounds.of_alerts,
        }

    def _bars(self, name: str, camera: _Camera, stretch: OpenStretch) -> Bars:
        of = int(stretch.begin_at // HOUR_S), int(stretch.begin_at // DAY_S)
        if of in camera.known or self._dependencies.clock() < self._away_until:
            return camera.bars.get(of, WHILE_AWAY)
        try:
            bars = self._dependencies.archive.bars(name, *of, self._bounds)
        except ArchiveUnavailable:
            # Bars only rise: what passes them once they are known passes older ones, too.
            self._away_until = self._dependencies.clock() + AWAY_S
            return camera.bars.get(of, WHILE_AWAY)
        # By when they were read, not by their hours: a clock may be set back by several.
        camera.bars.pop(of, None)
        camera.bars[of] = bars
        for old in list(camera.bars)[:-2]:
            del camera.bars[old]
        camera.known = {*camera.known, of} & camera.bars.keys()
        return bars

    @property
    def _bounds(self) -> StretchBounds:
        return self._options.bounds

    def _finish(self, now: float) -> None:
        """Take the stretches that are over, and let those wait for the archive that are kept."""
        for name, camera in list(self._cameras.items()):
            gone = now - camera.heard_at > GONE_S
            for stretch in camera.collector.over(everything=gone):
                self._end(name, camera, stretch)
            if gone:
                del self._cameras[name]

    def _end(self, name: str, camera: _Camera, stretch: OpenStretch) -> None:
        windows = camera.windows.pop(stretch.id, {})
        if len(stretch.scores) <= stretch.leads:
            return
        self._telemetry.count("stretches_seen_total")
        self._counts[name, int(stretch.begin_at // HOUR_S)][0] += 1
        reasons = self._reasons(name, camera, stretch)
        if not any(reasons.values()):
            return
        made = self._made(name, camera, stretch, windows)
        if made is None:
            return
        for reason, holds in reasons.items():
            if holds:
                self._telemetry.count("stretches_kept_total", reason=reason)
        kept = KeptStretch(stretch=made, sampled=reasons["sample"], near=reasons["near"])
        self._pending.append(kept)
        if len(self._pending) > PENDING_BOUND:
            self._pending.popleft()
            self._telemetry.count("stretches_dropped_total", reason="archive")

    def _made(
        self, name: str, camera: _Camera, stretch: OpenStretch, windows: dict[str, Window | None]
    ) -> Stretch | None:
        """Return a stretch with the windows that there were; None without any."""
        found = [(each, windows.get(each.score.window)) for each in stretch.scores]
        there = [(each, window) for each, window in found if window is not None]
        if not there:
            return None
        frames = len(there[-1][1].joints)
        # A window of another model may have another length.
        alike = [(each, window) for each, window in there if len(window.joints) == frames]
        return Stretch(
            id=stretch.id,
            camera=name,
            person=str(stretch.person),
            begin_at=stretch.begin_at,
            until=stretch.until,
            frames=frames,
            fps=self._dependencies.fps,
            model=stretch.scores[-1].score.model,
            held=stretch.nearest_first(),
            windows=tuple(_windows(alike)),
            complete=len(alike) == len(stretch.scores),
            priority=stretch.priority,
            alert=stretch.alert,
            width_px=camera.width_px,
            height_px=camera.height_px,
        )

    def _write(self) -> None:
        if self._pending:
            self._dependencies.archive.put(list(self._pending), self._bounds)
            self._pending.clear()
            for camera in self._cameras.values():
                camera.known.clear()

    def _write_counts(self, now: float) -> None:
        if now - self._count_at < COUNT_EVERY_S or not self._counts:
            return
        counts = [
            HourCount(camera=name, hour=hour, stretches=int(number), watched_s=watched_s)
            for (name, hour), (number, watched_s) in self._counts.items()
        ]
        self._dependencies.archive.count(counts)
        self._counts.clear()
        self._count_at = now

    def _tidy(self, now: float) -> None:
        """Remove what is too old, and say how much there is."""
        if now - self._tidy_at < TIDY_EVERY_S:
            return
        archive, today = self._dependencies.archive, self._dependencies.wall_clock()
        labelled_days = self._options.labelled_days
        labelled_before = float("-inf") if labelled_days is None else today - labelled_days * DAY_S
        before = today - self._options.days * DAY_S
        removed = archive.remove_old(before, labelled_before, REMOVED_PER_STEP)
        size = sum(size for _, size in archive.held().values())
        self._telemetry.gauge("stretches_bytes", float(size))
        if removed < REMOVED_PER_STEP:
            self._tidy_at = now


def _nothing(_camera: str, _reference: str) -> None:
    """Stand for a window that there is no room for."""


def _windows(found: list[tuple[JudgedScore, Window]]) -> Iterator[StretchWindow]:
    for each, window in found:
        score = each.score
        if score.nll is not None:
            joints = np.ascontiguousarray(window.joints, "<f4").tobytes()
            yield StretchWindow(score.at, score.nll, each.value, joints)

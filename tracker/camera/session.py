"""The stages of a camera's frames, from poses to the windows' store."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tracker.camera.dependencies import CameraDependencies
from tracker.camera.health import CameraHealth
from tracker.cues.commotion import Commotion
from tracker.cues.frame import CueHistory
from tracker.errors import StoreUnavailable
from tracker.ports import (
    PersonTracker,
)
from tracker.resampling import Resampler
from tracker.types import Frame, FrameCues, FrameView, Pose, Samples
from tracker.visits.people_log import PeopleLog
from tracker.visits.people_time import PeopleFrame
from tracker.zones.gate import Watched, ZoneGate
from tracker.zones.sightings import SightingSampler


@dataclass(slots=True)
class _Stopwatch:
    """How long one stage took, once it is over."""

    elapsed_s: float = 0.0


class Session:
    """The stages of one opened source; every session gets a new tracker and new time grids."""

    def __init__(
        self,
        camera: str,
        dependencies: CameraDependencies,
        health: CameraHealth,
        people: PeopleLog,
    ) -> None:
        self._camera = camera
        self._people = people
        self._dependencies = dependencies
        self._health = health
        self._name = ""
        self._tracker: PersonTracker | None = None
        self._resampler = Resampler(dependencies.windows)
        self._cues, self._commotion = CueHistory(), Commotion()
        self._gate = ZoneGate(camera, dependencies.telemetry)
        self._sightings = SightingSampler(dependencies.sightings, dependencies.telemetry)
        self._reached_at = 0.0

    def estimate(self, frame: Frame) -> list[Pose]:
        """Find the people in a frame: the costly part, for which cameras take turns."""
        tracker = self._tracker_of(frame)
        self._dependencies.telemetry.count("frames_total", camera=self._camera)
        self._reached_at = frame.at
        self._reach("wait")
        with self._stage("pose") as pose:
            poses = self._dependencies.estimator.estimate(frame, tracker.expected(frame.at))
        self._health.frame_processed(self._dependencies.clock(), worked_s=pose.elapsed_s)
        return poses

    def track(self, frame: Frame, poses: Sequence[Pose]) -> None:
        """Assign a frame's poses to people and store what it adds to their windows."""
        with self._stage("track"):
            view, cues = self._seen(frame, poses)
            watched = self._gate.watched(view, cues, self._dependencies.zones())
            ignored, small = watched.ignored, watched.too_small
            tracks = watched.view.tracks
            samples = self._resampler.advance(frame.seq, frame.at, tracks)
            self._people.add(PeopleFrame(view, cues.people, ignored, small, samples))
        with self._stage("push"):
            self._push(watched, samples)
        telemetry = self._dependencies.telemetry
        delay_s = max(self._dependencies.clock() - frame.at, 0.0)
        telemetry.observe("capture_to_push_seconds", delay_s, camera=self._camera)
        telemetry.gauge("camera_people", len(tracks), camera=self._camera)
        left_out = len(ignored) + len(small)
        telemetry.gauge("camera_people_not_watched", left_out, camera=self._camera)
        self._health.people_left_out(ignored=len(ignored), too_small=len(small))

    def _seen(self, frame: Frame, poses: Sequence[Pose]) -> tuple[FrameView, FrameCues]:
        """Return who is in a frame, and what their bodies and those beside them show."""
        tracks = self._tracker_of(frame).update(frame, poses)
        stirs = self._commotion.look(frame, tracks, poses)
        place = (frame.session, frame.seq, frame.at, frame.width_px, frame.height_px)
        view = FrameView(self._camera, *place, tuple(tracks))
        self._sightings.add(view)
        return view, self._cues.add(view, stirs)

    @contextmanager
    def _stage(self, name: str) -> Iterator[_Stopwatch]:
        """Measure a stage that succeeds."""
        stopwatch, started_s = _Stopwatch(), time.perf_counter()
        yield stopwatch
        stopwatch.elapsed_s = time.perf_counter() - started_s
        elapsed_s = stopwatch.elapsed_s
        self._dependencies.telemetry.observe("stage_duration_seconds", elapsed_s, stage=name)
        self._reach(name)

    def _reach(self, stage: str) -> None:
        """End a stage of the frame's way; the next one begins with it, so that no time is lost."""
        now = self._dependencies.clock()
        stage_s = max(now - self._reached_at, 0.0)
        self._dependencies.telemetry.observe("stage_seconds", stage_s, stage=stage)
        self._reached_at = now

    def _tracker_of(self, frame: Frame) -> PersonTracker:
        """Return the tracker of the frame's session; a new session gets a new one."""
        if self._tracker is None or frame.session != self._name:
            self._name = frame.session
            self._tracker = self._dependencies.make_tracker(frame.session)
            self._resampler = Resampler(self._dependencies.windows)
            self._cues, self._commotion = CueHistory(), Commotion()
            self._gate = ZoneGate(self._camera, self._dependencies.telemetry)
        return self._tracker

    def _push(self, watched: Watched, samples: Sequence[Samples]) -> None:
        try:
            ready = self._dependencies.window_store.push(watched.view, samples, watched.cues)
        except StoreUnavailable:
            self._count_lost(samples)
            # These samples are lost: no window may span the hole.
            self._resampler.forget()
        else:
            if ready:
                self._dependencies.telemetry.count("windows_total", ready, camera=self._camera)

    def _count_lost(self, samples: Sequence[Samples]) -> None:
        telemetry, lost = self._dependencies.telemetry, sum(len(each.joints) for each in samples)
        telemetry.count("store_errors_total", role="camera")
        telemetry.count("samples_dropped_total", lost, camera=self._camera, reason="store")

"""Plays the canary's film to a process's own networks, as one more camera that nobody configured.

The loop, its turns, tracking and cues are those of every camera. What it would have stored is held
back, so that a film that took long to watch is not too old when it is sent.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event

from tracker.camera.dependencies import CameraDependencies
from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.loop import run_camera_loop
from tracker.options import WindowOptions
from tracker.ports import (
    NO_TELEMETRY,
    BoxDetector,
    FrameSource,
    PoseEstimator,
    StatusStore,
    Telemetry,
    WindowStore,
)
from tracker.simulator.film.film import FPS, Shot
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import (
    CameraStatus,
    Float32,
    Frame,
    FrameCues,
    FrameView,
    Image,
    Pose,
    Samples,
    Track,
)


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """What one frame would have stored."""

    view: FrameView
    samples: tuple[Samples, ...]
    cues: FrameCues

    def later(self, by_s: float) -> "Push":
        """Return the same with other capture times."""
        at = self.view.at + by_s
        tracks = tuple(Track(each.person, each.seq, at, each.pose) for each in self.view.tracks)
        return Push(
            replace(self.view, at=at, tracks=tracks),
            tuple(replace(each, at=at) for each in self.samples),
            replace(self.cues, at=at),
        )


@dataclass(slots=True)
class FilmRun:
    """What came of one showing.

    Attributes:
        shots: the truth, without pictures kept.
        boxes: what the detector found in the frames that it searched, by number; empty where no
            detector was tapped.
        poses: what the estimator found in each frame.
        pushes: what would have been stored.
        failure: what the estimator raised; empty: nothing.
        worked_s: time that the estimator took for all of it.
        stopped: the process ends: nothing can be said.
    """

    shots: list[Shot] = field(default_factory=list)
    boxes: dict[int, Float32] = field(default_factory=dict)
    poses: list[tuple[Pose, ...]] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    failure: str = ""
    worked_s: float = 0.0
    stopped: bool = False


class Tap(BoxDetector):
    """Notes the boxes of a detector."""

    def __init__(self, detector: BoxDetector, run: FilmRun) -> None:
        self._detector, self._run = detector, run

    def detect(self, image: Image, at: float) -> Float32:
        boxes = self._detector.detect(image, at)
        self._run.boxes[len(self._run.poses)] = boxes
        return boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How the film is shown.

    Attributes:
        camera: the name of the camera that nobody configured.
        slot: its turns at pose estimation.
        pace_s: a picture comes no sooner after the one before; 0: as fast as they are watched.
        run: notes what comes of it.
    """

    camera: str
    windows: WindowOptions
    slot: Slot = field(default_factory=lambda: FairScheduler(1).patient_slot())
    pace_s: float = 1 / FPS
    clock: Callable[[], float] = time.time
    telemetry: Telemetry = NO_TELEMETRY
    run: FilmRun = field(default_factory=FilmRun)


def show(shots: Iterator[Shot], estimator: PoseEstimator, showing: Showing, stop: Event) -> FilmRun:
    """Show the film once, to its end or until stopped; return what came of it."""
    run, over = showing.run, Event()
    dependencies = CameraDependencies(
        source=_Screen(shots, showing, stop, over),
        estimator=_Witness(estimator, run, over),
        make_tracker=lambda _session: ByteTrack(),
        windows=showing.windows,
        window_store=_Held(run),
        status_store=_NoStatus(),
        telemetry=showing.telemetry,
        slot=showing.slot,
        clock=showing.clock,
    )
    run_camera_loop(showing.camera, dependencies, over)
    run.stopped = stop.is_set()
    return run


def send(pushes: Sequence[Push], store: WindowStore, ends_at: float) -> int:
    """Store what a showing held back, as if it had ended then; return how many windows are due.

    Raises:
        StoreUnavailable: the store did not answer; some may be stored.
    """
    if not pushes:
        return 0
    by_s = ends_at - pushes[-1].view.at
    moved = (push.later(by_s) for push in pushes)
    return sum(store.push(each.view, each.samples, each.cues) for each in moved)


class _Screen(FrameSource):
    """The film as a source; shown once, also where the loop opens it again."""

    def __init__(self, shots: Iterator[Shot], showing: Showing, stop: Event, over: Event) -> None:
        self._shots, self._showing = shots, showing
        self._stop, self._over = stop, over

    def __iter__(self) -> Iterator[Frame]:
        showing, begun_at = self._showing, self._showing.clock()
        for shot in self._shots:
            if self._stop.is_set():
                break
            height_px, width_px = shot.image.shape[:2]
            seq, at = len(showing.run.shots), begun_at + shot.at_s
            showing.run.shots.append(shot.without_picture())
            shown_s = time.monotonic()
            yield Frame(showing.camera, f"{begun_at:.3f}", seq, at, width_px, height_px, shot.image)
            self._stop.wait(max(showing.pace_s - (time.monotonic() - shown_s), 0.0))
        self._over.set()


class _Witness(PoseEstimator):
    """Notes what the estimator found; its first failure ends the showing."""

    def __init__(self, estimator: PoseEstimator, run: FilmRun, over: Event) -> None:
        self._estimator, self._run, self._over = estimator, run, over

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        begun_s = time.perf_counter()
        try:
            poses = self._estimator.estimate(frame, expected)
        except Exception as err:
            self._run.failure = f"{type(err).__name__}: {err}"
            self._over.set()
            raise
        self._run.worked_s += time.perf_counter() - begun_s
        self._run.poses.append(tuple(poses))
        return poses


class _Held(WindowStore):
    def __init__(self, run: FilmRun) -> None:
        self._run = run

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        kept = cues or FrameCues(view.camera, view.session, view.seq, view.at, ())
        self._run.pushes.append(Push(view, tuple(samples), kept))
        return 0


class _NoStatus(StatusStore):
    def report(self, status: CameraStatus) -> None:
        """Keep it from the site's cameras, which this is none of."""

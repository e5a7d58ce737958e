"""The networks that the canary's film is shown to: those that the cameras of a process use."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from tracker.camera.film_judge import Fault, find_fault
from tracker.camera.film_run import FilmRun, Tap
from tracker.detection.key_frames import every_frame
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import BoxDetector, PoseEstimator
from tracker.pose.blazepose_motion import MotionPoses
from tracker.pose.factory import build_estimator
from tracker.weights.store import BLAZEPOSE, RTMO_S, RTMO_T, YOLOX_NANO, ModelStore, WeightReport

FilmPath: TypeAlias = Literal["yolox", "motion", "rtmo", "rtmo-t"]
_NEEDS: dict[FilmPath, tuple[str, ...]] = {
    "yolox": (BLAZEPOSE.name, YOLOX_NANO.name),
    "motion": (BLAZEPOSE.name,),
    "rtmo": (RTMO_S.name,),
    "rtmo-t": (RTMO_T.name,),
}
# Named like the setting `pose`.
RTMO_PATHS: tuple[FilmPath, ...] = ("rtmo", "rtmo-t")


@dataclass(frozen=True, slots=True)
class NotRun:
    """The film cannot be shown; never the same as that it went well."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """What watches one showing.

    Attributes:
        run: notes what comes of it.
        telemetry: the estimator's own, so that the canary is in no camera's figures.
    """

    estimator: PoseEstimator
    run: FilmRun
    telemetry: InMemoryTelemetry

    def fault(self) -> Fault | None:
        """Return which stage lost the person who was shown; None if none did."""
        reasons = ("presence", "implausible")
        refused = sum(
            self.telemetry.value("poses_refused_total", reason=reason) for reason in reasons
        )
        return find_fault(self.run, refused=refused)


def paths_of(pose_kinds: Collection[str], store: ModelStore) -> list[FilmPath]:
    """Return the ways from picture to pose of cameras with these settings `pose`.

    Without YOLOX cameras find people by motion: that way is shown the film then, beside the other
    one, which says why it is not.
    """
    found: list[FilmPath] = []
    if "blazepose" in pose_kinds:
        found.append("yolox")
        if store.find(YOLOX_NANO.name) is None:
            found.append("motion")
    return [*found, *(path for path in RTMO_PATHS if path in pose_kinds)]


def check_weights(path: FilmPath, store: ModelStore) -> Fault | NotRun | None:
    """Return what is wrong with a way's weights; nothing is downloaded."""
    for report in store.report():
        if report.weight.name not in _NEEDS[path]:
            continue
        if report.state == "wrong hash":
            return Fault("weights", _damaged(report))
        if report.state == "missing":
            return NotRun(f"the weights {report.weight.name} are not on this machine")
    return None


def _damaged(report: WeightReport) -> str:
    return f"{report.path} is damaged, or another file: its SHA-256 is not a known one"


def build_networks(
    path: FilmPath,
    store: ModelStore,
    *,
    rtmo: Callable[[str], PoseEstimator] | None = None,
    key_frame_interval: Callable[[], int] = every_frame,
    hurt: Callable[[BoxDetector], BoxDetector] = lambda detector: detector,
) -> Networks:
    """Open a way's networks, as a camera that starts now would.

    Args:
        rtmo: returns the network that cameras with this setting `pose` share; None: one is opened.
        key_frame_interval: asked for every picture: YOLOX searches every so many of them.
        hurt: what tests do to the detector.

    Raises:
        ModelUnavailable: the weights could be had from no source.
        ModelMismatch: they are not what they should be.
    """
    run, telemetry = FilmRun(), InMemoryTelemetry()
    if path == "motion":
        landmarks = store.pull(BLAZEPOSE.name)
        return Networks(MotionPoses(landmarks, telemetry), run, telemetry)
    if path in RTMO_PATHS and rtmo is not None:
        return Networks(rtmo(path), run, telemetry)
    estimator, _ = build_estimator(
        path if path in RTMO_PATHS else "blazepose",
        store=store,
        telemetry=telemetry,
        threads=1,
        key_frame_interval=key_frame_interval,
        tap=partial(_tapped, run, hurt),
    )
    return Networks(estimator, run, telemetry)


def _tapped(
    run: FilmRun,
    hurt: Callable[[BoxDetector], BoxDetector],
    stage: str,
    detector: BoxDetector,
) -> BoxDetector:
    return Tap(hurt(detector), run) if stage == "detected" else detector

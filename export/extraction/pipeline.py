"""Extracts poses from footage or simulated people, with the stages that a live camera runs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from export.data.pose_writer import OnGrid, PoseFile
from export.extraction.footage import probe_video
from tracker.detection.motion import MotionGate
from tracker.detection.yolox import YoloxBoxes
from tracker.errors import ModelUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.ports import PersonTracker, PoseEstimator, Telemetry
from tracker.pose.blazepose import FULL_SIGHT, THOROUGH, BlazePose, Sight
from tracker.pose.blazepose_motion import MotionPoses
from tracker.pose.factory import build_estimator, lite_network
from tracker.pose.rtmo import Rtmo
from tracker.resampling import Resampler
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame, Pose
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import BLAZEPOSE, RTMO_WEIGHTS, YOLOX_NANO, ModelStore

PoseKind: TypeAlias = Literal["blazepose", "rtmo", "rtmo-t"]
BoxKind: TypeAlias = Literal["yolox", "motion"]
BY_MOTION = (
    "YOLOX weights unavailable: people are found by motion, so only once they move; "
    "`posewarden models pull` says why"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How poses are extracted.

    Attributes:
        pose: the pose estimator.
        boxes: where BlazePose's boxes come from.
        fps: rate of the time grid that poses are resampled to; None: one pose per frame.
        models: folders to search for weights.
        threads: processor cores for one clip.
    """

    pose: PoseKind = "blazepose"
    boxes: BoxKind = "yolox"
    fps: float | None = 24.0
    models: tuple[Path, ...] = ()
    threads: int = 2

    @property
    def store(self) -> ModelStore:
        """The store that weights are read from."""
        return ModelStore(self.models, cache_folder("models"))


def with_weights(recipe: Recipe, *, boxes: BoxKind | None) -> tuple[Recipe, tuple[str, ...]]:
    """Download missing weights before the work begins; return the recipe and notes on fallbacks.

    Args:
        boxes: the kind requested; None: YOLOX if its weights are available, else motion.

    Raises:
        ModelUnavailable: no source has the weights.
    """
    if recipe.pose in RTMO_WEIGHTS:
        recipe.store.pull(RTMO_WEIGHTS[recipe.pose].name)
        return recipe, ()
    recipe.store.pull(BLAZEPOSE.name)
    if boxes == "motion":
        return replace(recipe, boxes="motion"), ()
    try:
        recipe.store.pull(YOLOX_NANO.name)
    except ModelUnavailable:
        if boxes == "yolox":
            raise
        return replace(recipe, boxes="motion"), (BY_MOTION,)
    return replace(recipe, boxes="yolox"), ()


def estimator_for(recipe: Recipe) -> PoseEstimator:
    """Return an estimator. All but RTMO keep state between frames: use a new one for each clip.

    Raises:
        ModelUnavailable: no source has the weights.
        ModelMismatch: the weights are damaged or of another model.
    """
    if recipe.pose in RTMO_WEIGHTS:
        weights = recipe.store.pull(RTMO_WEIGHTS[recipe.pose].name)
        return Rtmo(weights, InMemoryTelemetry(), threads=recipe.threads)
    return person_poses(
        recipe.boxes, recipe.store, InMemoryTelemetry(), threads=recipe.threads, sight=THOROUGH
    )


def person_poses(
    boxes: str,
    store: ModelStore,
    telemetry: Telemetry,
    *,
    threads: int,
    key_frames: int = 1,
    sight: Sight = FULL_SIGHT,
) -> PoseEstimator:
    """Return the estimator that takes its boxes from ``yolox`` or ``motion``."""
    landmarks = store.pull(BLAZEPOSE.name)
    if boxes == "motion":
        return MotionPoses(landmarks, telemetry, threads=threads)
    lite, _ = lite_network(store, sight.lite_below_px)
    detector = MotionGate(YoloxBoxes(store.pull(YOLOX_NANO.name), threads=threads))
    return BlazePose(
        landmarks,
        detector,
        telemetry,
        threads=threads,
        key_frame_interval=lambda: key_frames,
        sight=sight,
        lite=lite,
    )


def extract(
    frames: Iterable[Frame], estimator: PoseEstimator, tracker: PersonTracker, fps: float | None
) -> PoseFile:
    """Run the stages of a camera on frames and collect the poses.

    With a rate, poses are resampled as in the camera process, so that a model is trained on what it
    sees in service; after a gap too long to bridge a person gets a new number. Estimators for
    extraction look at everybody in every frame.

    Args:
        fps: rate of the time grid; None: one pose per frame, with the frame's own number.
    """
    poses = PoseFile()
    followed = (
        (frame, tracker.update(frame, estimator.estimate(frame, tracker.expected(frame.at))))
        for frame in frames
    )
    if fps is None:
        for _, tracks in followed:
            for track in tracks:
                poses.add(track.person.number, (track.seq,), track.pose.joints[None])
        return poses
    resampler, grid = Resampler(WindowOptions(fps=fps)), OnGrid(poses, fps)
    for frame, tracks in followed:
        for samples in resampler.advance(frame.seq, frame.at, tracks):
            grid.add(samples)
    return poses


def video_poses(
    video: Path,
    store: ModelStore,
    fps: float | None,
    *,
    begin: float = 0.0,
    end: float = 1.0,
    mirrored: bool = False,
) -> PoseFile:
    """Extract the poses of a video between two fractions of its length.

    Args:
        fps: rate of the time grid; None: one pose per frame, with the frame's own number.
        mirrored: flip every picture horizontally.

    Raises:
        BadFootage: the video cannot be read.
        ModelUnavailable: no source has the weights.
    """
    estimator, notes = build_estimator(
        "blazepose", store=store, telemetry=InMemoryTelemetry(), sight=THOROUGH
    )
    for note in notes:
        print(f"{video.name}: {note}")
    frames = probe_video(video).part(begin, end).read()
    if mirrored:
        frames = (_mirrored(frame) for frame in frames)
    return extract(frames, estimator, ByteTrack(), fps)


def _mirrored(frame: Frame) -> Frame:
    if frame.image is None:
        return frame
    return replace(frame, image=np.ascontiguousarray(frame.image[:, ::-1]))


def crowd_poses(simulation: Simulation, seconds: float, fps: float | None) -> PoseFile:
    """Extract the poses of simulated people."""
    return play_poses(simulation, simulate(simulation, seconds), fps)


def play_poses(simulation: Simulation, record: Recording, fps: float | None) -> PoseFile:
    """Extract the poses of a recorded simulation; people keep their numbers."""
    return extract(_frames(simulation, record), CarriedPoses(), CarriedIds(), fps)


def _frames(simulation: Simulation, record: Recording) -> Iterator[Frame]:
    for seq, (at, bodies) in enumerate(zip(record.at_s, record.joints, strict=True)):
        poses = tuple(
            Pose(joints, np.zeros(4, np.float32), number)
            for number, joints in enumerate(bodies, start=1)
        )
        size = (simulation.width, simulation.height)
        yield Frame("sim", str(simulation.seed), seq, float(at), *size, poses=poses)

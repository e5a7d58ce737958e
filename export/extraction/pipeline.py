"""Footage or simulated people to poses, by the very road a live camera takes."""

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
from tracker.pose.blazepose import BlazePose
from tracker.pose.blazepose_motion import MotionPoses
from tracker.pose.factory import build_estimator
from tracker.pose.rtmo import Rtmo
from tracker.resampling import Resampler
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.tracking.bytetrack import ByteTrack
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame, Pose
from tracker.weights.store import BLAZEPOSE, RTMO_S, YOLOX_NANO, ModelStore

PoseKind: TypeAlias = Literal["blazepose", "rtmo"]
BoxKind: TypeAlias = Literal["yolox", "motion"]
DOWNLOADS = Path.home() / ".cache" / "posewarden" / "models"
BY_MOTION = (
    "YOLOX weights unavailable: people are found by motion, so only once they move; "
    "`posewarden models pull` tells why"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How poses are extracted.

    Attributes:
        pose: the pose estimator.
        boxes: where BlazePose's boxes come from.
        fps: of the grid the poses are written on; None: one pose a frame, as it was seen.
        models: folders of weights.
        threads: processor cores for one clip.
    """

    pose: PoseKind = "blazepose"
    boxes: BoxKind = "yolox"
    fps: float | None = 24.0
    models: tuple[Path, ...] = ()
    threads: int = 2

    @property
    def store(self) -> ModelStore:
        """The weights."""
        return ModelStore(self.models, DOWNLOADS)


def with_weights(recipe: Recipe, *, boxes: BoxKind | None) -> tuple[Recipe, tuple[str, ...]]:
    """Have all weights at hand before anything long; return the recipe and remarks on gaps.

    Args:
        boxes: those asked for; None: YOLOX where its weights can be had, else motion.

    Raises:
        ModelUnavailable: weights that are needed could be had from no source.
    """
    if recipe.pose == "rtmo":
        recipe.store.pull(RTMO_S.name)
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
    """Return an estimator; all but RTMO remember what they saw, so every clip needs a new one.

    Raises:
        ModelUnavailable: weights could be had from no source.
        ModelMismatch: they are not what they should be.
    """
    if recipe.pose == "rtmo":
        return Rtmo(recipe.store.pull(RTMO_S.name), InMemoryTelemetry(), threads=recipe.threads)
    return person_poses(recipe.boxes, recipe.store, InMemoryTelemetry(), threads=recipe.threads)


def person_poses(
    boxes: str, store: ModelStore, telemetry: Telemetry, *, threads: int, key_frames: int = 1
) -> PoseEstimator:
    """Return the estimator that takes its boxes from ``yolox`` or ``motion``."""
    landmarks = store.pull(BLAZEPOSE.name)
    if boxes == "motion":
        return MotionPoses(landmarks, telemetry, threads=threads)
    detector = MotionGate(YoloxBoxes(store.pull(YOLOX_NANO.name), threads=threads))
    return BlazePose(
        landmarks, detector, telemetry, threads=threads, key_frame_interval=lambda: key_frames
    )


def extract(
    frames: Iterable[Frame], estimator: PoseEstimator, tracker: PersonTracker, fps: float | None
) -> PoseFile:
    """Carry frames through the camera's stages up to the poses.

    On the model's grid they are resampled as in the camera process, so that a model trained on them
    sees what it will see when it serves; a gap too long to bridge starts a new person.

    Args:
        fps: of the grid; None writes what each frame showed under the frame's own number.
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
        fps: of the grid; None writes what each frame showed under the frame's own number.
        mirrored: look at every picture with left and right exchanged.

    Raises:
        BadFootage: it cannot be read.
        ModelUnavailable: weights could be had from no source.
    """
    estimator, notes = build_estimator("blazepose", store=store, telemetry=InMemoryTelemetry())
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
    """Extract the poses of a play on record; people keep their numbers."""
    return extract(_frames(simulation, record), CarriedPoses(), CarriedIds(), fps)


def _frames(simulation: Simulation, record: Recording) -> Iterator[Frame]:
    for seq, (at, bodies) in enumerate(zip(record.at_s, record.joints, strict=True)):
        poses = tuple(
            Pose(joints, np.zeros(4, np.float32), number)
            for number, joints in enumerate(bodies, start=1)
        )
        size = (simulation.width, simulation.height)
        yield Frame("sim", str(simulation.seed), seq, float(at), *size, poses=poses)

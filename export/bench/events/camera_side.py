"""Plays a clip through the camera process's own stages and records what each of them returned.

The stages are those of `tracker.camera.loop`, built as `posewarden up` builds them; only time is
different: every frame is looked at, and its capture time is its presentation time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from export.bench.events.record import DETECTED, GATED, ClipRecord, FrameRecord, Stage
from tracker.cues.commotion import Commotion
from tracker.detection.yolox import YoloxBoxes
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import BoxDetector, PersonTracker, PoseEstimator
from tracker.pose.blazepose import FULL_SIGHT, Sight
from tracker.pose.factory import build_estimator
from tracker.sources.video_file import VideoFile
from tracker.sources.video_times import look_through
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import NO_BOXES, Float32, Frame, Image, Pose
from tracker.weights.store import ModelStore

# The clips begin shortly before the event; a window needs a second before it.
HELD_S = 2.0
# As far from 1970 as a live camera is: some stages reckon with the time since they began.
BEGIN_AT = 1_800_000_000.0
# Weaker boxes than the product takes are recorded, too, to tell what the network sees at all.
FAINT = 0.05
_NO_SCORED_BOXES: Float32 = np.empty((0, 5), np.float32)


class BoxRecorder:
    """Notes the boxes of each detection stage and the refused poses, frame by frame."""

    def __init__(self) -> None:
        self.boxes: dict[Stage, Float32] = {}
        self.telemetry = _Refusals()

    def begin_frame(self) -> None:
        """Forget the last frame."""
        self.boxes = dict.fromkeys((DETECTED, GATED), _NO_SCORED_BOXES)
        self.telemetry.refused.clear()

    def tap(self, stage: str, detector: BoxDetector) -> BoxDetector:
        """Return a detector that gives the same boxes and notes them."""
        weakest = 0.0
        if isinstance(detector, YoloxBoxes):
            weakest = detector.score_min
            detector.score_min = min(FAINT, weakest)
        return _Recorded(detector, stage, weakest, self)


class _Recorded(BoxDetector):
    """A detector whose boxes are noted; those below `weakest` go no further.

    A network that has no memory gives a held picture the same boxes again and is not asked twice.
    """

    def __init__(
        self, detector: BoxDetector, stage: Stage, weakest: float, recorder: BoxRecorder
    ) -> None:
        self._detector = detector
        self._stage = stage
        self._weakest = weakest
        self._recorder = recorder
        self._forgetful = isinstance(detector, YoloxBoxes)
        self._last: tuple[Image | None, Float32] = (None, _NO_SCORED_BOXES)

    def detect(self, image: Image, at: float) -> Float32:
        if not self._forgetful or self._last[0] is not image:
            self._last = (image, self._detector.detect(image, at))
        boxes = self._last[1]
        self._recorder.boxes[self._stage] = boxes.copy()
        return boxes[boxes[:, 4] > self._weakest]


class _Refusals(InMemoryTelemetry):
    """Counts the poses of this frame that were refused, by reason."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: Counter[str] = Counter()

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        super().count(name, amount, **labels)
        if name == "poses_refused_total":
            self.refused[labels["reason"]] += int(amount)


@dataclass(slots=True)
class CameraSide:
    """One camera's stages, freshly built for one clip."""

    estimator: PoseEstimator
    notes: tuple[str, ...]
    tracker: PersonTracker
    recorder: BoxRecorder
    commotion: Commotion = field(default_factory=Commotion)

    def take(self, frame: Frame) -> FrameRecord:
        """Carry one frame through, as `tracker.camera.loop` does."""
        self.recorder.begin_frame()
        expected = self.tracker.expected(frame.at)
        poses: Sequence[Pose] = self.estimator.estimate(frame, expected)
        tracks = self.tracker.update(frame, poses)
        return FrameRecord(
            frame.seq,
            frame.at,
            self.recorder.boxes,
            expected if len(expected) else NO_BOXES,
            tuple(poses),
            dict(self.recorder.telemetry.refused),
            tuple(tracks),
            self.commotion.look(frame, tracks, poses),
        )


def build_camera_side(pose: str, store: ModelStore, sight: Sight = FULL_SIGHT) -> CameraSide:
    """Build the stages of a camera without options, for one core.

    Args:
        sight: what is left out, to measure it.

    Raises:
        ModelUnavailable: weights could be had from no source.
    """
    recorder = BoxRecorder()
    estimator, notes = build_estimator(
        pose,
        store=store,
        telemetry=recorder.telemetry,
        threads=1,
        tap=recorder.tap,
        sight=sight,
    )
    return CameraSide(estimator, notes, ByteTrack(), recorder)


def record_clip(path: Path, camera: CameraSide) -> ClipRecord:
    """Play one clip, its first picture held for `HELD_S` before it.

    Raises:
        ConfigError: the file cannot be read as a video.
    """
    fps = look_through(path).fps
    held = round(HELD_S * fps)
    begin_at = BEGIN_AT + held / fps
    records: list[FrameRecord] = []
    size_px = (0, 0)
    for frame in _with_held_picture(VideoFile("events", path, real_time=False), held, fps):
        size_px = (frame.width_px, frame.height_px)
        records.append(camera.take(frame))
    return ClipRecord(begin_at, fps, *size_px, camera.notes, tuple(records))


def _with_held_picture(frames: VideoFile, held: int, fps: float) -> Iterator[Frame]:
    for frame in frames:
        repeats = held if frame.seq == 0 else 0
        for seq in range(frame.seq, frame.seq + repeats):
            yield replace(frame, seq=seq, at=BEGIN_AT + seq / fps)
        yield replace(frame, seq=frame.seq + held, at=BEGIN_AT + held / fps + frame.at)

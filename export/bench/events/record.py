"""What the camera process made of each frame of a clip, as it is kept between runs.

Poses and tracks are kept as the tracker returned them, all fields included: what a later version
adds to them is kept, too.
"""

from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np

from tracker.cues.stirs import Stir
from tracker.errors import ConfigError
from tracker.types import Float32, Pose, Track

Stage: TypeAlias = str  # of box detection: DETECTED or GATED
DETECTED, GATED = "detected", "gated"


class FrameRecord(msgspec.Struct, frozen=True, array_like=True):
    """One frame on its way through the camera process.

    Attributes:
        at: capture time, UTC seconds.
        boxes: by stage, float32 (N, 5): left, top, right, bottom in px, score. ``detected`` holds
            also the boxes too faint for the product, ``gated`` what the motion gate let through.
            Empty in frames in which the detector did not search.
        expected: float32 (M, 4), where the tracker told the estimator to look.
        poses: what the estimator accepted, best first.
        refused: how many poses were refused, by reason.
        tracks: what the tracker returned.
        stirs: of people close together, by the picture.
    """

    seq: int
    at: float
    boxes: dict[Stage, Float32]
    expected: Float32
    poses: tuple[Pose, ...]
    refused: dict[str, int]
    tracks: tuple[Track, ...]
    stirs: tuple[Stir, ...] | None = None


class ClipRecord(msgspec.Struct, frozen=True):
    """A clip played through the camera process once.

    Attributes:
        begin_at: capture time of the clip's first picture of its own; earlier frames hold it.
        fps: of the clip.
        notes: what the estimator had to do without.
        frames: those with the held picture first.
    """

    begin_at: float
    fps: float
    width_px: int
    height_px: int
    notes: tuple[str, ...]
    frames: tuple[FrameRecord, ...]

    @property
    def seconds(self) -> float:
        """How long the clip lasts, without the held picture."""
        return self.time_s(self.frames[-1].at) + 1 / self.fps if self.frames else 0.0

    @property
    def own_frames(self) -> int:
        """How many frames are the clip's own."""
        return sum(frame.at >= self.begin_at - 1e-6 for frame in self.frames)

    @property
    def session(self) -> str:
        """The camera session that the people were tracked in."""
        tracks = (track for frame in self.frames for track in frame.tracks)
        return next((track.person.session for track in tracks), "clip")

    def time_s(self, at: float) -> float:
        """Return a capture time as seconds from the clip's first picture."""
        return at - self.begin_at


def write_record(path: Path, record: ClipRecord) -> None:
    """Write a record; whoever reads meanwhile finds the whole of it or none."""
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(msgspec.msgpack.encode(record, enc_hook=_packed))
    part.replace(path)


def read_record(path: Path) -> ClipRecord:
    """Read a record back.

    Raises:
        ConfigError: it is not one of this version.
    """
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=ClipRecord, dec_hook=_unpacked)
    except (OSError, ValueError, msgspec.MsgspecError) as err:
        raise ConfigError(f"{path} is no record of a clip; remove it: {err}") from err


def _packed(value: Any) -> Any:  # noqa: ANN401 -- msgspec's hook
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    raise NotImplementedError(f"{type(value).__name__} cannot be kept in a record")


def _unpacked(_wanted: type, value: Any) -> Any:  # noqa: ANN401 -- msgspec's hook
    dtype, shape, raw = value
    return np.frombuffer(raw, dtype).reshape(shape).copy()

"""What flows down the road: frames, poses, tracks, samples, windows, statuses.

Axis letters: N windows, C channels, T poses, V joints. Units are in the names; times (``at``) are
UTC seconds since the epoch, taken at capture. Classes that hold arrays compare by identity.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[np.uint8]
NO_BOXES: Float32 = np.empty((0, 4), np.float32)
CameraState: TypeAlias = Literal["connecting", "live", "stalled", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class PersonId:
    """One tracked person of one camera session; never used again for anybody else.

    Attributes:
        camera: the camera's name, ``[a-z0-9-]+``.
        session: when the source was opened (and which loop of it); new after every restart.
        number: counts up within the session.
    """

    camera: str
    session: str
    number: int

    def __str__(self) -> str:
        return f"{self.camera}/{self.session}/{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One body in one frame.

    Attributes:
        joints: float32 (17, 3), COCO-17 order: x_px, y_px, confidence in [0, 1].
        box_px: float32 (4,): left, top, right, bottom.
        number: the source's own id of this person, where it has one (``poses:`` and ``sim:``).
        score: how surely this is a person, in [0, 1].
    """

    joints: Float32
    box_px: Float32
    number: int | None = None
    score: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, or the poses that a source without pictures carries in its place.

    Attributes:
        seq: counts the session's captured frames from 0; skipped frames leave holes.
        at: capture time, UTC seconds.
        image: uint8 (H, W, 3) BGR; None for sources that carry poses.
        poses: the poses a ``poses:`` or ``sim:`` source carries; empty for pictures.
        still_s: for how long a live stream's picture has not changed by a single bit.
    """

    camera: str
    session: str
    seq: int
    at: float
    width_px: int
    height_px: int
    image: Image | None = None
    poses: tuple[Pose, ...] = ()
    still_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person in one frame."""

    person: PersonId
    seq: int
    at: float
    pose: Pose


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What one camera frame adds to one person's poses on the model's time grid.

    Attributes:
        seq: the camera frame's number.
        at: the camera frame's capture time.
        joints: float32 (n, 17, 3), n ≥ 0 poses interpolated onto the grid since the last frame.
        restarts: the gap before this frame was too long to bridge; earlier samples are void.
        due: this frame is one of every ``stride``: emit a window if there are T samples.
    """

    person: PersonId
    seq: int
    at: float
    joints: Float32
    restarts: bool
    due: bool


@dataclass(frozen=True, slots=True, eq=False)
class FrameView:
    """What one frame showed: the newest one per camera is kept for the live page."""

    camera: str
    session: str
    seq: int
    at: float
    width_px: int
    height_px: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """T consecutive poses of one person on the model's time grid.

    Attributes:
        last_seq: the camera frame that completed the window; (person, last_seq) is its key.
        at: that frame's capture time.
        joints: float32 (T, 17, 3), COCO-17 order: x_px, y_px, confidence.
        trace: W3C traceparent of that frame, where it is traced.
    """

    person: PersonId
    last_seq: int
    at: float
    joints: Float32
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """How a camera is doing, as `/cameras` tells it.

    Attributes:
        fps: frames per second looked at over the last seconds, 0 before the first.
        last_frame_at: capture time of the newest frame, None before the first.
        reconnects: how often the source was opened again since the process started.
        reason: why the camera is not live, in words without credentials; None while it is.
        notes: remarks, such as a detector that is replaced by a weaker one.
        source_fps: frames per second that the source gives, whether they are looked at or not.
        priority: the camera's weight when the machine cannot look at all frames.
        overloaded: it cannot; fps falls behind source_fps.
    """

    name: str
    state: CameraState
    fps: float
    last_frame_at: float | None
    reconnects: int
    reason: str | None
    notes: tuple[str, ...] = ()
    source_fps: float = 0.0
    priority: int = 1
    overloaded: bool = False

"""Data types of the pipeline: frames, poses, tracks, samples, windows, camera statuses.

Axis letters: N windows, C channels, T poses, V joints. Units are in the names; times (``at``) are
UTC seconds since the epoch, taken at capture. Classes that hold arrays compare by identity.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[np.uint8]
NO_BOXES: Float32 = np.empty((0, 4), np.float32)
CameraState: TypeAlias = Literal["connecting", "live", "stalled", "lost", "ended", "paused"]


@dataclass(frozen=True, slots=True)
class PersonId:
    """Identifies one tracked person of one camera session; never reused.

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
        score: the confidence that this is a person, in [0, 1].
        body_seen: False for a box alone, whose body no pose network recognised: it carries a
            person on for a while. Its joints lie in its middle and have confidence 0.
        followed: False for a box alone where nobody is expected: somebody to be reckoned with
            beside others, whom no tracker follows.
        carried: nobody looked at this body in this frame, for it was calm a moment ago: its joints
            are the last ones, moved with the box. They become no sample of a window.
    """

    joints: Float32
    box_px: Float32
    number: int | None = None
    score: float = 1.0
    body_seen: bool = True
    followed: bool = True
    carried: bool = False


def box_alone(box_px: Float32, score: float, *, followed: bool = True) -> Pose:
    """Return what stands for a body that is seen as a box alone, see `Pose.body_seen`."""
    joints = np.zeros((17, 3), np.float32)
    joints[:, :2] = (box_px[:2] + box_px[2:]) / 2
    return Pose(joints, box_px, score=score, body_seen=False, followed=followed)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, or the poses that a source without pictures gives instead.

    Attributes:
        seq: counts the session's captured frames from 0; skipped frames leave gaps.
        at: capture time, UTC seconds.
        image: uint8 (H, W, 3) BGR; None for sources that carry poses.
        poses: the poses a ``poses:`` or ``sim:`` source carries; empty for pictures.
        still_s: seconds for which a live stream has repeated the same pictures.
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
        restarts: the gap before this frame was too long to interpolate; discard earlier samples.
        due: a window is due at this frame, if there are T samples.
    """

    person: PersonId
    seq: int
    at: float
    joints: Float32
    restarts: bool
    due: bool


@dataclass(frozen=True, slots=True, eq=False)
class FrameView:
    """The people in one frame; the newest view per camera is kept for the live page."""

    camera: str
    session: str
    seq: int
    at: float
    width_px: int
    height_px: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class PersonCues:
    """What one frame shows of one person besides joints; see `tracker.cues`. NaN where unseen.

    Attributes:
        number: of the track.
        other: number of the track this person is closest to; 0 if nobody is near.
        x_px, y_px, height_px: middle and height of the box.
        body_px: length of the body: the longer side of its box, most of the time lately.
        confidence: mean of the joints'.
        top_speed: how fast the top of the box drops, body lengths/s.
        height_lost: share of the standing height that is lost.
        aspect: height over width of the box.
        upright: rise of the trunk over its length: 1 standing, 0 lying or bent.
        hip_drop: how far the hips came down within the last second, body lengths.
        speed: of the place where the person stands, body lengths/s.
        trunk_speed: of the trunk's middle since the frame before, body lengths/s.
        apart: distance to the other, body lengths.
        agitation: the calmer one's mean speed of hands, elbows, knees and feet in its own body,
            body lengths/s.
        strike: fastest hand or foot that was near the other's trunk within the last 0.3 s, against
            it, body lengths/s.
        shove: how fast the two bodies approached or parted within that time, body lengths/s.
        commotion: how fast the picture moves around two people close together otherwise than
            bodies as wholes, body lengths/s; 0 if nobody is so close, NaN without pictures.
        legs_upright: rise of the hips over the feet over the legs' length: 1 standing, less where
            legs lie, sit or point at the camera.
        stood_x, stood_y: where the person stands, or last stood before lying, shares of the
            picture; NaN where unsure, and before cameras without zones. See `tracker.zones`.
        lies_x, lies_y: where the person lies, shares of the picture; NaN while they do not.
        dropped: the highest top_speed of the last second, before cameras with zones: who falls out
            of an ignored zone is seen from halfway on.
    """

    number: int
    other: int
    x_px: float
    y_px: float
    height_px: float
    body_px: float
    confidence: float
    top_speed: float
    height_lost: float
    aspect: float
    upright: float
    hip_drop: float
    speed: float
    trunk_speed: float
    apart: float
    agitation: float
    strike: float
    shove: float
    commotion: float = math.nan
    legs_upright: float = math.nan
    stood_x: float = math.nan
    stood_y: float = math.nan
    lies_x: float = math.nan
    lies_y: float = math.nan
    dropped: float = math.nan


@dataclass(frozen=True, slots=True)
class FrameCues:
    """What one frame shows of everybody in it besides joints."""

    camera: str
    session: str
    seq: int
    at: float
    people: tuple[PersonCues, ...]


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
    """The state of a camera, as `/cameras` shows it.

    Attributes:
        fps: frames per second processed over the last seconds, 0 before the first.
        last_frame_at: capture time of the newest frame, None before the first.
        reconnects: how often the source was opened again since the process started.
        reason: why the camera is not live, without credentials; None while it is.
        notes: for operators, such as that a weaker detector is in use.
        source_fps: frames per second that the source gives, processed or not.
        priority: the camera's weight when the machine cannot process all frames.
        overloaded: not all frames are processed: fps is below source_fps.
        version: of the settings that the camera runs by; 0: nothing was set over the API.
        too_few_frames: it is live, but so few frames are processed that nobody can be scored.
        lost_since: when the outage began that the camera is in, UTC; it is over, and the camera
            live, once frames have come steadily for some seconds. None: it is in none.
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
    version: int = 0
    too_few_frames: bool = False
    lost_since: float | None = None

    @property
    def is_watched(self) -> bool:
        """Whether people before it can be scored."""
        return self.state == "live" and not self.too_few_frames

    @property
    def gives_frames(self) -> bool:
        """Whether frames come, also while nobody knows yet whether they will go on."""
        return self.state == "live" or (self.state == "connecting" and self.fps > 0)

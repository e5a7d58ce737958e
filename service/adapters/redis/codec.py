"""Encodes and decodes what goes through Redis. The first byte is the format's version.

Joints are raw float32, little endian; everything around them is a msgpack array. Reading is
strict: anything but exactly what `encode_…` writes raises Malformed, and nothing else.
"""

from dataclasses import astuple
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import numpy as np

from inference.types import Act, AlertPoses
from tracker.types import (
    CameraState,
    CameraStatus,
    Float32,
    FrameView,
    PersonId,
    Pose,
    Track,
)

VERSION = b"\x01"
JOINTS, AXES = 17, 3
POSE_BYTES = JOINTS * AXES * 4
FLOW_JOINTS = 18
# Above any honest entry: a view of 200 people has 50 KB, a clip of T = 240 has 66 KB.
LARGEST_BYTES = 262_144

Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4096)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Size: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
# Bounds refuse infinities; msgspec lets not-a-number through neither bound.
Number: TypeAlias = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
_T = TypeVar("_T")
Decoded = TypeVar("Decoded")


class Malformed(ValueError):
    """Bytes of another origin or version."""


class _Track(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    number: Count
    source_number: int | None
    joints: bytes
    box_px: bytes


class _View(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    camera: Name
    session: Name
    seq: Count
    at: Number
    width_px: _Size
    height_px: _Size
    tracks: list[_Track]


class _Status(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    # After the time, the fields of CameraStatus in its own order.
    reported_at: Number
    name: Name
    state: CameraState
    fps: Number
    last_frame_at: Number | None
    reconnects: Count
    reason: _Text | None
    notes: tuple[_Text, ...]
    source_fps: Number = 0.0  # from here on not in what earlier versions wrote
    priority: Count = 1
    overloaded: bool = False
    version: Count = 0
    too_few_frames: bool = False
    lost_since: Number | None = None


class _Clip(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    fps: Number
    poses: bytes
    joint_map: bytes


def encode_joints(joints: Float32) -> bytes:
    """Return float32 (n, 17, 3) as n × 204 bytes."""
    return np.ascontiguousarray(joints, dtype="<f4").tobytes()


def encode_view(view: FrameView) -> bytes:
    """Return a frame's view as bytes; its tracks take camera, session, seq and time from it."""
    tracks = [
        _Track(
            track.person.number,
            track.pose.number,
            encode_joints(track.pose.joints),
            np.ascontiguousarray(track.pose.box_px, dtype="<f4").tobytes(),
        )
        for track in view.tracks
    ]
    key = (view.camera, view.session, view.seq, view.at)
    return pack(_View(*key, view.width_px, view.height_px, tracks))


def decode_view(data: bytes) -> FrameView:
    """Read what `encode_view` wrote.

    Raises:
        Malformed: these are no view's bytes.
    """
    read = unpack(data, _View)
    tracks = tuple(
        Track(
            PersonId(read.camera, read.session, track.number),
            read.seq,
            read.at,
            Pose(
                _exactly_one(floats(track.joints, JOINTS, AXES)),
                _exactly_one(floats(track.box_px, 4)),
                track.source_number,
            ),
        )
        for track in read.tracks
    )
    return FrameView(
        read.camera, read.session, read.seq, read.at, read.width_px, read.height_px, tracks
    )


def encode_status(status: CameraStatus, reported_at: float) -> bytes:
    """Return a camera's status, and when it was reported, as bytes."""
    return pack(_Status(reported_at, *astuple(status)))


def decode_status(data: bytes) -> tuple[CameraStatus, float]:
    """Read what `encode_status` wrote.

    Raises:
        Malformed: these are no status's bytes.
    """
    reported_at, *fields = msgspec.structs.astuple(unpack(data, _Status))
    return CameraStatus(*fields), reported_at


def encode_clip(clip: AlertPoses) -> bytes:
    """Return an alert's clip as bytes; its numbers become float32."""
    joint_map = np.asarray(clip.joint_map, dtype="<f4").tobytes()
    return pack(_Clip(clip.fps, encode_joints(np.asarray(clip.poses)), joint_map))


def decode_clip(data: bytes) -> AlertPoses:
    """Read what `encode_clip` wrote.

    Raises:
        Malformed: these are no clip's bytes.
    """
    read = unpack(data, _Clip)
    poses = floats(read.poses, JOINTS, AXES).tolist()
    return AlertPoses(
        fps=read.fps,
        poses=[[(x, y, confidence) for x, y, confidence in pose] for pose in poses],
        joint_map=floats(read.joint_map, FLOW_JOINTS).tolist(),
    )


def encode(entry: msgspec.Struct) -> bytes:
    """Return the version byte and JSON, which people can read, too."""
    return VERSION + msgspec.json.encode(entry)


def encode_plain(act: Act) -> bytes:
    """Return JSON, to be put into an event's."""
    return msgspec.json.encode(act)


def decode(data: bytes, kind: type[_T]) -> _T:
    """Read what `encode` wrote.

    Raises:
        Malformed: these are not its bytes.
    """
    try:
        return msgspec.json.decode(_body(data), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as err:
        raise Malformed(str(err)) from err


def pack(entry: msgspec.Struct, version: bytes = VERSION) -> bytes:
    """Return an array of this version."""
    return version + msgspec.msgpack.encode(entry)


def unpack(
    data: bytes, kind: type[_T], version: bytes = VERSION, largest_bytes: int = LARGEST_BYTES
) -> _T:
    """Read what `pack` wrote.

    Raises:
        Malformed: these are not its bytes.
    """
    try:
        return msgspec.msgpack.decode(_body(data, version, largest_bytes), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as err:
        raise Malformed(str(err)) from err


def _body(data: bytes, version: bytes = VERSION, largest_bytes: int = LARGEST_BYTES) -> memoryview:
    if data[:1] != version or len(data) > largest_bytes:
        raise Malformed(f"{len(data)} bytes, version {data[:1].hex() or 'none'}")
    return memoryview(data)[1:]


def floats(data: bytes, *shape: int, largest_bytes: int = LARGEST_BYTES) -> Float32:
    """Return (n, *shape) for a whole n; a copy, so that it can be written to."""
    row_bytes = 4 * int(np.prod(shape))
    if len(data) % row_bytes or len(data) > largest_bytes:
        raise Malformed(f"{len(data)} bytes are not rows of {row_bytes}")
    return np.frombuffer(data, dtype="<f4").reshape(-1, *shape).astype(np.float32)


def _exactly_one(rows: Float32) -> Float32:
    if len(rows) != 1:
        raise Malformed(f"{len(rows)} rows in place of one")
    row: Float32 = rows[0]
    return row

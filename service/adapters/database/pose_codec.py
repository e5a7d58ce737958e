"""Packs frames of poses: quarters of a pixel, 1/255 of confidence, and what changes between them.

Per frame its time in 0.1 ms after the first and its number of people; per person and frame the
number of the track, 17 confidences as bytes, and 17 × 2 coordinates as the difference to the same
person's pose before, high bytes apart from low ones; all of it by zlib.
"""

import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.records import PersonPose, PoseFrame

JOINTS = 17
STEPS_PER_PX = 4
STEPS_PER_S = 10_000
VERSION = 1


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    version: int
    begin_at: float
    times: bytes
    people: bytes
    numbers: bytes
    confidences: bytes
    coordinates: bytes


def pack_frames(frames: Sequence[PoseFrame]) -> bytes:
    """Return frames, at least one, as bytes."""
    begin_at = frames[0].at
    everybody = [person for frame in frames for person in frame.people]
    joints = np.stack([person.joints for person in everybody]) if everybody else _NOBODY
    joints = np.nan_to_num(joints)
    numbers = np.array([person.number for person in everybody], "<i4")
    xy = np.clip(joints[:, :, :2] * STEPS_PER_PX, -32_768, 32_767)
    steps = np.rint(xy).astype("<i2").reshape(-1, JOINTS * 2)
    packed = _Packed(
        version=VERSION,
        begin_at=begin_at,
        times=_ticks([frame.at - begin_at for frame in frames]).tobytes(),
        people=np.array([len(frame.people) for frame in frames], np.uint8).tobytes(),
        numbers=numbers.tobytes(),
        confidences=np.rint(joints[:, :, 2].clip(0, 1) * 255).astype(np.uint8).tobytes(),
        coordinates=_by_bytes(_differences(steps, numbers)),
    )
    return zlib.compress(msgspec.msgpack.encode(packed))


def unpack_frames(data: bytes) -> list[PoseFrame]:
    """Read what `pack_frames` wrote.

    Raises:
        ValueError: these are not its bytes.
    """
    try:
        packed = msgspec.msgpack.decode(zlib.decompress(data), type=_Packed)
    except (zlib.error, msgspec.MsgspecError) as err:
        raise ValueError(f"no poses: {err}") from err
    if packed.version != VERSION:
        raise ValueError(f"poses of version {packed.version}; this version reads {VERSION}")
    numbers = np.frombuffer(packed.numbers, "<i4")
    halves = np.frombuffer(packed.coordinates, np.uint8).reshape(2, -1)
    steps = _sums(halves.T.copy().view("<i2").reshape(-1, JOINTS * 2), numbers)
    joints = np.empty((len(numbers), JOINTS, 3), np.float32)
    joints[:, :, :2] = steps.reshape(-1, JOINTS, 2) / STEPS_PER_PX
    confidences = np.frombuffer(packed.confidences, np.uint8).reshape(-1, JOINTS)
    joints[:, :, 2] = confidences / 255
    times = packed.begin_at + np.frombuffer(packed.times, "<i4") / STEPS_PER_S
    ends = np.cumsum(np.frombuffer(packed.people, np.uint8), dtype=np.int64)
    everybody = [
        PersonPose(int(number), pose) for number, pose in zip(numbers, joints, strict=True)
    ]
    return [
        PoseFrame(float(at), tuple(everybody[begin:end]))
        for at, begin, end in zip(times, [0, *ends[:-1]], ends, strict=True)
    ]


_NOBODY: NDArray[np.float32] = np.empty((0, JOINTS, 3), np.float32)
_Steps = NDArray[np.int16]


def _ticks(seconds: Sequence[float]) -> NDArray[np.int32]:
    ticks: NDArray[np.int32] = np.rint(np.array(seconds) * STEPS_PER_S).astype("<i4")
    return ticks


def _differences(steps: _Steps, numbers: NDArray[np.int32]) -> _Steps:
    """Return each pose minus the same person's pose before; both wrap around alike."""
    result = steps.copy()
    for number in np.unique(numbers):
        (rows,) = np.nonzero(numbers == number)
        result[rows[1:]] = steps[rows[1:]] - steps[rows[:-1]]
    return result


def _sums(differences: _Steps, numbers: NDArray[np.int32]) -> _Steps:
    result = np.empty_like(differences)
    for number in np.unique(numbers):
        (rows,) = np.nonzero(numbers == number)
        result[rows] = np.cumsum(differences[rows], axis=0, dtype=np.int16)
    return result


def _by_bytes(steps: _Steps) -> bytes:
    halves: NDArray[np.uint8] = steps.reshape(-1, 1).view(np.uint8)
    return halves.T.tobytes()

"""AlphaPose's results, one entry per body and frame, as tracked people.

``[{"image_id": "12.jpg", "keypoints": [51 numbers], "idx": person}, …]``. The frame is the last
number in the picture's name. If ``idx`` is missing, our tracker assigns the person numbers.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from export.data.pose_writer import PoseFile
from tracker.errors import BadPoses
from tracker.limits import MAX_COORDINATE_PX
from tracker.sources.pose_file import (
    MAX_FRAME,
    OUT_OF_RANGE,
    content_of,
    read_people,
)
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Float32, Frame, Pose

_NUMBER = re.compile(r"\d+")
_KEYPOINTS = 51  # COCO-17: x, y and confidence of each


class _Body(msgspec.Struct):
    image_id: str | int
    keypoints: list[float]
    idx: float | Annotated[list[float], msgspec.Meta(min_length=1)] | None = None


class _TrackedBody(msgspec.Struct, frozen=True):
    """A body in a frame; person is -1 if it is not tracked yet."""

    frame: int
    person: int
    joints: Float32


_Bodies: TypeAlias = list[_TrackedBody]
_BODIES = msgspec.json.Decoder(list[_Body])


def convert(file: Path, fps: float) -> PoseFile:
    """Read a results file, gzipped or not; track the bodies if they have no numbers.

    Args:
        fps: rate of the video, for tracking.

    Raises:
        BadPoses: it is missing or malformed; the text names the offending entry.
    """
    try:
        bodies = _BODIES.decode(content_of(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        if _is_tracked(file):
            raise BadPoses(f"{file.name}: is tracked already; use it as it is") from None
        raise BadPoses(f"{file.name}: not a results file of AlphaPose: {err}") from err
    found = [_checked_body(body, f"{file.name}, entry {n}") for n, body in enumerate(bodies)]
    tracked = sum(one.person >= 0 for one in found)
    if not tracked:
        found = list(_tracked(found, fps))
    elif tracked < len(found):
        raise BadPoses(f"{file.name}: {len(found) - tracked} of {len(found)} entries have no idx")
    return _gathered(found)


def _is_tracked(file: Path) -> bool:
    try:
        read_people(file)
    except BadPoses:
        return False
    return True


def _checked_body(body: _Body, where: str) -> _TrackedBody:
    numbers = _NUMBER.findall(Path(str(body.image_id)).stem)
    if not numbers or len(numbers[-1]) > 9 or int(numbers[-1]) > MAX_FRAME:
        raise BadPoses(
            f"{where}: image_id {str(body.image_id)[:40]!r} does not contain the frame number"
        )
    if len(body.keypoints) != _KEYPOINTS:
        raise BadPoses(
            f"{where}: {len(body.keypoints)} keypoint numbers; COCO-17 has {_KEYPOINTS}, "
            "run AlphaPose with a COCO model"
        )
    with np.errstate(over="ignore"):  # too large for float32 becomes infinity: refused next
        joints = np.array(body.keypoints).astype(np.float32).reshape(17, 3)
    if not (np.abs(joints) <= MAX_COORDINATE_PX).all():  # not-a-number too
        raise BadPoses(f"{where}: {OUT_OF_RANGE}")
    idx = body.idx[0] if isinstance(body.idx, list) else body.idx
    if idx is not None and not (0 <= idx <= MAX_FRAME and idx == int(idx)):
        raise BadPoses(f"{where}: idx {idx:g} is not a whole number from 0 to {MAX_FRAME}")
    return _TrackedBody(int(numbers[-1]), -1 if idx is None else int(idx), joints)


def _tracked(found: _Bodies, fps: float) -> Iterator[_TrackedBody]:
    """Track bodies from frame to frame; leave out those the tracker rejects."""
    tracker = ByteTrack()
    ordered = sorted(found, key=attrgetter("frame"))
    points = np.concatenate([np.ones((1, 2), np.float32), *(one.joints[:, :2] for one in ordered)])
    width, height = np.ceil(np.clip(points.max(axis=0), 1, MAX_COORDINATE_PX)).astype(int).tolist()
    for number, group in groupby(ordered, key=attrgetter("frame")):
        poses = [_pose(one.joints) for one in group]
        frame = Frame("file", "0", number, number / fps, width, height)
        for track in tracker.update(frame, poses):
            yield _TrackedBody(number, track.person.number, track.pose.joints)


def _pose(joints: Float32) -> Pose:
    box = np.concatenate([joints[:, :2].min(axis=0), joints[:, :2].max(axis=0)])
    return Pose(joints, box, score=float(np.clip(joints[:, 2].mean(), 0, 1)))


def _gathered(found: _Bodies) -> PoseFile:
    """Sort bodies by person and frame; if a frame occurs twice, the last one counts."""
    poses = PoseFile()
    if not found:
        return poses
    keys: NDArray[np.int64] = np.array([(one.person, one.frame) for one in found])
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    last = np.append((np.diff(keys[order], axis=0) != 0).any(axis=1), True)
    rows = order[last]
    ends = [0, *(np.flatnonzero(np.diff(keys[rows, 0])) + 1).tolist(), len(rows)]
    for begin, end in pairwise(ends):
        _add(poses, [found[row] for row in rows[begin:end]])
    return poses


def _add(poses: PoseFile, person: Sequence[_TrackedBody]) -> None:
    joints = np.stack([one.joints for one in person])
    poses.add(person[0].person, [one.frame for one in person], joints)

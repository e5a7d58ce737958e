"""AlphaPose's results, one entry per body and frame, as tracked people.

``[{"image_id": "12.jpg", "keypoints": [51 numbers], "idx": person}, …]``. The frame is the number
that varies in the pictures' names. If ``idx`` is missing, our tracker assigns the person numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from export.data.image_numbers import frame_numbers
from export.data.pose_writer import PoseFile
from tracker.errors import BadPoses
from tracker.limits import MAX_COORDINATE_PX
from tracker.sources.pose_file import (
    MAX_FRAME,
    OUT_OF_RANGE,
    content_of,
    not_a_number,
    read_people,
)
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Float32, Frame, Pose

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
_BY_PICTURE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BY_PICTURE_BODY = re.compile(rb'^\s*[\[{].*?"keypoints"', re.DOTALL)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# The forms for other tools' readers, by a key that only they have.
_FORMS = {"cmu": b'"bodies"', "open": b'"pose_keypoints_2d"'}
_HEAD_BYTES = 4096
FAR_APART = 10  # frames; at usual rates the longest gap that is bridged is shorter


@dataclass(frozen=True, slots=True)
class Converted:
    """What a results file gave.

    Attributes:
        notes: sentences on what was left out, or looks wrong.
    """

    poses: PoseFile
    notes: tuple[str, ...] = ()


def convert(file: Path, fps: float) -> Converted:
    """Read a results file, gzipped or not; track the bodies if they have no numbers.

    Args:
        fps: rate of the video, for tracking and for pictures named by the time.

    Raises:
        BadPoses: it is missing or malformed; the text names the offending entry.
    """
    content = content_of(file)
    try:
        bodies = _BODIES.decode(content)
    except _UNREADABLE as err:
        raise BadPoses(f"{file.name}: {_refusal(file, content, err)}") from None
    try:
        frames = frame_numbers(dict.fromkeys(body.image_id for body in bodies), fps)
    except BadPoses as err:
        raise BadPoses(f"{file.name}: {err}") from None
    found = [
        _checked_body(body, frames[body.image_id], f"{file.name}, entry {n}")
        for n, body in enumerate(bodies)
    ]
    tracked = sum(one.person >= 0 for one in found)
    if 0 < tracked < len(found):
        raise BadPoses(f"{file.name}: {len(found) - tracked} of {len(found)} entries have no idx")
    chosen = found if tracked else list(_tracked(found, fps))
    poses, kept = _gathered(chosen)
    notes = _notes(len(found) - len(chosen), len(chosen) - kept, sorted(set(frames.values())))
    return Converted(poses, notes)


def _notes(untracked: int, repeated: int, frames: Sequence[int]) -> tuple[str, ...]:
    notes = []
    if untracked:
        notes.append(f"{untracked} poses were too weak or too short-lived to be tracked")
    if repeated:
        notes.append(f"{repeated} poses were replaced: their person has another in the same frame")
    step = median(np.diff(frames).tolist()) if len(frames) > 1 else 1
    if step >= FAR_APART:
        notes.append(
            f"frame numbers are usually {step:g} apart, so nobody can be followed; if they are "
            "milliseconds, rename the pictures by their numbers"
        )
    return tuple(notes)


def _refusal(file: Path, content: bytes, err: Exception) -> str:
    """Return why a file is no results file, and the remedy where its form is known."""
    if (problem := not_a_number(content)) is not None:
        entry = content[: problem.at].count(b'"image_id"') - 1
        return f"entry {max(entry, 0)}: {problem.text}"
    try:
        frames = _BY_PICTURE.decode(content)
    except _UNREADABLE:
        return f"not a results file of AlphaPose: {err}"
    if _is_tracked(file):
        return "is tracked already; use it as it is"
    form = next((form for form, mark in _FORMS.items() if mark in content[:_HEAD_BYTES]), None)
    if form is not None:
        return f"is in AlphaPose's form {form!r}; run it with --format coco, its default"
    if frames and all(_BY_PICTURE_BODY.search(bytes(one)) for one in frames.values()):
        return (
            "is one object by picture; AlphaPose's default form is a list of bodies, each with "
            "its image_id: run it with --format coco"
        )
    return f"not a results file of AlphaPose: {err}"


def _is_tracked(file: Path) -> bool:
    try:
        read_people(file)
    except BadPoses:
        return False
    return True


def _checked_body(body: _Body, frame: int, where: str) -> _TrackedBody:
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
    return _TrackedBody(frame, -1 if idx is None else int(idx), joints)


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


def _gathered(found: _Bodies) -> tuple[PoseFile, int]:
    """Sort bodies by person and frame; if a frame occurs twice, the last one counts.

    Returns:
        The poses and their number.
    """
    poses = PoseFile()
    if not found:
        return poses, 0
    keys: NDArray[np.int64] = np.array([(one.person, one.frame) for one in found])
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    last = np.append((np.diff(keys[order], axis=0) != 0).any(axis=1), True)
    rows = order[last]
    ends = [0, *(np.flatnonzero(np.diff(keys[rows, 0])) + 1).tolist(), len(rows)]
    for begin, end in pairwise(ends):
        _add(poses, [found[row] for row in rows[begin:end]])
    return poses, len(rows)


def _add(poses: PoseFile, person: Sequence[_TrackedBody]) -> None:
    joints = np.stack([one.joints for one in person])
    poses.add(person[0].person, [one.frame for one in person], joints)

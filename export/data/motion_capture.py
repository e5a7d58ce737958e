"""Motion capture in Acclaim's format (ASF skeletons, AMC motions) as COCO-17 joints in space.

Files of the CMU Graphics Lab's database (mocap.cs.cmu.edu) are read as they come, gzipped or not.
A bone's own axes are turned by what ``axis`` says; its motion turns about these, x first, then y,
then z; turns add up from the root outwards.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.errors import BadPoses
from tracker.simulator.body import HEAD, LOWER, UPPER

Floats: TypeAlias = NDArray[np.float64]

CAPTURE_FPS = 120.0
# CMU's lengths are inches × 0.45 (their page on units): one is 0.0254 / 0.45 metres.
METRES = 0.0254 / 0.45
ROOT = "root"
_ROOT_CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz")
# Bones whose far end is the joint, COCO-17 from the left shoulder on.
_ENDS = (
    *("lclavicle", "rclavicle", "lhumerus", "rhumerus", "lradius", "rradius"),
    *("lhipjoint", "rhipjoint", "lfemur", "rfemur", "ltibia", "rtibia"),
)
_SKULL, _BELOW_SKULL = "head", "upperneck"
# From between the ears: the simulated body's head, without its height above the shoulders.
_FACE = HEAD - np.array([0.005, 0.0, 0.114])


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A bone of a skeleton.

    Attributes:
        parent: the bone, or root, whose end it begins at.
        offset: float64 (3,), from its beginning to its end at rest, in the file's units.
        axes: float64 (3, 3), from its own axes to the world's at rest.
        channels: the angles its motion gives, of rx, ry, rz.
    """

    parent: str
    offset: Floats
    axes: Floats
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Bones by name, every parent before its children."""

    bones: dict[str, Bone]

    @property
    def stature_m(self) -> float:
        """The body's height, from thigh and shin by Winter's proportions."""
        leg = sum(np.linalg.norm(self.bones[name].offset) for name in ("lfemur", "ltibia"))
        return float(leg * METRES / (UPPER[2] + LOWER[2]))


def read_skeleton(file: Path) -> Skeleton:
    """Read an ASF file.

    Raises:
        BadPoses: it is malformed, or lacks a bone that COCO-17 needs.
    """
    try:
        sections = _sections(_lines(file))
        bones = _bones(sections["bonedata"])
        parents = _parents(sections["hierarchy"])
        ordered = {name: _hung(bones[name], parents[name]) for name in parents}
    except (KeyError, ValueError, IndexError) as err:
        raise BadPoses(f"{file} is no readable ASF skeleton: {err!r}") from err
    missing = {*_ENDS, _SKULL, _BELOW_SKULL} - set(ordered)
    if missing:
        raise BadPoses(f"{file} lacks the bones {', '.join(sorted(missing))}")
    return Skeleton(ordered)


def read_motion(file: Path, skeleton: Skeleton) -> dict[str, Floats]:
    """Read an AMC file: of every moving bone its channels, float64 (F, channels), degrees.

    Raises:
        BadPoses: it is malformed or does not fit the skeleton.
    """
    widths = {name: len(bone.channels) for name, bone in skeleton.bones.items() if bone.channels}
    widths[ROOT] = len(_ROOT_CHANNELS)
    rows: dict[str, list[list[float]]] = {name: [] for name in widths}
    for line in _lines(file):
        name, *values = line.split()
        if name in rows:
            if len(values) != widths[name]:
                raise BadPoses(f"{file}: {name} has {len(values)} numbers; it moves {widths[name]}")
            try:
                rows[name].append([float(value) for value in values])
            except ValueError as err:
                raise BadPoses(f"{file}: {name} has {' '.join(values)!r}, no numbers") from err
    counts = {len(values) for values in rows.values()}
    if len(counts) != 1 or counts == {0}:
        raise BadPoses(f"{file} has not the same number of frames of every bone, or none")
    return {name: np.array(values) for name, values in rows.items()}


def joints_m(skeleton: Skeleton, motion: dict[str, Floats]) -> Floats:
    """Return COCO-17 joints, float64 (F, 17, 3): x ahead, y to the left, z up, in metres.

    Ahead is where the skeleton looks at rest; the ground is at 0 for the lowest ankle's frame.
    """
    ends, turns = _forward(skeleton, motion)
    body = [ends[name] for name in _ENDS]
    middle = (ends[_BELOW_SKULL] + ends[_SKULL]) / 2
    # At rest y is up, z ahead and x to the left.
    face = _FACE[:, [1, 2, 0]] * skeleton.stature_m / METRES  # (5, 3)
    head = middle[:, None] + np.einsum("fij,kj->fki", turns[_SKULL], face)
    joints = np.concatenate([head, np.stack(body, axis=1)], axis=1) * METRES
    joints = joints[..., [2, 0, 1]]
    joints[..., 2] -= joints[:, 15:17, 2].min() - 0.039 * skeleton.stature_m
    return np.asarray(joints)


def at_rate(joints: Floats, fps: float, from_fps: float = CAPTURE_FPS) -> Floats:
    """Return what a camera of that rate would see of (F, ...) frames, linearly in between."""
    places = np.arange(int((len(joints) - 1) * fps / from_fps) + 1) * from_fps / fps
    before = np.minimum(places.astype(np.int64), max(len(joints) - 2, 0))
    share = (places - before).reshape(-1, *[1] * (joints.ndim - 1))
    return np.asarray(joints[before] * (1 - share) + joints[before + (len(joints) > 1)] * share)


def _forward(
    skeleton: Skeleton, motion: dict[str, Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return each bone's end, (F, 3), and how it is turned against rest, (F, 3, 3)."""
    root = motion[ROOT]
    ends, turns = {ROOT: root[:, :3]}, {ROOT: _rotations(root[:, 3:], "xyz")}
    for name, bone in skeleton.bones.items():
        turn = turns[bone.parent]
        if bone.channels:
            own = _rotations(motion[name], "".join(channel[1] for channel in bone.channels))
            turn = turn @ bone.axes @ own @ bone.axes.T
        turns[name] = turn
        ends[name] = ends[bone.parent] + turn @ bone.offset
    return ends, turns


def _rotations(degrees: Floats, axes: str) -> Floats:
    """Return matrices (F, 3, 3) that turn about the axes one after the other."""
    total = np.broadcast_to(np.eye(3), (len(degrees), 3, 3))
    for column, axis in enumerate(axes):
        angle = np.radians(degrees[:, column])
        first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        turn = np.tile(np.eye(3), (len(degrees), 1, 1))
        turn[:, first, first] = turn[:, second, second] = np.cos(angle)
        turn[:, second, first], turn[:, first, second] = np.sin(angle), -np.sin(angle)
        total = turn @ total
    return total


def _lines(file: Path) -> Iterator[str]:
    """Yield the lines that say something."""
    try:
        data = file.read_bytes()
        text = gzip.decompress(data) if file.suffix == ".gz" else data
        for line in text.decode("latin-1").splitlines():
            if stripped := line.split("#", 1)[0].strip():
                yield stripped
    except (OSError, EOFError) as err:
        raise BadPoses(f"{file} cannot be read: {err}") from err


def _sections(lines: Iterator[str]) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith(":"):
            current = sections.setdefault(line[1:].split()[0].lower(), [])
        else:
            current.append(line)
    return sections


def _bones(lines: list[str]) -> dict[str, dict[str, list[str]]]:
    """Return the words of each bone's entry, by its keys."""
    bones: dict[str, dict[str, list[str]]] = {}
    entry: dict[str, list[str]] = {}
    for line in lines:
        key, *words = line.split()
        if key == "begin":
            entry = {}
        elif key == "end":
            bones[entry["name"][0]] = entry
        else:
            entry[key] = words
    return bones


def _parents(lines: list[str]) -> dict[str, str]:
    """Return each bone's parent; parents stand before their children."""
    parents: dict[str, str] = {}
    for line in lines:
        parent, *children = line.split()
        if children and parent != ROOT and parent not in parents:
            raise ValueError(f"{parent} has children before it has a parent")
        parents |= dict.fromkeys(children, parent)
    return parents


def _hung(entry: dict[str, list[str]], parent: str) -> Bone:
    direction = np.array([float(word) for word in entry["direction"]])
    *angles, order = entry["axis"]
    degrees = np.array([[float(angle) for angle in angles]])
    channels = tuple(word.lower() for word in entry.get("dof", ()) if word.lower() != "l")
    return Bone(
        parent,
        direction / np.linalg.norm(direction) * float(entry["length"][0]),
        _rotations(degrees, order.lower())[0],
        channels,
    )

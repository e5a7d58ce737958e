"""From a body's joints to its flesh and clothes: rounded limbs, a trunk in slices, a head.

Thicknesses are parts of the stature.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tracker.simulator.body import Floats

Cloth: TypeAlias = Literal["skin", "hair", "shirt", "trousers", "shoe"]

_SLICES = 10
_TROUSERS_UP_TO = 0.12  # of the way from the hips to the shoulders
# Along that way: half the depth and half the width of the trunk.
_DEPTH = ([0.0, 0.25, 0.5, 0.8, 1.0], [0.066, 0.058, 0.056, 0.064, 0.042])
_WIDTH = ([0.0, 0.2, 0.45, 0.8, 1.0], [0.098, 0.088, 0.088, 0.112, 0.105])
HEAD_AXES = np.array([0.060, 0.046, 0.068])  # half, ahead, across and up


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """A rounded piece between two points of the world.

    Attributes:
        begin_m, end_m: float64 (3,).
        begin_thick_m, end_thick_m: its radius there.
    """

    begin_m: Floats
    end_m: Floats
    begin_thick_m: float
    end_thick_m: float
    cloth: Cloth


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """An egg with a face.

    Attributes:
        turned: float64 (3, 3): ahead, to its left and up, as rows.
        half_axes_m: in these directions.
    """

    middle_m: Floats
    turned: Floats
    half_axes_m: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """All of a body."""

    limbs: tuple[Limb, ...]
    head: Head


def figure(joints_m: Floats, stature_m: float) -> Figure:
    """Return the body around joints in the world, COCO-17, float64 (17, 3)."""
    shoulders, hips = joints_m[5:7], joints_m[11:13]
    up = _unit(shoulders.mean(axis=0) - hips.mean(axis=0))
    limbs = [*_trunk(shoulders, hips), *_neck(joints_m, up), *_arms(joints_m), *_legs(joints_m, up)]
    scaled = tuple(
        Limb(each.begin_m, each.end_m, *_times(stature_m, each), each.cloth) for each in limbs
    )
    return Figure(scaled, _head(joints_m, up, stature_m))


def _times(stature_m: float, limb: Limb) -> tuple[float, float]:
    return stature_m * limb.begin_thick_m, stature_m * limb.end_thick_m


def _trunk(shoulders: Floats, hips: Floats) -> Iterator[Limb]:
    length = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0))) / 0.288
    for part in np.linspace(0.0, 1.0, _SLICES):
        left, right = hips + (shoulders - hips) * part
        depth, width = float(np.interp(part, *_DEPTH)), float(np.interp(part, *_WIDTH))
        out = _unit(left - right) * max(width - depth, 0.0) * length
        middle = (left + right) / 2
        cloth: Cloth = "trousers" if part < _TROUSERS_UP_TO else "shirt"
        yield Limb(middle + out, middle - out, depth, depth, cloth)


def _neck(joints: Floats, up: Floats) -> Iterator[Limb]:
    yield Limb(
        joints[5:7].mean(axis=0), joints[3:5].mean(axis=0) - 0.035 * up, 0.036, 0.034, "skin"
    )


def _arms(joints: Floats) -> Iterator[Limb]:
    for shoulder, elbow, wrist in joints[[[5, 7, 9], [6, 8, 10]]]:
        sleeve, bare = shoulder + 0.62 * (elbow - shoulder), shoulder + 0.55 * (elbow - shoulder)
        along = _unit(wrist - elbow)
        yield Limb(shoulder, sleeve, 0.037, 0.033, "shirt")
        yield Limb(bare, elbow, 0.027, 0.024, "skin")
        yield Limb(elbow, wrist, 0.025, 0.017, "skin")
        yield Limb(wrist + 0.018 * along, wrist + 0.13 * along, 0.021, 0.017, "skin")


def _legs(joints: Floats, up: Floats) -> Iterator[Limb]:
    across = _unit(joints[11] - joints[12])
    middle = joints[11:13].mean(axis=0)
    ahead = np.cross(across, up)
    for hip, knee, ankle in joints[[[11, 13, 15], [12, 14, 16]]]:
        shank = _unit(ankle - knee)
        toes = _unit(np.cross(shank, across))
        toes = -toes if float(toes @ ahead) < 0 else toes
        yield Limb(hip + 0.1 * (hip - middle), knee, 0.056, 0.037, "trousers")
        yield Limb(knee, ankle, 0.036, 0.027, "trousers")
        heel, tip = ankle + 0.039 * shank - 0.035 * toes, ankle + 0.053 * shank + 0.176 * toes
        yield Limb(heel, tip, 0.025, 0.020, "shoe")


def _head(joints: Floats, up: Floats, stature_m: float) -> Head:
    ears = joints[3:5].mean(axis=0)
    ahead = _unit(joints[0] - ears)
    left = _unit(np.cross(up, ahead))
    turned = np.stack([ahead, left, np.cross(ahead, left)])
    middle = ears + stature_m * (0.018 * up + 0.012 * ahead)
    return Head(middle, turned, HEAD_AXES * stature_m)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))

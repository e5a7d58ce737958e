"""A film of somebody who walks into an empty room, falls and stays down, with its truth.

Drawn, not filmed: no picture of anybody is needed, and nobody's licence. Detectors and pose
networks take the figure for a person; `posewarden-lab bench canary` measures how surely.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property

import cv2
import numpy as np

from tracker.simulator.actions import Habits, fall, idle
from tracker.simulator.body import Floats, cadence_hz, gait, skeleton
from tracker.simulator.film.brush import Brush, wrinkles
from tracker.simulator.film.eye import Eye
from tracker.simulator.film.figure import Cloth, figure
from tracker.simulator.film.room import room
from tracker.simulator.view import Camera
from tracker.types import Float32, Image

FPS = 12.0
LENGTH_S = 6.0
FALLS_AT_S = 3.6
WIDTH_PX, HEIGHT_PX = 640, 360
_STATURE_M = 1.76
_SPEED = 1.25  # m/s
_BEGIN_M = (5.2, 4.9)  # beyond the picture's left edge
_HEADING = -math.pi / 2 + 0.25
_STOPS_S = 0.35
_COLOURS: dict[Cloth, tuple[int, int, int]] = {
    "skin": (120, 150, 205),
    "hair": (25, 30, 40),
    "shirt": (60, 60, 170),
    "trousers": (90, 60, 40),
    "shoe": (30, 30, 35),
}
_NOISE = 2.0  # of the sensor, in grey values
_ROOM_PX = 24  # around the joints, for flesh and shadow
_SHADOW = (
    (5, 11, 0.2), (6, 12, 0.2), (11, 15, 0.12), (12, 16, 0.12), (5, 9, 0.08), (6, 10, 0.08),
    (0, 5, 0.15),
)  # fmt: skip
_SHADOW_DARK, _SHADOW_SOFT_PX = 0.35, 5.0
_SOFT_PX = 0.6  # of the lens


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture of the film.

    Attributes:
        at_s: since it began.
        image: uint8 (H, W, 3) BGR.
        joints_px: where the body truly is, float32 (17, 2); partly outside at first.
        inside: the whole body is in the picture.
    """

    at_s: float
    image: Image
    joints_px: Float32
    inside: bool

    def without_picture(self) -> "Shot":
        """Return the truth alone, which needs no room."""
        return replace(self, image=np.empty((0, 0, 3), np.uint8))


class Film:
    """Draws the film, picture by picture.

    Args:
        seed: of the sensor's noise: two films of other seeds have no picture in common.
    """

    def __init__(self, seed: int = 0) -> None:
        height_m, away_m = 2.4, 5.2
        pitch = math.atan2(height_m - 0.95, away_m)
        self._eye = Eye(Camera(WIDTH_PX, HEIGHT_PX, 480.0, height_m, pitch))
        rng = np.random.default_rng(0)
        self._folds, self._room = wrinkles(rng), room(self._eye, rng)
        self._noise = np.random.default_rng(seed)
        self._colours = {cloth: np.array(bgr, float) for cloth, bgr in _COLOURS.items()}

    @cached_property
    def _grain(self) -> Float32:
        """Noise of a picture; each takes another part of it."""
        shape = (2 * HEIGHT_PX, 2 * WIDTH_PX, 3)
        return _NOISE * self._noise.standard_normal(shape, np.float32)

    def shots(self) -> Iterator[Shot]:
        """Yield the pictures, from the empty room to the body on the ground."""
        for shot, joints_m in self._acted():
            yield replace(shot, image=self._seen(self._drawn(joints_m, shot.joints_px)))

    def truth(self) -> Iterator[Shot]:
        """Yield the same with black pictures: nothing is drawn."""
        return (shot for shot, _ in self._acted())

    def _acted(self) -> Iterator[tuple[Shot, Floats]]:
        black = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        at_s, bodies_m = acted()
        for now_s, joints_m in zip(at_s, bodies_m, strict=True):
            pixels = self._eye.camera.project(joints_m).astype(np.float32)
            inside = (pixels >= 0).all() and (pixels < (WIDTH_PX, HEIGHT_PX)).all()
            yield Shot(float(now_s), black, pixels, bool(inside)), joints_m

    def _drawn(self, joints_m: Floats, joints_px: Float32) -> Float32:
        picture = self._room.copy()
        low = np.maximum(joints_px.min(axis=0) - _ROOM_PX, 0).astype(int)
        edge_px = np.array([WIDTH_PX, HEIGHT_PX])
        high = np.minimum(joints_px.max(axis=0) + _ROOM_PX, edge_px).astype(int)
        picture *= 1 - _SHADOW_DARK * self._shadow(joints_m)[..., None]
        if (low >= high).any():
            return picture
        patch = picture[low[1] : high[1], low[0] : high[0]]
        brush = Brush(self._eye, patch, int(low[0]), int(low[1]), self._folds, self._colours)
        body = figure(joints_m, _STATURE_M)
        for limb in body.limbs:
            brush.limb(limb)
        brush.head(body.head)
        return picture

    def _shadow(self, joints_m: Floats) -> Float32:
        """Return how much of the light each pixel lacks, float32 (H, W)."""
        ground_m = joints_m + joints_m[:, 2:] * [0.25, -0.2, 0.0]
        ground_m[:, 2] = 0.0
        depth_m = np.maximum(self._eye.seen_m(ground_m)[:, 2], 1.0)
        points = np.rint(self._eye.camera.project(ground_m)).astype(int).tolist()
        dark = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        for first, second, wide_m in _SHADOW:
            wide_px = max(int(wide_m * self._eye.camera.focal_px / depth_m[first]), 1)
            cv2.line(dark, points[first], points[second], 1.0, wide_px)
        return np.asarray(cv2.GaussianBlur(dark, (0, 0), _SHADOW_SOFT_PX), np.float32)

    def _seen(self, picture: Float32) -> Image:
        """Return what the sensor makes of it: a little soft, and with noise."""
        soft = cv2.GaussianBlur(picture, (0, 0), _SOFT_PX)
        top, left = self._noise.integers(0, (HEIGHT_PX, WIDTH_PX)).tolist()
        noise = self._grain[top : top + HEIGHT_PX, left : left + WIDTH_PX]
        return np.asarray(np.clip(soft + noise, 0, 255), np.uint8)


def acted() -> tuple[Floats, Floats]:
    """Return when, and the body's joints in the world then: (F,), float64 (F, 17, 3), metres."""
    frames = round(LENGTH_S * FPS)
    at_s, stature_m = np.arange(frames) / FPS, np.full(frames, _STATURE_M)
    slower = np.clip((at_s - FALLS_AT_S) / _STOPS_S, 0, 1)
    speed = _SPEED * (1 - slower * slower * (3 - 2 * slower))
    walked_m = np.cumsum(speed) / FPS
    strides = np.cumsum(cadence_hz(np.maximum(speed, 1e-3), stature_m)) / FPS
    posture = gait(strides, speed, stature_m)
    one = Habits.draw(1, np.random.default_rng(3))
    habits = Habits(*(np.repeat(getattr(one, each.name), frames, axis=0) for each in fields(one)))
    habits.swing[:], habits.elbow[:] = 1.0, 0.0
    idle(posture, habits, at_s[:, None])
    falling = np.flatnonzero(at_s >= FALLS_AT_S).tolist()
    fall(posture, falling, at_s[falling] - FALLS_AT_S)
    return at_s, _placed(skeleton(posture, stature_m), walked_m)


def _placed(body_m: Floats, walked_m: Floats) -> Floats:
    cos, sin = math.cos(_HEADING), math.sin(_HEADING)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    placed = body_m @ turn
    placed[..., 0] += (_BEGIN_M[0] + cos * walked_m)[:, None]
    placed[..., 1] += (_BEGIN_M[1] + sin * walked_m)[:, None]
    return np.asarray(placed)

"""The empty room that the made-up person walks through: tiles, a wall, a window, a door."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.simulator.body import Floats
from tracker.simulator.film.eye import Eye
from tracker.types import Float32

WALL_M = 9.0
_TILE_M = 0.6
_BRIGHTEST = 255
_Where: TypeAlias = NDArray[np.bool_]


def room(eye: Eye, rng: np.random.Generator) -> Float32:
    """Return what the camera sees of it, float32 (H, W, 3) BGR, 0 to 255."""
    places_m, floor = _places_m(eye)
    colours = np.where(floor[..., None], _tiles(places_m), _wall(places_m))
    grain = _grain(rng, floor.shape)
    height, width = floor.shape
    x, y = np.linspace(-1, 1, width)[None], np.linspace(-1, 1, height)[:, None]
    corners = 1 - 0.09 * (x * x + y * y)  # lenses lose light there
    lit = (colours + grain[..., None]) * corners[..., None]
    return np.asarray(np.clip(lit, 0, _BRIGHTEST), np.float32)


def _places_m(eye: Eye) -> tuple[Floats, _Where]:
    """Return what point of the world each pixel shows, (H, W, 3), and whether it is floor."""
    rays, height_m = eye.rays(), eye.camera.height_m
    downward = rays[..., 2] < 0
    to_floor = np.where(downward, -height_m / np.minimum(rays[..., 2], -1e-6), np.inf)
    to_wall = WALL_M / np.maximum(rays[..., 0], 1e-6)
    floor = to_floor < to_wall
    away = np.where(floor, to_floor, to_wall)
    return rays * away[..., None] + [0.0, 0.0, height_m], floor


def _tiles(places_m: Floats) -> Floats:
    x, y = places_m[..., 0] / _TILE_M, places_m[..., 1] / _TILE_M
    checked = (np.floor(x) + np.floor(y)) % 2
    joint = (np.abs(x % 1 - 0.5) > 0.485) | (np.abs(y % 1 - 0.5) > 0.485)
    return np.asarray(np.array([150.0, 158, 165]) - (6 * checked + 25 * joint)[..., None])


def _wall(places_m: Floats) -> Floats:
    y, z = places_m[..., 1], places_m[..., 2]
    colours = np.array([196.0, 205, 208]) - 7 * np.clip(z, 0, 3)[..., None]
    colours[z < 0.12] = (110, 120, 128)
    colours[_inside(y, z, (-3.4, -2.4, 0.0, 2.1))] = (70, 85, 100)
    colours[_inside(y, z, (-3.34, -2.46, 0.0, 2.04))] = (95, 120, 150)
    colours[_inside(y, z, (0.6, 2.6, 1.0, 2.2))] = (120, 126, 130)
    colours[_inside(y, z, (0.66, 1.57, 1.06, 2.14))] = (214, 200, 176)
    colours[_inside(y, z, (1.63, 2.54, 1.06, 2.14))] = (214, 200, 176)
    return colours


def _inside(y: Floats, z: Floats, edges_m: tuple[float, float, float, float]) -> _Where:
    right, left, low, high = edges_m
    return np.asarray((y > right) & (y < left) & (z > low) & (z < high))


def _grain(rng: np.random.Generator, shape: tuple[int, ...]) -> Float32:
    """Return what keeps walls and floors from being of one colour."""
    height, width = shape
    fine = cv2.GaussianBlur(rng.standard_normal((height, width), np.float32), (0, 0), 1.0)
    coarse = rng.standard_normal((height // 16 + 1, width // 16 + 1), np.float32)
    stains = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(2.5 * fine / fine.std() + 4 * stains, np.float32)

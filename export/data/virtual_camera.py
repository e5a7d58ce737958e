"""Random cameras that film bodies known in space, and what the pose pipeline would make of them."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.data.pose_errors import PoseErrors
from tracker.resampling import resample
from tracker.simulator.view import Camera
from tracker.types import Float32

Floats: TypeAlias = NDArray[np.float64]

HEIGHT_M = (2.0, 6.0)
TILT = (np.radians(10), np.radians(60))
LENS = (np.radians(40), np.radians(110))  # across the picture's width
PICTURES_PX = ((1280, 720), (640, 480))
STEEPEST = np.radians(65)  # from further above a body shows hardly more than its head
CENTRE = 0.7  # of the picture's width and height: in there stands the middle of a motion
CHEST_M = 1.0
# In pixels of a picture 720 high: smaller bodies are not scored, larger ones do not fit.
SIZE_PX = (70.0, 620.0)
TRIES = 40


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """A body in a picture.

    Attributes:
        points: float32 (n, 17, 2), exact, in pixels.
        size_px: float32 (n,), how tall the upright body would be at each moment's distance.
    """

    points: Float32
    size_px: Float32


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera: 2 to 6 m high, tilted 10° to 60°, a lens of 40° to 110°."""
    width_px, height_px = PICTURES_PX[rng.integers(len(PICTURES_PX))]
    focal_px = width_px / (2 * np.tan(rng.uniform(*LENS) / 2))
    return Camera(width_px, height_px, focal_px, rng.uniform(*HEIGHT_M), rng.uniform(*TILT))


def film(
    joints_m: Floats, stature_m: float, least_frames: int, rng: np.random.Generator
) -> Filmed | None:
    """Film a motion from a random camera, from any direction; None: it fits into no picture.

    Args:
        joints_m: float64 (F, 17, 3), z up, the ground at 0.
        least_frames: so many in a row must lie in the picture as a whole; the longest row is kept.
    """
    middle = np.append(joints_m[..., :2].reshape(-1, 2).mean(axis=0), 0.0)
    for _ in range(TRIES):
        camera = draw_camera(rng)
        place = _place(camera, rng)
        if place is None:
            continue
        turned = _turned(joints_m - middle, rng.uniform(0, 2 * np.pi)) + place
        filmed = _seen(camera, turned, stature_m)
        if len(filmed.points) >= least_frames:
            return filmed
    return None


def pipeline_poses(
    filmed: Filmed, errors: PoseErrors, fps: float, model_fps: float, rng: np.random.Generator
) -> Float32:
    """Return the poses that the pipeline would give, at the model's rate, float32 (m, 17, 3).

    Args:
        fps: of the camera, at which the body was filmed; each of its frames has its own error.
    """
    return resample(errors.lay_on(filmed.points, filmed.size_px, rng), fps, model_fps)


def _place(camera: Camera, rng: np.random.Generator) -> Floats | None:
    """Draw where a body stands that shows near the picture's middle; None: above the horizon."""
    across, down = rng.uniform(-0.5, 0.5, 2) * CENTRE
    left = -across * camera.width_px / camera.focal_px
    below = down * camera.height_px / camera.focal_px
    drop = np.sin(camera.pitch) + below * np.cos(camera.pitch)  # metres a metre of depth
    if drop < 0.05:
        return None
    depth_m = (camera.height_m - CHEST_M) / drop
    ahead_m = depth_m * (np.cos(camera.pitch) - below * np.sin(camera.pitch))
    return np.array([ahead_m, depth_m * left, 0.0])


def _seen(camera: Camera, joints_m: Floats, stature_m: float) -> Filmed:
    """Project, and keep the longest stretch that lies in the picture at a usable size."""
    pixels = camera.project(joints_m)
    hips = joints_m[:, 11:13].mean(axis=1)
    depth_m = hips[:, 0] * np.cos(camera.pitch)
    depth_m = depth_m - (hips[:, 2] - camera.height_m) * np.sin(camera.pitch)
    size_px = camera.focal_px * stature_m / np.maximum(depth_m, 0.5)
    away_m = np.hypot(hips[:, 0], hips[:, 1])
    steep = np.arctan2(camera.height_m - CHEST_M, away_m)
    unit = camera.height_px / 720
    good = (depth_m > 1.0) & (steep < STEEPEST)
    good &= (size_px > SIZE_PX[0]) & (size_px < SIZE_PX[1] * unit)
    inside = (pixels >= 0) & (pixels < [camera.width_px, camera.height_px])
    good &= inside.all(axis=(1, 2))
    begin, end = _longest(good)
    return Filmed(
        pixels[begin:end].astype(np.float32),
        size_px[begin:end].astype(np.float32),
    )


def _longest(good: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest stretch of True begins and ends."""
    edges = np.flatnonzero(np.diff(np.pad(good.astype(np.int8), 1)))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return 0, 0
    longest = int((ends - begins).argmax())
    return int(begins[longest]), int(ends[longest])


def _turned(points_m: Floats, yaw: float) -> Floats:
    cos, sin = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(points_m @ turn)

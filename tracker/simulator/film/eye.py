"""Where points of the made-up world lie before a camera: in its own directions, and in pixels."""

import math
from dataclasses import dataclass, field

import numpy as np

from tracker.simulator.body import Floats
from tracker.simulator.view import Camera


@dataclass(frozen=True, eq=False)
class Eye:
    """A camera with its own directions.

    Attributes:
        axes: float64 (3, 3): right, down and ahead, as rows of world coordinates.
    """

    camera: Camera
    axes: Floats = field(init=False)

    def __post_init__(self) -> None:
        cos, sin = math.cos(self.camera.pitch), math.sin(self.camera.pitch)
        axes = np.array([[0.0, -1.0, 0.0], [-sin, 0.0, -cos], [cos, 0.0, -sin]])
        object.__setattr__(self, "axes", axes)

    def seen_m(self, points_m: Floats) -> Floats:
        """Return points as metres to the right of, below and ahead of the camera, (..., 3)."""
        return np.asarray((points_m - [0.0, 0.0, self.camera.height_m]) @ self.axes.T)

    def pixels(self, seen_m: Floats) -> Floats:
        """Return where such points lie in the picture, (..., 2)."""
        depth = np.maximum(seen_m[..., 2:], 0.5)
        middle = np.array([self.camera.width_px / 2, self.camera.height_px / 2])
        return np.asarray(middle + self.camera.focal_px * seen_m[..., :2] / depth)

    def rays(self) -> Floats:
        """Return the way that each pixel looks in the world, 1 m ahead: float64 (H, W, 3)."""
        camera = self.camera
        across = (np.arange(camera.width_px) - camera.width_px / 2) / camera.focal_px
        down = (np.arange(camera.height_px) - camera.height_px / 2) / camera.focal_px
        right, below, ahead = self.axes
        return np.asarray(ahead + across[None, :, None] * right + down[:, None, None] * below)

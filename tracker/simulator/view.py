"""Projects simulated people into the picture of a fixed camera, with a pose network's errors."""

from dataclasses import dataclass

import numpy as np

from tracker.simulator.body import Floats

NEAR_M = 7.0
FAR_M = 16.0
EDGE_M = 1.3  # room left and right for arms and falls
# The estimator's errors, as parts of a person's height in the picture.
SLOW_ERROR = 0.008  # wanders over half a second
QUICK_ERROR = 0.003  # new in every frame
SLOW_ERROR_S = 0.4
CERTAINTY = np.array([0.86] * 5 + [0.92] * 8 + [0.88] * 4)  # head, arms and hips, legs


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera above the origin; x goes into the scene, y to the left, z up, in metres."""

    width_px: int
    height_px: int
    focal_px: float
    height_m: float
    pitch: float

    @classmethod
    def draw(cls, width_px: int, height_px: int, chance: np.random.Generator) -> "Camera":
        """Draw a plausible mounting that sees the ground from NEAR_M to FAR_M."""
        height_m = chance.uniform(3.2, 4.6)
        down_to = np.arctan2(height_m, NEAR_M - 0.6)
        up_to = np.arctan2(height_m - 2.0, FAR_M)
        focal_px = 0.44 * height_px / np.tan((down_to - up_to) / 2)
        focal_px = min(focal_px, 1.05 * width_px)
        return cls(width_px, height_px, focal_px, height_m, (down_to + up_to) / 2)

    def project(self, points_m: Floats) -> Floats:
        """Return pixels (..., 2) of world points (..., 3)."""
        cos, sin = np.cos(self.pitch), np.sin(self.pitch)
        x, z = points_m[..., 0], points_m[..., 2] - self.height_m
        depth = np.maximum(x * cos - z * sin, 0.5)
        u_px = self.width_px / 2 - self.focal_px * points_m[..., 1] / depth
        v_px = self.height_px / 2 - self.focal_px * (x * sin + z * cos) / depth
        return np.stack([u_px, v_px], axis=-1)

    def half_width_m(self, x_m: float) -> float:
        """Return how far to the side people may walk at that distance."""
        return x_m * self.width_px / (2 * self.focal_px) - EDGE_M


class Eyes:
    """Turn true joints into what a pose estimator would tell: jitter and confidence.

    Args:
        noise: 1 as usual, 0 none.
        elapsed_s: from one frame to the next.
    """

    def __init__(
        self, people: int, noise: float, elapsed_s: float, chance: np.random.Generator
    ) -> None:
        self._noise = noise
        self._keep = np.exp(-elapsed_s / SLOW_ERROR_S)
        self._renew = np.sqrt(1 - self._keep * self._keep)
        self._chance = chance
        self._slow = chance.standard_normal((people, 17, 2))
        self._bias = chance.normal(0, 0.02, (people, 17))

    def blink(self) -> tuple[Floats, Floats]:
        """Draw the errors of the next frame: those that wander and those that are new."""
        quick = self._chance.standard_normal(self._slow.shape)
        self._slow = self._keep * self._slow + self._renew * quick
        return self._slow, quick

    def see(
        self, pixels: Floats, body: Floats, heading: Floats, slow: Floats, quick: Floats
    ) -> Floats:
        """Return float64 (F, P, 17, 3): x_px, y_px, confidence.

        Args:
            pixels: (F, P, 17, 2), exact.
            body: (F, P, 17, 3) in metres, to tell the far side of each body.
            heading: (F, P), 0 looks away from the camera.
            slow, quick: (F, P, 17, 2), what `blink` drew for each frame.
        """
        size_px = np.ptp(pixels, axis=2).max(axis=-1)[..., None, None]  # height or width
        error = SLOW_ERROR * slow + QUICK_ERROR * quick[:, :, ::-1]
        seen = np.empty((*pixels.shape[:3], 3))
        seen[..., :2] = pixels + self._noise * size_px * error
        # The far side of a body is hidden by the near one; a head seen from behind has no face.
        hidden = 0.5 * (body[..., 0] - body[:, :, 11:13, 0].mean(axis=2)[..., None])
        seen[..., 2] = CERTAINTY + self._bias - np.clip(hidden, -0.05, 0.15) + 0.01 * quick[..., 0]
        seen[:, :, :3, 2] -= 0.35 * np.maximum(np.cos(heading), 0)[..., None]
        np.clip(seen[..., 2], 0.05, 0.99, out=seen[..., 2])
        return seen

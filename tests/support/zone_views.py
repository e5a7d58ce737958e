"""Views of people whose feet are put where a test wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.types import Float32, FrameView, PersonId, Pose, Track

WIDTH_PX, HEIGHT_PX = 640, 480
FPS = 15.0
# A standing body of 100 px, COCO-17.
_X = (0, 2, -2, 4, -4, 10, -10, 14, -14, 15, -15, 7, -7, 7, -7, 7, -7)
_Y = (4, 3, 3, 4, 4, 18, 18, 32, 32, 46, 46, 48, 48, 72, 72, 96, 96)
BODY: Float32 = np.array([_X, _Y], np.float32).T
HALF_PX = (320, 240)
ANKLES, HIPS = (15, 16), (11, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body in one frame.

    Attributes:
        feet: middle of the ankles, shares of the picture.
        fallen: 0 upright, 1 flat to the right, -1 to the left.
        unseen: joints without confidence.
        size: of a body of 100 px.
    """

    feet: tuple[float, float]
    fallen: float = 0.0
    unseen: Sequence[int] = ()
    size: float = 1.0

    def pose(self) -> Pose:
        """Return it as a pose with its box."""
        points = self._points()
        joints = np.concatenate([points, np.full((17, 1), 0.9)], axis=1).astype(np.float32)
        joints[list(self.unseen), 2] = 0
        low, high = points.min(axis=0), points.max(axis=0)
        box_px = np.array([low[0], low[1] - 4, high[0], high[1] + 4], np.float32)
        return Pose(joints, box_px)

    def _points(self) -> Float32:
        angle = self.fallen * np.pi / 2
        about = (BODY - np.array((0, 96))) * self.size
        turned = about @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        feet_px = np.array(self.feet) * (WIDTH_PX, HEIGHT_PX)
        return np.asarray(turned + feet_px, np.float32)


def view_of(frame: int, people: Mapping[int, Body]) -> FrameView:
    """Return what a frame shows of these people, by number."""
    at = frame / FPS
    tracks = tuple(
        Track(PersonId("gate", "s1", number), frame, at, body.pose())
        for number, body in people.items()
    )
    return FrameView("gate", "s1", frame, at, WIDTH_PX, HEIGHT_PX, tracks)

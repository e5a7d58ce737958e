"""What the page is told of cameras while it is open."""

from typing import Literal

import msgspec

from inference.types import Kind
from service.api.shapes.poses import Joint
from tracker.types import CameraState


class LivePerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person in the newest frame: 17 × (x_px, y_px, confidence), newest score or None."""

    number: int
    session: str
    joints: list[Joint]
    score: float | None


class LiveCamera(msgspec.Struct, frozen=True, kw_only=True):
    """What the page draws of one camera.

    Attributes:
        armed: an alert of some kind may open now.
        watched: it is live, not paused, and enough frames are processed to score people.
        lost_since: when the outage began that it is in, UTC; null while it is in none.
        rarity_hours: by kind, how seldom the most unusual of these ten minutes is seen before this
            camera: once in so many hours, by its calibration.
    """

    name: str
    state: CameraState
    fps: float
    source_fps: float
    overloaded: bool
    reason: str | None
    threshold: float | None
    seq: int | None
    at: float | None
    width_px: int
    height_px: int
    people: list[LivePerson]
    armed: bool = True
    rarity_hours: dict[Kind, float] = {}
    watched: bool = False
    lost_since: float | None = None


class LiveMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the page's feed."""

    type: Literal["live"] = "live"
    now: float
    cameras: list[LiveCamera]

"""Shapes of `/cameras`."""

from typing import Any

import msgspec

from inference.drift.record import DriftName
from inference.types import KINDS, Kind
from service.api.shapes.zones import ShownZone
from service.config.effective import Origin
from tracker.types import CameraState


class UsualScores(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's own ordinary scores, by which movement is judged there.

    Attributes:
        scores: how many were learned from; few of them count little beside the model card's.
        mean, spread: bits/dimension, as learned.
    """

    scores: int
    mean: float
    spread: float


class CameraInfo(msgspec.Struct, frozen=True, kw_only=True):
    """State of a camera; never its address, which holds credentials.

    Attributes:
        fps: frames per second that are processed.
        source_fps: frames per second of the source.
        overloaded: the machine cannot process all of them.
        watched: it is live, not paused, and enough frames are processed to score people.
        lost_since: when the outage began that it is in, UTC; null while it is in none. It is over
            once frames have come steadily for ten seconds.
        armed: an alert of some kind may open now.
        armed_kinds: which kinds may.
        usual: its own ordinary scores, at `/cameras` alone; None before the first.
        origin: whether it is the site file's or was added over the API.
        version: of the settings that it runs by; 0: nothing was set over the API.
        configured_version: the version that it will run by within seconds.
        zones: what is drawn on its picture.
        min_height_px: people whose body is shorter in the picture are not watched.
        background: tag of the picture behind its skeletons; None: it has none.
        alarms_per_day: its budget of false alarms; None: it has none.
        promise: what is promised of false alarms, in a sentence, at `/cameras` alone.
        drift: whether it still sees what it used to see, at `/cameras` alone.
    """

    name: str
    state: CameraState
    fps: float
    source_fps: float
    priority: int
    overloaded: bool
    last_frame_at: float | None
    reconnects: int
    reason: str | None
    notes: tuple[str, ...]
    threshold: float | None
    armed: bool = True
    armed_kinds: tuple[Kind, ...] = KINDS
    usual: UsualScores | None = None
    origin: Origin = "file"
    version: int = 0
    configured_version: int = 0
    background: str | None = None
    paused: bool = False
    zones: tuple[ShownZone, ...] = ()
    min_height_px: float | None = None
    alarms_per_day: float | dict[Kind, float] | None = None
    promise: str | None = None
    drift: DriftName = "ok"
    watched: bool = False
    lost_since: float | None = None


class CameraDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is set of a camera.

    Attributes:
        origin: whether it is the site file's or was added over the API.
        version: of the site when this was last changed over the API; 0: never.
        settings: as in the site's file, all of them; addresses without user and password.
        overridden: the settings in whose place the API's hold, of a camera of the file.
    """

    name: str
    origin: Origin
    version: int
    settings: dict[str, Any]
    overridden: tuple[str, ...] = ()


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is shown behind a camera's skeletons, as it is kept.

    Attributes:
        tag: another one for another picture.
    """

    tag: str
    width_px: int
    height_px: int

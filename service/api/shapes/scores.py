"""Shapes of `POST /score`."""

from typing import Annotated

import msgspec

from inference.types import Kind, Unscorable
from service.api.shapes.poses import Body

MAX_FRAMES = 3000
MAX_PEOPLE = 64


class ScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of one person: T × 17 × (x_px, y_px, confidence), COCO-17 order, at fps."""

    poses: list[Body]
    fps: float


class PersonPoses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of one of several people, as of `ScoreRequest`."""

    poses: list[Body]


class PeopleScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of several people, at fps; their frames count together."""

    people: Annotated[list[PersonPoses], msgspec.Meta(min_length=1, max_length=MAX_PEOPLE)]
    fps: float


class WindowScore(msgspec.Struct, frozen=True, kw_only=True):
    """One window's score; start and end are the first and last frame of the request in it."""

    start_frame: int
    end_frame: int
    score: float | None
    unscorable: Unscorable | msgspec.UnsetType = msgspec.UNSET


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which model answered."""

    hash: str
    name: str
    frames: int
    fps: float
    provider: str
    threshold: float | None


class WindowMap(msgspec.Struct, frozen=True, kw_only=True):
    """Each frame's and joint's share of a window's score; all shares sum to the score.

    Attributes:
        joints: names of the columns, the flow's order.
        values: T × 18, bits/dimension.
    """

    start_frame: int
    end_frame: int
    joints: tuple[str, ...]
    values: list[list[float]]


class ShownKind(msgspec.Struct, frozen=True, kw_only=True):
    """How far the poses show a kind that one person can show.

    Attributes:
        score: highest, a multiple of the kind's threshold; None where it cannot be judged.
        frame: of the request, with that score.
        seen: it lasts long enough for an alert.
    """

    kind: Kind
    score: float | None
    frame: int | None
    seen: bool


class ScoreResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The worst window's score, and every window's; bits/dimension, higher is more unusual.

    Attributes:
        threshold: of movement before a camera without one of its own.
        anomalous: the worst score reaches it.
        rarity_hours: one person ordinarily has so high a score once in so many hours; None where
            that is not known.
    """

    score: float | None
    threshold: float | None
    anomalous: bool | None
    rarity_hours: float | None
    windows: list[WindowScore]
    model: ModelInfo
    kinds: list[ShownKind]
    map: WindowMap | msgspec.UnsetType | None = msgspec.UNSET


class PeopleScores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of several people, in the order of the request."""

    people: list[ScoreResponse]

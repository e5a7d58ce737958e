"""Shapes of zones, and the zones that a body describes."""

from typing import Annotated, TypeAlias

import msgspec

from service.api.problems import Problem
from tracker.wording import sentence_of
from tracker.zones.polygon import FEWEST_CORNERS, MOST_CORNERS, Corner
from tracker.zones.zone import (
    LARGEST_HEIGHT_PX,
    LONGEST_DWELL_S,
    MOST_ZONES,
    NAME_CHARACTERS,
    CameraZones,
    Zone,
    ZoneKind,
)

Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
ShownCorner: TypeAlias = tuple[Share, Share]
Polygon: TypeAlias = Annotated[
    list[ShownCorner], msgspec.Meta(min_length=FEWEST_CORNERS, max_length=MOST_CORNERS)
]
Height: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=LARGEST_HEIGHT_PX)]


class ShownZone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area of a camera's picture.

    Attributes:
        kind: `ignore`: who stands there is not watched; `zone`: alerts carry its name.
        polygon: corners, shares of the picture's width and height from its upper left corner.
        only_here: alerts of the camera open only in its zones that say so.
        dwell_s: who stands there for so long is an alert of kind `dwell`.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
    kind: ZoneKind
    polygon: Polygon
    only_here: bool = False
    dwell_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_DWELL_S)] | None = None


class ZonesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All zones of a camera, in the place of those it has.

    Attributes:
        min_height_px: people whose body is shorter in the picture are not watched.
        expected: the version that the camera must still have; without it any.
    """

    zones: Annotated[list[ShownZone], msgspec.Meta(max_length=MOST_ZONES)]
    min_height_px: Height | None = None
    expected: Annotated[int, msgspec.Meta(ge=0)] | None = None


class ZonesDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn on a camera's picture.

    Attributes:
        version: of the camera; it runs by it within seconds.
    """

    camera: str
    zones: list[ShownZone]
    min_height_px: float | None
    version: int


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a polygon would have done to the camera's alerts of the last seven days.

    Attributes:
        alerts: how many were looked at, the newest ones, 300 at most.
        removed: how many would not have opened.
        unsure: of how many nobody knows where the person stood; they would have opened.
        ids: of those removed.
        complete: false where there were more alerts.
    """

    alerts: int
    removed: int
    unsure: int
    ids: tuple[str, ...]
    complete: bool


class TracesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where people stood lately, in ignored zones, too; for drawing zones.

    Attributes:
        since: capture time of the oldest view looked at; null: none.
        points: where they stood, shares of the picture.
        skeletons: some of them: 17 × (x, y, confidence), COCO-17, shares of the picture.
    """

    since: float | None
    width_px: int
    height_px: int
    points: list[Corner]
    skeletons: list[list[tuple[float, float, float]]]


def shown_zones(drawn: CameraZones) -> list[ShownZone]:
    """Return zones as they are shown."""
    return [
        ShownZone(zone.name, zone.kind, list(zone.polygon), zone.only_here, zone.dwell_s)
        for zone in drawn.zones
    ]


def zones_of(body: ZonesBody) -> CameraZones:
    """Return what a body draws.

    Raises:
        Problem: a zone means nothing; it is named.
    """
    zones = tuple(_zone(each, place) for place, each in enumerate(body.zones))
    try:
        return CameraZones(zones=zones, min_height_px=body.min_height_px)
    except ValueError as err:
        raise Problem(422, "wrong-zones", sentence_of(err), pointer="/zones") from err


def _zone(shown: ShownZone, place: int) -> Zone:
    fields = {**msgspec.structs.asdict(shown), "polygon": tuple(shown.polygon)}
    try:
        return Zone(**fields)
    except ValueError as err:
        raise Problem(422, "wrong-zones", sentence_of(err), pointer=f"/zones/{place}") from err

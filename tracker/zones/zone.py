"""What is drawn on a camera's picture, and how small people may be. Pure."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tracker.sentences import (
    LEAST_HEIGHT,
    TOO_MANY_ZONES,
    ZONE_DWELL,
    ZONE_IGNORED,
    ZONE_NAME,
    ZONE_TWICE,
    ZONE_WRONG,
)
from tracker.wording import sentence_of
from tracker.zones.polygon import Corner, require_polygon

ZoneKind: TypeAlias = Literal["ignore", "zone"]
MOST_ZONES = 16
NAME_CHARACTERS = 64
LONGEST_DWELL_S = 86_400.0
LARGEST_HEIGHT_PX = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area of a camera's picture.

    Attributes:
        kind: `ignore`: who stands there is not watched; `zone`: alerts say that it was there.
        polygon: corners, shares of the picture's width and height from its upper left corner.
        only_here: alerts of the camera open only in its zones that say so.
        dwell_s: who stands there for so long is an alert.
    """

    name: str
    kind: ZoneKind
    polygon: tuple[Corner, ...]
    only_here: bool = False
    dwell_s: float | None = None

    def __post_init__(self) -> None:
        printable = self.name.isprintable() and self.name == self.name.strip()
        if not (printable and 1 <= len(self.name) <= NAME_CHARACTERS) or ";" in self.name:
            raise ValueError(ZONE_NAME(name=self.name[:NAME_CHARACTERS], most=NAME_CHARACTERS))
        if self.kind == "ignore" and (self.only_here or self.dwell_s is not None):
            raise ValueError(ZONE_IGNORED(zone=self.name))
        if self.dwell_s is not None and not 0 < self.dwell_s <= LONGEST_DWELL_S:
            raise ValueError(ZONE_DWELL(zone=self.name, dwell_s=self.dwell_s, most=LONGEST_DWELL_S))
        try:
            require_polygon(self.polygon)
        except ValueError as err:
            raise ValueError(ZONE_WRONG(zone=self.name, problem=sentence_of(err))) from err


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraZones:
    """All zones of a camera.

    Attributes:
        min_height_px: people whose body is shorter in the picture are not watched.
    """

    zones: tuple[Zone, ...] = ()
    min_height_px: float | None = None

    def __post_init__(self) -> None:
        if len(self.zones) > MOST_ZONES:
            raise ValueError(TOO_MANY_ZONES(count=len(self.zones), most=MOST_ZONES))
        names = [zone.name for zone in self.zones]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(ZONE_TWICE(zone=name))
        height_px = self.min_height_px
        if height_px is not None and not 0 < height_px <= LARGEST_HEIGHT_PX:
            raise ValueError(LEAST_HEIGHT(height_px=height_px, most=LARGEST_HEIGHT_PX))

    @property
    def ignored(self) -> tuple[Zone, ...]:
        """The zones in which nobody is watched."""
        return tuple(zone for zone in self.zones if zone.kind == "ignore")

    @property
    def named(self) -> tuple[Zone, ...]:
        """The zones that alerts carry."""
        return tuple(zone for zone in self.zones if zone.kind == "zone")


NO_ZONES = CameraZones()

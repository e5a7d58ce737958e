"""What is drawn on a camera's picture, and how small people may be. Pure."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

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
            raise ValueError(
                f"name is {self.name[:NAME_CHARACTERS]!r}; it must be 1 to {NAME_CHARACTERS} "
                "printable characters without ;"
            )
        if self.kind == "ignore" and (self.only_here or self.dwell_s is not None):
            raise ValueError(
                f"zone {self.name!r} is ignored, so only_here and dwell_s mean nothing there; "
                "leave them out, or make it kind: zone"
            )
        if self.dwell_s is not None and not 0 < self.dwell_s <= LONGEST_DWELL_S:
            raise ValueError(
                f"dwell_s of zone {self.name!r} is {self.dwell_s}; "
                f"it must be above 0 and at most {LONGEST_DWELL_S:.0f}"
            )
        try:
            require_polygon(self.polygon)
        except ValueError as err:
            raise ValueError(f"zone {self.name!r}: {err}") from err


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
            raise ValueError(
                f"there are {len(self.zones)} zones; a camera has {MOST_ZONES} at most"
            )
        names = [zone.name for zone in self.zones]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two zones are called {name!r}; give each a name of its own")
        height_px = self.min_height_px
        if height_px is not None and not 0 < height_px <= LARGEST_HEIGHT_PX:
            raise ValueError(
                f"min_height_px is {height_px}; "
                f"it must be above 0 and at most {LARGEST_HEIGHT_PX:.0f}"
            )

    @property
    def ignored(self) -> tuple[Zone, ...]:
        """The zones in which nobody is watched."""
        return tuple(zone for zone in self.zones if zone.kind == "ignore")

    @property
    def named(self) -> tuple[Zone, ...]:
        """The zones that alerts carry."""
        return tuple(zone for zone in self.zones if zone.kind == "zone")


NO_ZONES = CameraZones()

"""In which zones people stand, and whether alerts may open there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.types import PersonCues
from tracker.zones.polygon import Polygons
from tracker.zones.zone import CameraZones, Zone


@dataclass(frozen=True, slots=True)
class Place:
    """Where one person is.

    Attributes:
        zones: names of those they stand or lie in.
        known: False: nobody knows where they stand.
        may_open: whether alerts open there; where nobody knows it, they do.
    """

    zones: tuple[str, ...] = ()
    known: bool = False
    may_open: bool = True


ANYWHERE = Place()


class ZonePlaces:
    """The zones of a camera that alerts carry."""

    def __init__(self, zones: CameraZones) -> None:
        self._zones = zones.named
        self._polygons = Polygons([zone.polygon for zone in self._zones])
        self._only_here = frozenset(zone.name for zone in self._zones if zone.only_here)
        self.dwell: tuple[Zone, ...] = tuple(
            zone for zone in self._zones if zone.dwell_s is not None
        )

    @property
    def is_selective(self) -> bool:
        """Whether alerts open in some zones only."""
        return bool(self._only_here)

    def of(self, people: Sequence[PersonCues]) -> Mapping[int, Place]:
        """Return where people are, by number; nobody where the camera has no zones.

        Who falls from one zone into another is in both.
        """
        if not self._zones or not people:
            return {}
        rows = np.array([(each.stood_x, each.stood_y, each.lies_x, each.lies_y) for each in people])
        within = self._polygons.contain(rows.reshape(-1, 2)).reshape(len(people), 2, -1)
        inside = np.asarray(within.any(axis=1))
        known: NDArray[np.bool_] = np.isfinite(rows[:, 0]) | np.isfinite(rows[:, 2])
        return {
            each.number: self._place(inside[row].tolist(), known=bool(known[row]))
            for row, each in enumerate(people)
        }

    def _place(self, inside: list[bool], *, known: bool) -> Place:
        names = tuple(zone.name for zone, within in zip(self._zones, inside, strict=True) if within)
        may_open = not known or not self._only_here or not self._only_here.isdisjoint(names)
        return Place(names, known, may_open)

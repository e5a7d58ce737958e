"""Keeps where one camera's people are by its zones, and what these did to alerts. Pure."""

from collections.abc import Mapping, Sequence

from inference.alert_reports import Decision
from inference.kinds.dwell import DwellOptions, dwelled
from inference.kinds.watch import Finding, PersonWatch
from inference.person_state import PersonState
from inference.zone_places import ANYWHERE, Place, ZonePlaces
from tracker.types import PersonCues
from tracker.zones.zone import NO_ZONES, CameraZones


class ZoneWatch:
    """The zones of one camera, and where everybody of the newest frame is."""

    def __init__(self) -> None:
        self._zones = NO_ZONES
        self._places = ZonePlaces(NO_ZONES)
        self._where: Mapping[int, Place] = {}
        self._held_back = self._opened_unsure = 0

    def use(self, zones: CameraZones) -> None:
        """Take what is drawn on the camera's picture from now on."""
        if zones != self._zones:
            self._zones, self._places, self._where = zones, ZonePlaces(zones), {}

    def look(self, people: Sequence[PersonCues]) -> None:
        """Take the people of a new frame."""
        self._where = self._places.of(people)

    def locate(self, person: PersonState, watches: Mapping[int, PersonWatch]) -> None:
        """Note in which zones somebody is, and whether an alert may open there.

        Args:
            watches: what is known of tracks that the newest frame does not show.
        """
        if not self._zones.named:
            person.elsewhere = False
            return
        place = self._place_of(person.number, watches)
        person.elsewhere = not place.may_open
        before = person.zones if person.alert is not None else []
        person.zones = list(dict.fromkeys([*before, *place.zones]))

    def may_open(self, number: int, watches: Mapping[int, PersonWatch]) -> bool:
        """Return whether alerts open where somebody stands."""
        return not self._zones.named or self._place_of(number, watches).may_open

    def has_rule_for(self, number: int, known: PersonState | None) -> bool:
        """Return whether a rule for stays counts somebody now."""
        place = self._where.get(number, ANYWHERE)
        return any(zone.name in place.zones for zone in self._places.dwell) or bool(
            known and known.stays
        )

    def stay(self, person: PersonState, at: float, options: DwellOptions) -> list[Finding]:
        """Add a frame to somebody's stays; return what is found of them."""
        place = self._where.get(person.number, ANYWHERE)
        stands_in = place.zones if place.known else None
        found = dwelled(person.stays, self._places.dwell, stands_in, at, options)
        return [] if found is None else [Finding("dwell", found.score, found.reason, found.facts)]

    def count(
        self, person: PersonState, decision: Decision | None, watches: Mapping[int, PersonWatch]
    ) -> None:
        """Count what zones did about a person's alert."""
        self._held_back += person.held_back
        person.held_back = 0
        opened = decision is not None and decision.event.type == "opened"
        if opened and self._places.is_selective:
            self._opened_unsure += not self._place_of(person.number, watches).known

    def take_counts(self) -> tuple[int, int]:
        """Return what zones did since the last call.

        Returns:
            How often an alert did not open because the person stood elsewhere, and how many opened
            though nobody knew where.
        """
        counts = self._held_back, self._opened_unsure
        self._held_back = self._opened_unsure = 0
        return counts

    def _place_of(self, number: int, watches: Mapping[int, PersonWatch]) -> Place:
        place = self._where.get(number)
        if place is None and (watch := watches.get(number)) is not None:
            place = self._places.of([watch.cues]).get(number)
        return place or ANYWHERE

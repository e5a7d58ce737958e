"""Zones that are drawn while the site runs."""

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.camera_editor import CameraEditor, CameraRefused
from service.config.load import load
from service.config.site_watch import SiteWatch
from service.config.zone_editor import ZoneEditor
from tracker.zones.zone import NO_ZONES, CameraZones, Zone

TRIANGLE = ((0.1, 0.1), (0.5, 0.1), (0.1, 0.5))
BED = Zone(name="bed", kind="ignore", polygon=TRIANGLE)
DRAWN = CameraZones(zones=(BED,), min_height_px=50.0)


class Site:
    """A site whose file has a camera with zones, and an editor of them."""

    def __init__(self) -> None:
        own = {"name": "till", "kind": "zone", "polygon": [list(corner) for corner in TRIANGLE]}
        gate = {"name": "gate", "source": "usb:0", "zones": [own], "kinds": ["fall"]}
        self.store = MemorySiteStore()
        self.watch = SiteWatch(load(None, {"cameras": [gate]}), self.store)
        self.editor = ZoneEditor(self.watch, self.store)

    def drawn(self, name: str = "gate") -> CameraZones:
        """Return what holds for a camera."""
        (camera,) = (each for each in self.watch.current.settings.cameras if each.name == name)
        return camera.drawn


@pytest.fixture
def site() -> Site:
    """Nothing is set over the API yet."""
    return Site()


def test_zones_replace_those_of_the_file_until_they_are_taken_back(site: Site) -> None:
    """In this process at once."""
    own = site.drawn()
    site.editor.draw("gate", DRAWN)
    during = site.drawn()
    site.editor.reset("gate")

    assert during == DRAWN
    assert site.drawn() == own
    assert site.watch.current.version == 2


def test_all_zones_may_be_taken_away(site: Site) -> None:
    """An empty picture is another one than the file's."""
    site.editor.draw("gate", NO_ZONES)

    assert site.drawn() == NO_ZONES


def test_what_changes_nothing_makes_no_version(site: Site) -> None:
    """Nor does taking back what was never drawn."""
    site.editor.reset("gate")
    for _ in range(2):
        site.editor.draw("gate", DRAWN)

    assert site.watch.current.version == 1


def test_who_expects_another_version_changes_nothing(site: Site) -> None:
    """Somebody else drew meanwhile; the camera's other settings count, too."""
    site.editor.draw("gate", DRAWN, expected=0)

    for change in (
        lambda: site.editor.draw("gate", NO_ZONES, 0),
        lambda: site.editor.reset("gate", 0),
    ):
        with pytest.raises(CameraRefused, match="has version 1 by now"):
            change()
    assert site.drawn() == DRAWN


def test_zones_of_nobody_and_rules_without_their_kind_are_refused(site: Site) -> None:
    """With the remedy."""
    stay = Zone(name="till", kind="zone", polygon=TRIANGLE, dwell_s=9.0)

    with pytest.raises(CameraRefused, match="no camera is called 'yard'"):
        site.editor.draw("yard", DRAWN)
    with pytest.raises(CameraRefused, match="PATCH /cameras/gate") as caught:
        site.editor.draw("gate", CameraZones(zones=(BED, stay)))
    assert caught.value.setting == "zones/1/dwell_s"


def test_kinds_that_leave_rules_without_effect_are_refused(site: Site) -> None:
    """The other way round, with the remedy."""
    cameras = CameraEditor(site.watch, site.store)
    cameras.change("gate", {"kinds": ["fall", "dwell"]})
    stay = Zone(name="till", kind="zone", polygon=TRIANGLE, dwell_s=9.0)
    site.editor.draw("gate", CameraZones(zones=(stay,)))

    with pytest.raises(CameraRefused, match="PUT /cameras/gate/zones") as caught:
        cameras.change("gate", {"kinds": ["fall"]})
    assert caught.value.setting == "kinds"


def test_a_removed_camera_takes_its_zones_along(site: Site) -> None:
    """One of its name that is added later has none."""
    cameras = CameraEditor(site.watch, site.store)
    cameras.add({"name": "hall", "source": "usb:1"})
    site.editor.draw("hall", DRAWN)
    cameras.remove("hall")
    cameras.add({"name": "hall", "source": "usb:1"})

    assert site.drawn("hall") == NO_ZONES

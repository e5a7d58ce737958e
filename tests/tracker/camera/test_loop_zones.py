"""One camera's loop where people stand in ignored zones."""

import pytest
from support.camera_rig import Rig

from tracker.camera.health import CameraHealth
from tracker.errors import StoreUnavailable
from tracker.ports import SightingStore
from tracker.types import FrameView
from tracker.zones.zone import NO_ZONES, CameraZones, Zone

# The made-up body of the rig stands in the upper left corner.
CORNER = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
IGNORED = CameraZones(zones=(Zone(name="till", kind="ignore", polygon=CORNER),))


class Sighted(SightingStore):
    """Keeps what it is told; answers only once."""

    def __init__(self) -> None:
        self.views: list[FrameView] = []

    def add(self, view: FrameView) -> None:
        if self.views:
            raise StoreUnavailable("no answer")
        self.views.append(view)


def test_nothing_of_people_in_ignored_zones_is_pushed(rig: Rig) -> None:
    """Neither poses nor samples nor cues; the status says how many there are."""
    source = rig.played((range(6), None))

    with rig.watching(source=source, zones=lambda: IGNORED):
        rig.until(lambda: len(rig.kept.views) == 6)

    assert not any(view.tracks for view in rig.kept.views)
    assert not rig.kept.samples
    assert not any(cues.people for cues in rig.kept.cues)
    tally = rig.tally
    assert tally.value("people_not_watched_total", camera="gate", reason="ignored_zone") == 1
    assert tally.value("camera_people", camera="gate") == 0


def test_no_window_spans_the_time_in_an_ignored_zone(rig: Rig) -> None:
    """Who comes out of it starts new windows, as after any gap."""
    drawn = iter([NO_ZONES] * 10 + [IGNORED] * 20 + [NO_ZONES] * 10)
    source = rig.played((range(40), None))

    with rig.watching(source=source, zones=lambda: next(drawn)):
        rig.until(lambda: len(rig.kept.views) == 40)

    restarts = [sample.seq for sample in rig.kept.samples if sample.restarts]
    assert restarts == [0, 30]


def test_a_status_says_how_many_are_not_watched() -> None:
    """Operators see why somebody in the picture has no skeleton."""
    health = CameraHealth("gate")
    health.frame_received(1.0, 1.0)

    health.people_left_out(ignored=2, too_small=1)
    some = health.status(1.0, ("substream",)).notes
    health.people_left_out(ignored=0, too_small=0)

    assert some == (
        "substream",
        "people: 2 in ignored zones, not watched",
        "people: 1 smaller than min_height_px, not watched",
    )
    assert health.status(1.0).notes == ()


@pytest.mark.parametrize("zones", [NO_ZONES, IGNORED])
def test_now_and_then_a_view_of_everybody_is_kept(rig: Rig, zones: CameraZones) -> None:
    """One in ten seconds, ignored or not; a store that does not answer costs nothing else."""
    sighted = Sighted()
    source = rig.played((range(0, 600, 24), None))

    with rig.watching(source=source, zones=lambda: zones, sightings=sighted):
        rig.until(lambda: len(rig.kept.views) == 25)

    assert [(view.seq, len(view.tracks)) for view in sighted.views] == [(0, 1)]
    assert rig.tally.value("store_errors_total", role="camera") >= 2

"""What a camera's zones may say."""

from typing import Any

import pytest

from tracker.zones.zone import MOST_ZONES, CameraZones, Zone

TRIANGLE = ((0.1, 0.1), (0.5, 0.1), (0.1, 0.5))


def zone(name: str = "till", **fields: Any) -> Zone:
    """Return a zone; Any: a test may give what is wrong."""
    return Zone(**{"kind": "zone", "polygon": TRIANGLE, "name": name, **fields})


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": ""}, "name is ''"),
        ({"name": " till"}, "name is ' till'"),
        ({"name": "a;b"}, "without ;"),
        ({"name": "x" * 65}, "name is"),
        ({"kind": "ignore", "only_here": True}, "is ignored, so only_here"),
        ({"kind": "ignore", "dwell_s": 5.0}, "is ignored, so only_here"),
        ({"dwell_s": 0.0}, "dwell_s of zone 'till' is 0.0"),
        ({"dwell_s": 1e9}, "at most 86400"),
        ({"dwell_s": float("nan")}, "dwell_s of zone"),
        ({"polygon": TRIANGLE[:2]}, "zone 'till': the polygon has 2 corners"),
    ],
)
def test_a_zone_that_means_nothing_is_refused(fields: dict[str, Any], complaint: str) -> None:
    """The text names the zone and the remedy."""
    with pytest.raises(ValueError, match=complaint):
        zone(**fields)


def test_zones_of_one_name_are_refused() -> None:
    """Alerts, filters and snoozes name zones."""
    with pytest.raises(ValueError, match="two zones are called 'till'"):
        CameraZones(zones=(zone(), zone()))


def test_a_camera_has_a_bounded_number_of_zones() -> None:
    """Each is asked about at every frame."""
    with pytest.raises(ValueError, match="16 at most"):
        CameraZones(zones=tuple(zone(f"z{number}") for number in range(MOST_ZONES + 1)))


@pytest.mark.parametrize("height_px", [0.0, -1.0, float("nan"), 1e9])
def test_a_height_that_no_body_has_is_refused(height_px: float) -> None:
    """A wrong number would leave everybody unwatched, or nobody."""
    with pytest.raises(ValueError, match="min_height_px is"):
        CameraZones(min_height_px=height_px)

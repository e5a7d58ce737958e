"""Zones in the site's file."""

from pathlib import Path

import pytest

from service.config.camera_settings import CameraSettings
from service.config.load import load
from tracker.errors import ConfigError
from tracker.zones.zone import Zone

CAMERA = "cameras:\n  - name: gate\n    source: usb:0\n"
POLYGON = "polygon: [[0, 0.5], [0.3, 0.5], [0.3, 1]]"


def camera(tmp_path: Path, text: str) -> CameraSettings:
    """Return the camera of a site's file that says this of it."""
    (tmp_path / "site.yaml").write_text(CAMERA + text)
    (found,) = load(tmp_path / "site.yaml").cameras
    return found


def test_zones_are_read(tmp_path: Path) -> None:
    """With all their settings; the camera gives the same object at every frame."""
    found = camera(
        tmp_path,
        f"    min_height_px: 60\n    zones:\n      - {{name: door, kind: zone, {POLYGON}, "
        f"only_here: true, dwell_s: 20}}\n      - {{name: bed, kind: ignore, {POLYGON}}}\n",
    )

    corners = ((0.0, 0.5), (0.3, 0.5), (0.3, 1.0))
    door = Zone(name="door", kind="zone", polygon=corners, only_here=True, dwell_s=20.0)
    assert found.drawn.zones == (door, Zone(name="bed", kind="ignore", polygon=corners))
    assert found.drawn.min_height_px == 60
    assert found.drawn is found.drawn


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"zones: [{{name: a, kind: mask, {POLYGON}}}]", "cameras[0].zones[0].kind"),
        (f"zones: [{{name: a, kind: zone, {POLYGON}, colour: red}}]", "zones[0].colour: no such"),
        ("zones: [{name: a, kind: zone, polygon: [[0, 0], [1, 1], [0, 1], [1, 0]]}]", "cross"),
        ("zones: [{name: a, kind: zone, polygon: [[0, 0], [200, 0], [0, 1]]}]", "corner 2 is"),
        (
            f"zones: [{{name: a, kind: zone, {POLYGON}}}, {{name: a, kind: ignore, {POLYGON}}}]",
            "'a'",
        ),
        ("min_height_px: 0", "min_height_px is 0"),
        (
            f"kinds: [fall]\n    zones: [{{name: a, kind: zone, {POLYGON}, dwell_s: 9}}]",
            "add dwell",
        ),
    ],
)
def test_a_zone_that_means_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """The text names its place in the file and the remedy."""
    with pytest.raises(ConfigError) as refused:
        camera(tmp_path, f"    {text}\n")

    assert said in str(refused.value)

"""What holds: the site's file, and on top of it what people set over the API."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.effective import CameraOrigin, effective, effective_site
from service.config.load import load
from service.config.settings import Settings

DEEP = b"[" * 5000 + b"]" * 5000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site whose file has two cameras."""
    (tmp_path / "site.yaml").write_text(
        "cameras:\n"
        "  - {name: gate, source: 'rtsp://u:secret@10.0.0.7/a', threshold: 2.0, stride: 2}\n"
        "  - {name: yard, source: 'usb:0'}\n"
    )
    return load(tmp_path / "site.yaml")


@pytest.fixture
def store() -> MemorySiteStore:
    """Nothing is set yet."""
    return MemorySiteStore()


def put(store: MemorySiteStore, name: str, **document: Any) -> int:
    """Set a camera's document."""
    return store.write("cameras", name, json.dumps(document).encode())


def test_without_documents_the_file_holds(settings: Settings, store: MemorySiteStore) -> None:
    """Every camera is the file's, as it was read."""
    site = effective_site(settings, store.read())

    assert site.settings == settings
    assert (site.version, site.problems, site.conflicts) == (0, (), ())
    assert site.origin_of("gate") == CameraOrigin("file", 0)


def test_cameras_of_the_api_come_after_the_files(
    settings: Settings, store: MemorySiteStore
) -> None:
    """They are whole cameras with the defaults of the file, and know their version."""
    put(store, "hall", origin="api", settings={"source": "rtsp://a:b@10.0.0.9/", "priority": 3})

    site = effective_site(settings, store.read())

    *_, hall = site.settings.cameras
    assert [camera.name for camera in site.settings.cameras] == ["gate", "yard", "hall"]
    assert (hall.priority, hall.stride) == (3, 3)
    assert hall.source.get_secret_value() == "rtsp://a:b@10.0.0.9/"
    assert site.origin_of("hall") == CameraOrigin("api", 1)
    assert effective(settings, store.read()) == site.settings


def test_some_settings_of_a_files_camera_can_be_overridden(
    settings: Settings, store: MemorySiteStore
) -> None:
    """Threshold, kinds and pause; what the document says of the source does not count."""
    overrides = {"threshold": 3.5, "paused": True, "source": "usb:9"}
    version = put(store, "gate", origin="file", settings=overrides)

    site = effective_site(settings, store.read())

    gate, yard = site.settings.cameras
    assert (gate.threshold, gate.paused, gate.stride) == (3.5, True, 2)
    assert gate.source.get_secret_value() == "rtsp://u:secret@10.0.0.7/a"
    assert yard == settings.cameras[1]
    overridden = frozenset({"threshold", "paused"})
    assert site.origin_of("gate") == CameraOrigin("file", version, overridden)


def test_a_name_in_both_is_a_conflict_with_the_remedy(
    settings: Settings, store: MemorySiteStore
) -> None:
    """The file's camera holds meanwhile."""
    put(store, "gate", origin="api", settings={"source": "usb:3"})

    site = effective_site(settings, store.read())

    (conflict,) = site.conflicts
    assert "DELETE /cameras/gate" in str(conflict)
    assert site.settings == settings


def test_a_deleted_camera_is_none(settings: Settings, store: MemorySiteStore) -> None:
    """It is known only so that its alerts can be closed; one of the file holds again."""
    for name in ("hall", "gate"):
        version = put(store, name, origin="api", deleted=True)
        assert version

    site = effective_site(settings, store.read())

    assert site.settings == settings
    assert dict(site.deleted) == {"hall": 1}
    assert site.conflicts == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "its document"),
        (b"\xff", "its document"),
        (b'{"origin": "api", "settings": {"kinds": ' + DEEP + b"}}", "its document"),
        (b'{"origin": "api", "settings": {"source": "gopher://x:pw@y"}}', "camera hall: source"),
        (b'{"origin": "api", "settings": {"source": "usb:0", "zoom": 2}}', "no such setting"),
    ],
)
def test_a_document_that_does_not_read_harms_no_other(
    settings: Settings, store: MemorySiteStore, body: bytes, said: str
) -> None:
    """It is left out and told, without its secrets."""
    store.write("cameras", "hall", body)
    put(store, "dock", origin="api", settings={"source": "usb:5"})

    site = effective_site(settings, store.read())

    assert [camera.name for camera in site.settings.cameras] == ["gate", "yard", "dock"]
    (problem,) = site.problems
    assert said in str(problem)
    assert "pw" not in str(problem)


TRIANGLE = [[0.1, 0.1], [0.5, 0.1], [0.1, 0.5]]


def draw(store: MemorySiteStore, name: str, **document: Any) -> int:
    """Set a camera's zones."""
    return store.write("zones", name, json.dumps(document).encode())


def test_zones_of_the_api_hold_in_place_of_the_cameras_own(
    settings: Settings, store: MemorySiteStore
) -> None:
    """Of cameras of the file and of the API; a change of them is a change of the camera."""
    put(store, "hall", origin="api", settings={"source": "usb:1"})
    till = {"name": "till", "kind": "zone", "polygon": TRIANGLE, "dwell_s": 30}
    for name in ("gate", "hall", "nowhere"):
        version = draw(store, name, zones=[till], min_height_px=40)

    site = effective_site(settings, store.read())

    gate, yard, hall = site.settings.cameras
    for camera in (gate, hall):
        assert [zone.name for zone in camera.drawn.zones] == ["till"]
        assert (camera.drawn.zones[0].dwell_s, camera.drawn.min_height_px) == (30.0, 40.0)
    assert not yard.drawn.zones
    assert site.origin_of("hall") == CameraOrigin("api", version - 1)
    overridden = frozenset({"zones", "min_height_px"})
    assert site.origin_of("gate") == CameraOrigin("file", version - 2, overridden)
    assert site.problems == ()


def test_a_rule_whose_kind_was_taken_away_leaves_the_other_zones(
    tmp_path: Path, store: MemorySiteStore
) -> None:
    """The file may be changed after the zones were drawn; the problem is told."""
    (tmp_path / "site.yaml").write_text(
        "cameras:\n  - {name: gate, source: 'usb:0', kinds: [fall]}\n"
    )
    bed = {"name": "bed", "kind": "ignore", "polygon": TRIANGLE}
    till = {"name": "till", "kind": "zone", "polygon": TRIANGLE, "dwell_s": 30}
    draw(store, "gate", zones=[bed, till])

    site = effective_site(load(tmp_path / "site.yaml"), store.read())

    (gate,) = site.settings.cameras
    assert [(zone.name, zone.dwell_s) for zone in gate.drawn.zones] == [
        ("bed", None),
        ("till", None),
    ]
    (problem,) = site.problems
    assert "dwell_s of 'till' does not hold" in str(problem)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff", "zones of camera gate"),
        (b"[]", "zones of camera gate"),
        (b'{"zones": [{"name": "a", "kind": "zone", "polygon": [[0, 0]]}]}', "has 1 corners"),
    ],
)
def test_zones_that_do_not_read_leave_the_cameras_own(
    settings: Settings, store: MemorySiteStore, body: bytes, said: str
) -> None:
    """And the problem is told."""
    store.write("zones", "gate", body)

    site = effective_site(settings, store.read())

    assert site.settings == settings
    (problem,) = site.problems
    assert said in str(problem)

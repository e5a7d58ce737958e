"""Cameras that are added, changed and removed while the site runs."""

import threading
from typing import Any

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.camera_editor import CAMERAS_BOUND, CameraEditor, CameraRefused, shown
from service.config.effective import CameraOrigin, EffectiveSite
from service.config.load import load
from service.config.site_watch import SiteWatch

SOURCE = "rtsp://warden:open-sesame@10.0.0.7/stream"
SHOWN = "rtsp://***@10.0.0.7/stream"


class Site:
    """A site whose file has the camera gate, and an editor of it."""

    def __init__(self) -> None:
        gate = {"name": "gate", "source": SOURCE, "threshold": 2.0}
        self.store = MemorySiteStore()
        self.watch = SiteWatch(load(None, {"cameras": [gate]}), self.store)
        self.editor = CameraEditor(self.watch, self.store)

    def add(self, name: str = "hall", **settings: Any) -> EffectiveSite:
        """Add a camera."""
        return self.editor.add({"name": name, "source": SOURCE, **settings})

    def settings(self, name: str) -> dict[str, Any]:
        """What is set of a camera, with its secrets."""
        (camera,) = (each for each in self.watch.current.settings.cameras if each.name == name)
        return {**shown(camera), "source": camera.source.get_secret_value()}


@pytest.fixture
def site() -> Site:
    """Nothing is set yet."""
    return Site()


def refused(call: Any, *arguments: Any) -> CameraRefused:
    """Return how a change is refused."""
    with pytest.raises(CameraRefused) as caught:
        call(*arguments)
    assert "sesame" not in str(caught.value)
    return caught.value


def test_a_camera_is_added_and_its_process_sees_it_at_once(site: Site) -> None:
    """With all settings of the site's file."""
    found = site.add(stride=5, kinds=["fall"])

    assert [camera.name for camera in found.settings.cameras] == ["gate", "hall"]
    assert found is site.watch.current
    assert site.settings("hall") | {} == site.settings("gate") | {
        "stride": 5,
        "kinds": ["fall"],
        "threshold": None,
    }


def test_a_name_is_taken_once(site: Site) -> None:
    """Whether the file's or another's; the remedy says where it is."""
    site.add("hall")

    for name, said in (("gate", "in the site's file"), ("hall", "there already")):
        refusal = refused(site.add, name)
        assert (refusal.kind, refusal.setting) == ("name-taken", "name")
        assert said in str(refusal)


@pytest.mark.parametrize(
    ("fields", "setting"),
    [
        ({"source": "usb:0"}, "name"),
        ({"name": "Hall", "source": "usb:0"}, "name"),
        ({"name": "hall"}, "source"),
        ({"name": "hall", "source": 7}, "source"),
        ({"name": "hall", "source": "rtsp://u:open-sesame@:99999/"}, "source"),
        ({"name": "hall", "source": "/etc/passwd"}, "source"),
        ({"name": "hall", "source": "rtsp://***@10.0.0.7/"}, "source"),
        ({"name": "hall", "source": "usb:0", "substream": "usb:1"}, "substream"),
        ({"name": "hall", "source": "usb:0", "kinds": ["dance"]}, "kinds"),
        ({"name": "hall", "source": "usb:0", "zoom": 2}, "zoom"),
    ],
)
def test_what_is_wrong_is_named(site: Site, fields: dict[str, Any], setting: str) -> None:
    """As in the site's file; nothing is written."""
    refusal = refused(site.editor.add, fields)

    assert (refusal.kind, refusal.setting) == ("wrong-camera", setting)
    assert site.store.version() == 0


def test_a_change_without_a_source_keeps_the_stored_one(site: Site) -> None:
    """As does the address that was shown; null takes a setting back to its default."""
    site.add(stride=5, priority=2)
    site.editor.change("hall", {"priority": 4, "stride": None})
    site.editor.change("hall", {"source": SHOWN, "transport": "udp"})

    hall = site.settings("hall")
    assert (hall["priority"], hall["stride"], hall["transport"]) == (4, 3, "udp")
    assert hall["source"] == SOURCE


def test_a_redacted_address_of_another_host_is_refused(site: Site) -> None:
    """Three stars are nobody's password; source cannot be left out of what is there."""
    site.add()

    stars = refused(site.editor.change, "hall", {"source": "rtsp://***@10.0.0.8/stream"})
    none = refused(site.editor.change, "hall", {"source": None})
    name = refused(site.editor.change, "hall", {"name": "dock"})

    assert "leave it out to keep the stored one" in str(stars)
    assert (none.setting, name.setting) == ("source", "name")


def test_of_a_files_camera_some_settings_can_be_overridden(site: Site) -> None:
    """And taken back; its version says so. All others are the file's, as is its life."""
    version = site.editor.change("gate", {"threshold": 3.5, "paused": True}).version
    overridden = frozenset({"threshold", "paused"})
    assert site.watch.current.origin_of("gate") == CameraOrigin("file", version, overridden)
    assert site.settings("gate")["threshold"] == 3.5

    source = refused(site.editor.change, "gate", {"source": "usb:0"})
    removal = refused(site.editor.remove, "gate")
    site.editor.change("gate", {"threshold": None, "paused": None})

    assert (source.kind, source.setting, removal.kind) == ("file-camera", "source", "file-camera")
    assert site.settings("gate")["threshold"] == 2.0
    assert site.watch.current.origin_of("gate") == CameraOrigin("file", 0)


def test_wrong_overrides_are_refused(site: Site) -> None:
    """They are checked as a whole with what the file says."""
    refusal = refused(site.editor.change, "gate", {"threshold": "high"})

    assert (refusal.kind, refusal.setting) == ("wrong-camera", "threshold")


def test_who_expects_another_version_changes_nothing(site: Site) -> None:
    """The remedy says which version it has by now."""
    version = site.add().origin_of("hall").version
    newer = site.editor.change("hall", {"stride": 4}, version).origin_of("hall").version

    change = refused(site.editor.change, "hall", {"stride": 9}, version)
    removal = refused(site.editor.remove, "hall", version)

    assert (change.kind, removal.kind) == ("camera-changed", "camera-changed")
    assert f"version {newer} by now, not {version}" in str(change)
    assert site.settings("hall")["stride"] == 4


def test_a_change_that_changes_nothing_makes_no_version(site: Site) -> None:
    """A client may repeat it."""
    site.add(stride=4)
    before = site.store.version()

    site.editor.change("hall", {"stride": 4})

    assert site.store.version() == before


def test_a_removed_camera_leaves_no_password_and_may_come_again(site: Site) -> None:
    """What is kept until its alerts are closed says only that it is no more."""
    site.add()
    found = site.editor.remove("hall")

    assert [camera.name for camera in found.settings.cameras] == ["gate"]
    assert list(found.deleted) == ["hall"]
    assert b"sesame" not in site.store.read().of("cameras")["hall"].body
    assert refused(site.editor.remove, "hall").kind == "no-such-camera"
    assert site.add(stride=2).deleted == {}


def test_there_are_not_too_many_cameras(site: Site) -> None:
    """The bound counts those of the file, too."""
    for number in range(CAMERAS_BOUND - 1):
        site.add(f"camera-{number}")

    assert refused(site.add, "one-more").kind == "site-full"


def test_changes_at_the_same_time_lose_nothing(site: Site) -> None:
    """Each is made upon what the others have made."""
    site.add()
    editors = [CameraEditor(SiteWatch(load(None), site.store), site.store) for _ in range(3)]
    changes = [{"stride": 5}, {"priority": 6}, {"transport": "udp"}]
    threads = [
        threading.Thread(target=editor.change, args=("hall", change))
        for editor, change in zip(editors, changes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    site.watch.refresh()

    hall = site.settings("hall")
    assert (hall["stride"], hall["priority"], hall["transport"]) == (5, 6, "udp")

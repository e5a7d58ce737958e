"""Every process follows what people change."""

import json

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.effective import EffectiveSite
from service.config.load import load
from service.config.site_watch import SiteWatch
from tracker.errors import ConfigError


def camera(source: str = "sim:") -> bytes:
    """A camera's document."""
    return json.dumps({"origin": "api", "settings": {"source": source}}).encode()


def test_a_change_is_told_once() -> None:
    """Listeners get the site at once and after every change, also after one that went back."""
    store, told = MemorySiteStore(), list[EffectiveSite]()
    watch = SiteWatch(load(None), store)
    watch.subscribe(told.append)
    store.write("cameras", "gate", camera())

    watch.refresh()
    watch.step()
    store.write("cameras", "gate", None)
    watch.refresh()

    names = [[camera.name for camera in site.settings.cameras] for site in told]
    assert names == [[], ["gate"], []]
    assert watch.current is told[-1]
    assert watch.current.version == 2


def test_a_start_with_a_name_in_both_is_refused() -> None:
    """With the remedy; while the process runs it is logged, and the file's camera holds."""
    store = MemorySiteStore()
    store.write("cameras", "gate", camera("sim:?people=1"))
    settings = load(None, {"cameras": [{"name": "gate", "source": "usb:0"}]})

    with pytest.raises(ConfigError, match="camera gate: it is in the site's file and was added"):
        SiteWatch(settings, store).start()


def test_a_problem_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A document that does not read is no news at the next change."""
    store = MemorySiteStore()
    watch = SiteWatch(load(None), store)
    store.write("cameras", "gate", b"[]")
    watch.refresh()
    store.write("cameras", "yard", camera())
    watch.refresh()

    assert [each.message for each in caplog.records] == ["a setting of the API does not hold"]
    assert [camera.name for camera in watch.current.settings.cameras] == ["yard"]

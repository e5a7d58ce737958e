"""What holds as a file that loads again."""

import json
from pathlib import Path

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.effective import EffectiveSite, effective_site
from service.config.exported import exported_yaml
from service.config.load import load

FILE = """
api_key: the-key-of-the-site
retention: {verdicts: {true: {alerts_days: 365}}}
arming: {modes: {away: {}, home: {armed: false}}, holidays: [{date: 2026-12-25, mode: away}]}
cameras:
  - {name: gate, source: "rtsp://u:hunter2@10.0.0.7/a", threshold: 2.0}
  - {name: yard, source: "usb:0", kinds: [fall]}
"""


@pytest.fixture
def site(tmp_path: Path) -> EffectiveSite:
    """A file, a camera of the API, an override, and an arming that was set."""
    (tmp_path / "site.yaml").write_text(FILE)
    store = MemorySiteStore()
    hall = {"origin": "api", "settings": {"source": "rtsp://u:hunter2@10.0.0.9/", "stride": 5}}
    gate = {"origin": "file", "settings": {"threshold": 3.5, "paused": True}}
    hook = {"type": "webhook", "url": "https://hooks.example.org/T0/hunter2"}
    chat = {"origin": "api", "settings": {**hook, "secret": "the-key-of-hooks"}}
    arming = {"time_zone": "Europe/Berlin", "plan": {"modes": {"on": {}}}}
    for section, name, document in (
        ("cameras", "hall", hall),
        ("cameras", "gate", gate),
        ("arming", "plan", arming),
        ("outputs", "chat", chat),
        ("budgets", "yard", {"alarms_per_day": 2.5}),
    ):
        store.write(section, name, json.dumps(document).encode())  # type: ignore[arg-type] # as listed
    return effective_site(load(tmp_path / "site.yaml"), store.read())


def test_with_secrets_the_file_says_all_that_holds(site: EffectiveSite, tmp_path: Path) -> None:
    """Loaded, it makes the same site without a document."""
    (tmp_path / "out.yaml").write_text(exported_yaml(site, with_secrets=True))

    again = load(tmp_path / "out.yaml")

    gate, yard, hall = again.cameras
    assert (gate, hall) == (site.settings.cameras[0], site.settings.cameras[2])
    assert yard.alarms_per_day == 2.5
    assert [output.name for output in again.outputs] == ["chat"]
    assert (again.api_key, again.retention) == (site.settings.api_key, site.settings.retention)
    assert (again.time_zone, list(again.arming.modes)) == ("Europe/Berlin", ["on"])


def test_without_secrets_it_loads_and_names_what_is_left_out(
    site: EffectiveSite, tmp_path: Path
) -> None:
    """Addresses stay, for their passwords to be filled in."""
    text = exported_yaml(site, with_secrets=False)
    (tmp_path / "out.yaml").write_text(text)

    assert "hunter2" not in text
    assert "the-key" not in text
    assert "Left out, since they are secret: api_key, outputs[0].secret." in text
    assert "https://hooks.example.org/***" in text
    shown = [each.source.get_secret_value() for each in load(tmp_path / "out.yaml").cameras]
    assert shown == ["rtsp://***@10.0.0.7/a", "usb:0", "rtsp://***@10.0.0.9/"]


def test_a_secret_of_a_file_is_said_by_its_file_alone(tmp_path: Path) -> None:
    """Written beside it, the file would not load; an address of Redis is one, too."""
    (tmp_path / "url").write_text("redis://:hunter2@10.0.0.3/0")
    (tmp_path / "key").write_text("a-key-of-the-site")
    settings = {"redis": {"url_file": tmp_path / "url"}, "api_key_file": tmp_path / "key"}
    site = effective_site(load(None, settings), MemorySiteStore().read())
    texts = [exported_yaml(site, with_secrets=each) for each in (False, True)]

    for text in texts:
        assert f"url_file: {tmp_path}/url" in text
        assert " url:" not in text
        assert "hunter2" not in text
        assert "a-key-of-the-site" not in text


def test_the_folder_of_this_machine_may_be_left_out(tmp_path: Path) -> None:
    """Where a flag named it, it is no setting of the site."""
    site = effective_site(load(None, {"data": tmp_path}), MemorySiteStore().read())

    assert f"data: {tmp_path}" in exported_yaml(site, with_secrets=True)
    left_out = exported_yaml(site, with_secrets=True, without=("data",))
    assert str(tmp_path) not in left_out
    assert "Left out" not in left_out

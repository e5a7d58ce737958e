"""Each setting that holds, and where it comes from."""

import json
from pathlib import Path

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.effective import effective_site
from service.config.load import load, read_layers
from service.config.shown_origins import shown_settings


def test_each_value_says_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the API, the environment, the file, a file with a secret, or nobody."""
    (tmp_path / "key").write_text("the-key-of-the-site\n")
    (tmp_path / "site.yaml").write_text(
        f"api_key_file: {tmp_path}/key\nalerts: {{hold_s: 3}}\n"
        "cameras: [{name: gate, source: 'rtsp://u:hunter2@10.0.0.7/a', threshold: 2.0}]\n"
    )
    monkeypatch.setenv("POSEWARDEN_REDIS__SHARDS", "4")
    store = MemorySiteStore()
    gate = {"origin": "file", "settings": {"threshold": 3.5}}
    store.write("cameras", "gate", json.dumps(gate).encode())
    hall = {"origin": "api", "settings": {"source": "usb:1"}}
    store.write("cameras", "hall", json.dumps(hall).encode())
    site = effective_site(load(tmp_path / "site.yaml"), store.read())

    lines = list(shown_settings(site, read_layers(tmp_path / "site.yaml")))

    assert {
        "redis.shards: 4  (environment)",
        "alerts.hold_s: 3.0  (file)",
        'api_key: "***"  (file)',
        "max_age_s: 15.0  (default)",
        'cameras.gate.source: "rtsp://***@10.0.0.7/a"  (file)',
        "cameras.gate.threshold: 3.5  (API, version 1)",
        "cameras.gate.stride: 3  (default)",
        'cameras.hall.source: "usb:1"  (API, version 2)',
        "cameras.hall.stride: 3  (default)",
    } <= set(lines)
    assert "hunter2" not in "".join(lines)

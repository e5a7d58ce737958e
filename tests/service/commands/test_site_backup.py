"""What was set over the API is saved and put back."""

import json
from pathlib import Path

import pytest

from service.adapters.redis.backgrounds import RedisBackgrounds
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.site_store import RedisSiteStore
from service.commands.backup import backup, restore
from service.commands.site_config import read_site
from service.config.load import load
from service.config.settings import Settings
from tracker.errors import ConfigError, StoreUnavailable

pytestmark = pytest.mark.slow


def settings(data: Path, server: EmbeddedRedis | None = None) -> Settings:
    """Settings of a site, with a Redis of its own or without."""
    given = {"data": str(data)}
    return load(None, given if server is None else {**given, "redis": {"url": server.url}})


def set_up(url: str) -> None:
    """Add a camera with zones and a floor plan."""
    hall = {"origin": "api", "settings": {"source": "rtsp://u:hunter2@10.0.0.9/", "stride": 5}}
    zones = {"zones": [], "min_height_px": 40}
    with connect(url) as client:
        store = RedisSiteStore(client)
        store.write("cameras", "hall", json.dumps(hall).encode())
        store.write("zones", "hall", json.dumps(zones).encode())
        RedisBackgrounds(client).put("hall", b"plan\xff")
        store.write("backgrounds", "hall", b'{"tag": "ab", "width_px": 20, "height_px": 20}')


def pictures(url: str) -> bytes | None:
    """Return the floor plan."""
    with connect(url) as client:
        return RedisBackgrounds(client).get("hall")


def test_a_site_with_a_redis_of_its_own_comes_back_in_an_empty_one(tmp_path: Path) -> None:
    """Cameras with their passwords, zones and floor plans; never over what is set there."""
    file = tmp_path / "saved.tar.gz"
    with EmbeddedRedis(tmp_path / "one") as first:
        set_up(first.url)
        before = read_site(settings(tmp_path / "data", first))
        told = backup(settings(tmp_path / "data", first), file)
        with pytest.raises(ConfigError, match="already; name an empty one"):
            restore(settings(tmp_path / "again", first), file)
    with EmbeddedRedis(tmp_path / "two") as second:
        restore(settings(tmp_path / "again", second), file)
        after = read_site(settings(tmp_path / "again", second))
        plan = pictures(second.url)

    assert "open alerts in the Redis at redis.url" in told
    assert after.settings.cameras == before.settings.cameras
    assert after.backgrounds == {"hall": "ab"}
    assert plan == b"plan\xff"


def test_it_moves_from_a_redis_of_its_own_into_a_data_folder(tmp_path: Path) -> None:
    """Whose server is started for a moment."""
    file = tmp_path / "saved.tar.gz"
    with EmbeddedRedis(tmp_path / "one") as first:
        set_up(first.url)
        backup(settings(tmp_path / "data", first), file)

    restore(settings(tmp_path / "again"), file)

    assert [each.name for each in read_site(settings(tmp_path / "again")).settings.cameras] == [
        "hall"
    ]


def test_a_redis_that_is_away_is_no_backup(tmp_path: Path) -> None:
    """Half of a site must not look like the whole."""
    gone = load(None, {"data": str(tmp_path), "redis": {"url": "redis://127.0.0.1:9/0"}})

    with pytest.raises(StoreUnavailable):
        backup(gone, tmp_path / "saved.tar.gz")

    assert [path.name for path in tmp_path.iterdir()] == []

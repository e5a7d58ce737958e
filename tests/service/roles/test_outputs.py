"""How messages are put together, over a Valkey of its own."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.archives import alert

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.config.arming_settings import SiteArming
from service.config.load import load
from service.roles.alerting import build_arming
from service.roles.archive import build_archive
from service.roles.connections import SiteConnection
from service.roles.outputs import build_composer, site_zone
from tracker.errors import StoreUnavailable

AT = 1_796_000_000.0
OUTPUT = {"name": "desk", "type": "webhook", "url": "https://desk.example"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteConnection]:
    """A site in Seoul with an output."""
    settings = load(None, {"time_zone": "Asia/Seoul", "outputs": [OUTPUT], "data": tmp_path})
    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        yield SiteConnection.over(settings, client, PrometheusTelemetry())


@pytest.mark.slow
def test_messages_say_the_time_of_the_site(site: SiteConnection) -> None:
    """Of its file, and of the zone that was set over the API since."""
    arming = build_arming(site)
    archive, zone = build_archive(site, "test"), partial(site_zone, site, arming)
    composer = build_composer(site, archive, zone, site.settings.outputs[0])
    of_file = composer.escalated(alert("a", AT), "a-escalated", AT).text
    arming.set_plan(SiteArming(time_zone="Europe/Berlin"))
    arming.newest()
    of_api = composer.escalated(alert("a", AT), "a-escalated", AT).text

    assert "2026-11-30 09:53:20 KST" in of_file
    assert "2026-11-30 01:53:20 CET" in of_api


def test_no_message_waits_for_the_zone(
    site: SiteConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store does not answer the file's zone is said."""
    arming = build_arming(site)
    with monkeypatch.context() as patched:
        patched.setattr(arming, "current", _away)

        assert str(site_zone(site, arming)) == "Asia/Seoul"


def _away() -> None:
    raise StoreUnavailable("no answer")

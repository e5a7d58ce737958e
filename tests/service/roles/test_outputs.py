"""How messages are put together and delivered, over a Valkey of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.archives import alert
from support.receiver import Receiver
from support.waiting import eventually

from inference.types import AlertEvent
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.config.arming_settings import SiteArming
from service.config.load import load
from service.outputs.delivery_ports import LEASE
from service.outputs.plans import plans_of
from service.ports.deciding import AlertChange
from service.roles.alerting import build_arming
from service.roles.archive import build_archive
from service.roles.connections import SiteConnection
from service.roles.outputs import build_composer, build_outbox, site_zone
from tracker.errors import StoreUnavailable

AT = 1_796_000_000.0
OUTPUT = {"name": "desk", "type": "webhook", "url": "https://desk.example"}


LOCAL = {"allow_local": True}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteConnection]:
    """A site in Seoul with an output."""
    with running_site(tmp_path) as one:
        yield one


@contextmanager
def running_site(tmp_path: Path, output: dict[str, Any] | None = None) -> Iterator[SiteConnection]:
    """A site in Seoul; its output is changed as given."""
    outputs = [OUTPUT | (output or {})]
    settings = load(None, {"time_zone": "Asia/Seoul", "outputs": outputs, "data": tmp_path})
    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        yield SiteConnection.over(settings, client, PrometheusTelemetry())


@pytest.mark.slow
@pytest.mark.parametrize("ahead_s", [3 * 3600.0, -3 * 3600.0])
def test_a_clock_that_differs_makes_nothing_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    """Ages are measured by the clock of Redis, whose ids say when a change was written."""
    right = time.time
    with Receiver() as desk, running_site(tmp_path, {"url": desk.url, **LOCAL}) as site:
        monkeypatch.setattr(time, "time", lambda: right() + ahead_s)
        outbox = build_outbox(site, build_archive(site, "test"), "test")
        assert outbox.lease.acquire_or_renew([LEASE])
        _, target = outbox.build(plans_of(site.settings.outputs)["desk"], lambda: True)
        target.step()
        alerts = RedisAlerts(site.client, telemetry=site.telemetry)
        opened = AlertEvent(type="opened", alert=alert("a", right()))
        alerts.put_all([AlertChange(opened)])
        eventually(lambda: target.step() == 0.0 and desk.received)

    assert [each.json["event"] for each in desk.received] == ["opened"]


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

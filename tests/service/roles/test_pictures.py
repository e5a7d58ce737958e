"""How the canary through the picture is put together, over a Valkey of its own."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from support.known_networks import known_networks

from inference.flow_onnx import OnnxFlow
from inference.options import WorkerOptions
from inference.scoring_loop import serve
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.alerts import RedisAlerts
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.adapters.redis.leases import RedisDecisionLeases, RedisMembership
from service.adapters.redis.scores import RedisCueFeed, RedisEpisodeStore, RedisScoreFeed
from service.adapters.redis.window_queue import RedisWindowQueue
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import SiteRules
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.config.load import load
from service.monitoring.picture_canary import PictureCanary, PictureCanaryOptions
from service.monitoring.picture_watch import PictureWatch
from service.operations.fair_share import FairShare
from service.ports.canary import CanaryShowing
from service.ports.leases import DECIDERS
from service.roles import film, pictures
from service.roles.connections import SiteConnection
from tracker.camera.fair_scheduler import FairScheduler
from tracker.simulator.film.film import Film


def _showing(**fields: Any) -> CanaryShowing:  # of any type
    passed = {"process": "a", "path": "yolox", "state": "passed", "at": 0.0}
    return CanaryShowing(**{**passed, **fields})


class Site:
    """A site over a Valkey of its own, whose processes the test steps."""

    def __init__(self, site: SiteConnection, flow: OnnxFlow) -> None:
        self.connection = site
        self._flow = flow
        self._stop = Event()

    def canary(self) -> PictureCanary:
        """Return the canary of a camera process whose networks know the truth."""
        built = film.build_picture_canary(
            self.connection,
            self._flow.card,
            "a",
            lambda _path: FairScheduler(1),
            rtmo=lambda _kind: pytest.fail("no camera uses it"),
        )
        options = PictureCanaryOptions(first_s=0.0, spread_s=0.0, pace_s=0.0)
        known = replace(
            built,
            open_networks=lambda _path: known_networks(),
            film=lambda _seed: Film().truth(),
            options=options,
        )
        return PictureCanary(known, self._stop)

    def work(self) -> None:
        """Let a worker score all that waits."""
        site, stop = self.connection, Event()
        # By such a clock nothing is too old, however slow the machine.
        queue = RedisWindowQueue(
            site.client, worker="w", clock=lambda: 0.0, telemetry=site.telemetry
        )
        options = WorkerOptions(wait_s=0.01)
        serve(queue, self._flow, site.telemetry, stop, options, mark=stop.set)

    def loop(self) -> AlertLoop:
        """Return an alert loop of hidden cameras alone."""
        site, client = self.connection, self.connection.client
        telemetry = site.telemetry
        alerts = RedisAlerts(client, telemetry=telemetry)
        leases = RedisDecisionLeases(client, owner="api")
        dependencies = AlertLoopDependencies(
            rules=lambda: SiteRules({}),
            ended=lambda camera: pytest.fail(f"{camera} is nobody's"),
            leases=leases,
            share=FairShare("api", leases, RedisMembership(client, what=DECIDERS, owner="api")),
            feed=RedisScoreFeed(client, telemetry=telemetry),
            cues=RedisCueFeed(client, telemetry=telemetry),
            episodes=RedisEpisodeStore(client),
            sink=alerts,
            history=alerts,
            archive=site.status_store,
            site_status=site.status_store,
            flow=self._flow,
            telemetry=telemetry,
        )
        return AlertLoop(pictures.with_hidden_cameras(site, self._flow.card, dependencies))

    def showing(self) -> CanaryShowing:
        """Return the only showing."""
        (showing,) = pictures.build_board(self.connection).showings()
        return showing


@pytest.fixture(scope="module")
def flow() -> OnnxFlow:
    """The model that a site runs by default."""
    return OnnxFlow(load(None).model_path, provider="cpu")


@pytest.fixture
def site(tmp_path: Path, flow: OnnxFlow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with a camera that has pictures; weights are taken for granted."""
    module = "service.monitoring.picture_canary"
    monkeypatch.setattr(f"{module}.check_weights", lambda *_: None)
    monkeypatch.setattr(f"{module}.paths_of", lambda kinds, _store: ["yolox"] if kinds else [])
    cameras = [{"name": "gate", "source": "gate.mp4"}, {"name": "yard", "source": "sim:"}]
    settings = load(None, {"cameras": cameras, "data": tmp_path})
    with (
        EmbeddedRedis(tmp_path / "redis", binary=find_server()) as server,
        connect(server.url) as client,
    ):
        yield Site(SiteConnection.over(settings, client, PrometheusTelemetry()), flow)


@pytest.mark.slow
def test_a_drawn_fall_goes_all_the_way_and_leaves_nothing(site: Site) -> None:
    """Through Redis, a worker and the alert loop to the watch; its keys are removed after it."""
    watch = PictureWatch(pictures.build_picture_watch(site.connection), time.monotonic)
    loop = site.loop()
    site.canary().step()
    assert site.showing().on_its_way
    site.work()

    for _ in range(20):  # an expired lease on a busy machine costs one round
        loop.step(time.monotonic() + 60)
        watch.step()
        if site.showing().state != "waiting":
            break
    assert (site.showing().state, site.showing().stage) == ("passed", None)
    assert pictures.pictures_pass(site.connection)

    loop.step(time.monotonic() + 120)
    left = [key for key in site.connection.client.keys("*:camera:_canary*") if b":ring:" not in key]
    assert [key for key in left if not key.endswith(b":lease")] == []
    assert site.connection.client.keys("*alerts*:alert:*") == []


def test_the_heartbeat_waits_for_a_drawn_fall_that_is_found(site: Site) -> None:
    """With pictures on the site a pass must be there, and no failure."""
    board = pictures.build_board(site.connection)
    before = pictures.pictures_pass(site.connection)
    board.put(_showing(passed_at=time.time()))
    passed = pictures.pictures_pass(site.connection)
    board.put(_showing(state="failed", stage="detect", passed_at=time.time()))
    failed = pictures.pictures_pass(site.connection)

    assert (before, passed, failed) == (False, True, False)


def test_sites_without_pictures_or_with_the_canary_off_need_none(site: Site) -> None:
    """Simulated and paused cameras have no networks to prove; neither has who switched it off."""
    without = [
        {"cameras": [{"name": "yard", "source": "sim:"}]},
        {"cameras": [{"name": "gate", "source": "gate.mp4", "paused": True}]},
        {"cameras": [{"name": "gate", "source": "gate.mp4"}], "canary": {"pictures": False}},
    ]
    connection = site.connection
    for settings in without:
        other = SiteConnection.over(load(None, settings), connection.client, connection.telemetry)
        assert pictures.pictures_pass(other)


def test_two_processes_settle_once(site: Site) -> None:
    """The watch is one process's at a time; the other one only measures."""
    board = pictures.build_board(site.connection)
    first = PictureWatch(pictures.build_picture_watch(site.connection), time.monotonic)
    second = PictureWatch(pictures.build_picture_watch(site.connection), time.monotonic)
    board.put(_showing(state="failed", stage="pose", reason="none", remedy="look"))
    first.step()
    second.step()

    events = pictures.build_picture_watch(site.connection).events.newest()
    assert [(each.subject, each.state) for each in events] == [("a/yolox", "raised")]
    assert msgspec.json.decode(msgspec.json.encode(board.showings()[0]))["stage"] == "pose"

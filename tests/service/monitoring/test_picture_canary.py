"""The canary through the picture, over the road in memory: shown, scored, decided, told to nobody.

The networks are stood for by the film's own truth: what real ones make of it is in
tests/tracker/camera/test_film_networks.py.
"""

import pytest
from support.alert_site import AlertSite
from support.picture_canary_site import EVERY_S, RETRY_S, WITHIN_S, Site

from inference.flow_onnx import OnnxFlow
from inference.kinds.watch import KindOptions
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules
from service.alerts.hidden_cameras import HiddenCameras, deciding_hidden
from service.config.load import load
from service.monitoring.picture_watch import all_well
from service.system_events import SystemEvent
from tracker.camera.film_judge import Fault
from tracker.camera.film_networks import NotRun


@pytest.fixture(scope="module")
def flow() -> OnnxFlow:
    """The model that a site runs by default."""
    return OnnxFlow(load(None).model_path, provider="cpu")


@pytest.fixture
def site(road: AlertSite, flow: OnnxFlow, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose weights are what the test says."""
    site = Site(road, flow)
    module = "service.monitoring.picture_canary"
    monkeypatch.setattr(f"{module}.check_weights", lambda _path, _store: site.weights)
    monkeypatch.setattr(
        f"{module}.paths_of", lambda kinds, _store: ["yolox"] if "blazepose" in kinds else []
    )
    return site


def test_a_fall_that_is_shown_passes_and_nobody_is_told(site: Site, road: AlertSite) -> None:
    """It is scored and decided by the loop that decides all, and is in no alert and no record."""
    site.canary.step()
    assert site.row().on_its_way
    site.work()
    site.decide()
    site.watch.step()

    row = site.row()
    assert (row.state, row.stage, row.passed_at) == ("passed", None, road.now)
    assert road.events == []
    assert not road.decisions.oldest(10)
    assert all_well([row], road.now, EVERY_S)
    assert road.telemetry.value("picture_canary_showings_total", path="yolox", result="passed") == 1
    assert road.telemetry.value("cameras_held", role="api") == 2


def test_what_was_shown_is_forgotten_after_it(site: Site) -> None:
    """Once it is settled its camera is decided no more, and its keys go."""
    site.canary.step()
    site.work()
    site.decide()
    site.watch.step()
    site.decide()

    assert site.forgotten == [site.row().camera]
    site.decide()
    assert len(site.forgotten) == 1


def test_blind_networks_fail_at_once_with_an_event(site: Site, road: AlertSite) -> None:
    """The stage is named, the event has a remedy, nothing is sent, and the heartbeat stops."""
    site.blind = True
    site.canary.step()
    site.watch.step()

    row = site.row()
    assert (row.state, row.stage) == ("failed", "detect")
    assert site.raised() == ["a/yolox"]
    assert "restart the camera role" in site.events.newest()[0].remedy
    assert not site.queue.take(16, 0.0)
    assert not all_well([row], road.now, EVERY_S)
    assert road.telemetry.value("picture_canary_failing") == 1


def test_what_sees_again_is_cleared_at_the_next_showing(site: Site, road: AlertSite) -> None:
    """A failure is tried again soon, not after an hour."""
    site.blind = True
    site.canary.step()
    site.watch.step()
    site.blind = False
    road.now += RETRY_S
    site.canary.step()
    site.work()
    site.decide()
    site.watch.step()

    assert site.row().state == "passed"
    assert site.raised() == []
    states = [each.state for _, each in road.events if isinstance(each, SystemEvent)]
    assert states == ["raised", "cleared"]


@pytest.mark.parametrize("dead", ["store", "worker", "decide"])
def test_what_dies_behind_the_camera_is_named(site: Site, road: AlertSite, dead: str) -> None:
    """No worker, no decision, nothing in Redis: each is its own stage, told at the second time."""
    for attempt in range(2):
        site.canary.step()
        if dead != "worker":
            site.work()
        if dead != "decide":
            site.decide()
        if dead == "store":
            road.memory.cues.clear()
            road.memory.scores.clear()
        site.watch.step()
        road.now += WITHIN_S
        site.watch.step()
        assert (site.row().state, site.row().stage) == ("failed", dead)
        assert site.raised() == (["a/yolox"] if attempt else [])
        road.now += RETRY_S


def test_a_fall_that_the_rules_no_longer_find_fails_at_the_decision(site: Site) -> None:
    """A loop that runs but decides nothing is found out, too."""
    blind = CameraRules(threshold=9.0, kinds=KindOptions(enabled=("fight",)))
    parts = site.road.parts("api")
    loop = AlertLoop(
        deciding_hidden(parts, site.board, HiddenCameras(site.board, blind, lambda _camera: None))
    )
    site.canary.step()
    site.work()
    loop.step(site.road.now)
    site.watch.step()
    site.road.now += WITHIN_S
    site.watch.step()

    assert (site.row().state, site.row().stage) == ("failed", "decide")


def test_damaged_and_missing_weights_are_no_pass(site: Site, road: AlertSite) -> None:
    """Damaged ones fail at the weights; missing ones are not run, and hold up the heartbeat."""
    site.weights = Fault("weights", "yolox_nano.onnx is damaged")
    site.canary.step()
    assert (site.row().state, site.row().stage) == ("failed", "weights")

    site.weights = NotRun("the weights yolox-nano are not on this machine")
    road.now += RETRY_S
    site.canary.step()
    assert site.row().state == "not-run"
    assert "not on this machine" in site.row().reason
    assert not all_well([site.row()], road.now, EVERY_S)


def test_it_is_shown_every_hour(site: Site, road: AlertSite) -> None:
    """One that passed is shown again when the time has come, not before."""
    site.canary.step()
    site.work()
    site.decide()
    site.watch.step()
    passed_at = road.now

    road.now = passed_at + EVERY_S - 1
    site.canary.step()
    assert site.row().state == "passed"
    road.now = passed_at + EVERY_S
    site.canary.step()
    assert site.row().on_its_way


def test_processes_take_turns(site: Site, road: AlertSite) -> None:
    """While one process shows the film, others wait."""
    first, second = site.road.parts("b").leases, site.process("c")
    assert first.acquire_or_renew(["_canary-pictures"])
    second.step()
    (waits,) = [each for each in site.board.showings() if each.process == "c"]
    assert (waits.state, waits.session) == ("waiting", "")

    first.release()
    road.now += 10
    second.step()
    (shown,) = [each for each in site.board.showings() if each.process == "c"]
    assert shown.on_its_way


def test_a_site_whose_cameras_carry_poses_shows_nothing(site: Site) -> None:
    """Simulated and recorded people need no networks; what was shown before is no pass any more."""
    site.canary.step()
    site.kinds = set()
    site.canary.step()

    assert (site.row().state, site.row().reason) == ("not-run", "no camera needs it now")


def test_an_event_of_a_process_that_ended_is_cleared(site: Site) -> None:
    """Who ends takes its failures along."""
    site.blind = True
    site.canary.step()
    site.watch.step()
    site.canary.leave()
    site.watch.step()

    assert site.raised() == []

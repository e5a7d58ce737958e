"""The canary through the picture, over the road in memory: shown, scored, decided, told to nobody.

The networks are stood for by the film's own truth: what real ones make of it is in
tests/tracker/camera/test_film_networks.py.
"""

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from support.alert_site import AlertSite
from support.known_networks import known_networks

from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.kinds.watch import KindOptions
from inference.types import Position, Score
from service.adapters.memory.canary_board import MemoryCanaryBoard
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryWindowQueue, MemoryWindowStore
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules
from service.alerts.hidden_cameras import HiddenCameras, deciding_hidden
from service.config.load import load
from service.monitoring.picture_canary import (
    PictureCanary,
    PictureCanaryDependencies,
    PictureCanaryOptions,
)
from service.monitoring.picture_watch import PictureWatch, PictureWatchDependencies, all_well
from service.ports.canary import CanaryShowing, is_hidden
from service.system_events import SystemEvent
from tracker.camera import film_networks
from tracker.camera.fair_scheduler import FairScheduler
from tracker.camera.film_judge import Fault
from tracker.camera.film_networks import NotRun
from tracker.options import WindowOptions
from tracker.simulator.film.film import Film
from tracker.weights.store import ModelStore

EVERY_S, WITHIN_S, RETRY_S = 3600.0, 30.0, 120.0
START = 1_700_000_000.0


@pytest.fixture(scope="module")
def flow() -> OnnxFlow:
    """The model that a site runs by default."""
    return OnnxFlow(load(None).model_path, provider="cpu")


class Site:
    """One camera process, one worker and one API process, stepped by the test.

    Attributes:
        blind: of the networks from now on.
        weights: what is said of the weights.
    """

    def __init__(self, road: AlertSite, flow: OnnxFlow) -> None:
        road.now = START
        self.road, self._flow = road, flow
        self.blind = False
        self.weights: Fault | NotRun | None = None
        self.kinds = {"blazepose"}
        self.board = MemoryCanaryBoard(clock=road.clock)
        self.canary = self.process("a")
        self.queue = MemoryWindowQueue(
            road.memory, worker="w", clock=road.clock, telemetry=road.telemetry
        )
        parts = road.parts("api")
        self.events = MemorySystemEvents(road.events, clock=road.clock)
        self.watch = PictureWatch(
            PictureWatchDependencies(
                board=self.board,
                leases=parts.leases,
                feed=parts.feed,
                cues=parts.cues,
                events=self.events,
                telemetry=road.telemetry,
                clock=road.clock,
                within_s=WITHIN_S,
            ),
            road.clock,
        )
        rules = CameraRules(threshold=9.0, kinds=KindOptions(enabled=("fall",)))
        self.hidden = HiddenCameras(self.board, rules, self._forget)
        self.loop = AlertLoop(deciding_hidden(parts, self.board, self.hidden))
        self.forgotten: list[str] = []

    def process(self, name: str) -> PictureCanary:
        """Return the canary of a camera process."""
        return PictureCanary(
            PictureCanaryDependencies(
                process=name,
                board=self.board,
                leases=self.road.parts(name).leases,
                models=ModelStore([], Path("nowhere")),
                pose_kinds=lambda: self.kinds,
                open_networks=lambda _path: known_networks(blind=self.blind),
                slot=lambda _path: FairScheduler(1).patient_slot(),
                windows=WindowOptions(frames=self._flow.card.frames, fps=self._flow.card.fps),
                window_store=MemoryWindowStore(
                    self.road.memory, frames=self._flow.card.frames, telemetry=self.road.telemetry
                ),
                telemetry=self.road.telemetry,
                film=lambda _seed: Film().truth(),
                clock=self.road.clock,
                options=PictureCanaryOptions(
                    every_s=EVERY_S, first_s=0.0, spread_s=0.0, retry_s=RETRY_S, pace_s=0.0
                ),
            ),
            Event(),
        )

    def work(self) -> None:
        """Let a worker score what waits."""
        place = Position(0.0, 0.0, 0.0, 1.0)
        while claims := self.queue.take(16, 0.0):
            windows = normalize(np.stack([claim.window.joints for claim in claims]))
            scored = zip(claims, self._flow.nll(windows).tolist(), strict=True)
            self.queue.finish(
                claims,
                [
                    Score(c.window.person, c.window.last_seq, c.window.at, nll, None, place, place,
                          "m", c.reference)
                    for c, nll in scored
                ],
            )  # fmt: skip

    def decide(self, seconds: float = 2.0) -> None:
        """Let the alert loop decide for a while."""
        for _ in range(4):
            self.loop.step(self.road.now)
            self.road.now += seconds / 4

    def row(self) -> CanaryShowing:
        """Return the only row of the board that is not stood in for."""
        (row,) = [each for each in self.board.showings() if each.path == "yolox"]
        return row

    def raised(self) -> list[str]:
        """Return the subjects of what is wrong now."""
        return [each.subject or "" for each in self.events.newest() if each.state == "raised"]

    def _forget(self, camera: str) -> None:
        self.forgotten.append(camera)


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


def _row(**fields: Any) -> CanaryShowing:  # of any type
    return CanaryShowing(**{"process": "a", "path": "yolox", "at": 0.0, **fields})


@pytest.mark.parametrize(
    ("rows", "well"),
    [
        ([], False),
        ([_row(state="waiting")], False),
        ([_row(state="passed", passed_at=1000.0)], True),
        ([_row(state="passed", passed_at=1000.0 - 2.1 * EVERY_S)], False),
        ([_row(state="passed", passed_at=1000.0), _row(state="waiting", process="new")], True),
        ([_row(state="passed", passed_at=1000.0), _row(state="not-run", path="rtmo")], True),
        ([_row(state="not-run")], False),
        ([_row(state="failed", stage="worker", failures=1, passed_at=1000.0)], True),
        ([_row(state="failed", stage="worker", failures=2, passed_at=1000.0)], False),
        ([_row(state="failed", stage="pose", failures=1, passed_at=1000.0)], False),
    ],
)
def test_the_heartbeat_needs_falls_that_are_found(rows: list[CanaryShowing], well: bool) -> None:
    """A recent pass by every process; a restart behind them costs one showing, not the beat."""
    assert all_well(rows, 1000.0, EVERY_S) is well


def test_no_site_may_name_a_camera_like_the_canary() -> None:
    """Hidden cameras and configured ones cannot be mixed up."""
    assert is_hidden(_row(state="waiting").camera)
    assert not is_hidden("canary")
    assert film_networks.paths_of(set(), ModelStore([], Path("nowhere"))) == []

"""The deciding loop over the in-memory twins: leases, crashes, silence, clips."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace

from inference.card import ModelCard
from inference.ports import FlowModel
from inference.types import Place, Score
from service.adapters.memory import (
    MemoryBoard,
    MemoryEpisodeStore,
    MemoryLeases,
    MemoryScoreFeed,
    MemorySite,
)
from service.adapters.memory_alerts import MemoryAlerts
from service.decide import DecideOptions, DecideParts, Deciding, decide
from service.types import Alert, AlertEvent, AlertPoses
from tracker.errors import StoreUnavailable
from tracker.normalize import NAME
from tracker.skeleton import FLOW_18
from tracker.telemetry import Tally
from tracker.types import Float32, FrameView, PersonId, Pose, Track, Window

START_AT = 1_700_000_000.0
CALM, WILD = 1.0, 5.0


class NeckFlow(FlowModel):
    """A flow whose score lies in neck, nose and right shoulder, in this order."""

    card = ModelCard(
        name="neck",
        frames=24,
        fps=24.0,
        joints=FLOW_18,
        normaliser=NAME,
        prior_mean=3.0,
        data="none",
        licence="Apache-2.0",
        weights_hash="m",
        parity=0.0,
    )
    provider = "none"

    def nll(self, windows: Float32) -> Float32:
        return self.explain(windows).sum(axis=(1, 2))

    def explain(self, windows: Float32) -> Float32:
        shares = np.zeros((len(windows), 24, 18), np.float32)
        shares[:, :, :3] = [2.0, 3.0, 1.0]
        return shares


class FailingAlerts(MemoryAlerts):
    """Alerts that fail after the write when told to, as a killed process or a lost reply would."""

    fails = 0

    def put(self, event: AlertEvent, poses: AlertPoses | None) -> bool:
        written = super().put(event, poses)
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("after the write")
        return written


class Site:
    """One site in memory, with a wall clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.memory = MemorySite()
        self.telemetry = Tally()
        self.events: list[tuple[str, AlertEvent]] = []
        self.alerts = FailingAlerts(self.events, telemetry=self.telemetry)

    def process(self, owner: str = "a") -> Deciding:
        """Start a process that decides."""
        return Deciding(self.parts(owner))

    def parts(self, owner: str = "a") -> DecideParts:
        """Return what a process of this name works with."""
        board = MemoryBoard(self.memory, clock=self.clock)
        return DecideParts(
            thresholds={"gate": 2.0, "yard": 2.0},
            leases=MemoryLeases(self.memory, owner=owner, clock=self.clock),
            feed=MemoryScoreFeed(self.memory),
            episodes=MemoryEpisodeStore(self.memory, owner=owner, clock=self.clock),
            sink=self.alerts,
            history=self.alerts,
            archive=board,
            board=board,
            flow=NeckFlow(),
            telemetry=self.telemetry,
            options=DecideOptions(wait_s=0.001),
        )

    def clock(self) -> float:
        """Tell the time that leases run by."""
        return self.now

    def write(self, *values: float, start: int = 0, camera: str = "gate") -> None:
        """Let a worker score one person's windows, one at every third frame."""
        for step, nll in enumerate(values):
            seq = start + 3 * step
            at = START_AT + seq / 10
            person = PersonId(camera, "s1", 1)
            reference = self.memory.next_id()
            joints = np.random.default_rng(seq).uniform(0, 100, (24, 17, 3)).astype(np.float32)
            self.memory.windows[reference] = Window(person, seq, at, joints)
            place = Place(at, 100.0, 200.0, 80.0)
            score = Score(person, seq, at, nll, None, place, place, "m", reference)
            self.memory.scores[camera].append((self.memory.next_id(), score))

    def see(self, at: float, *numbers: int, camera: str = "gate", session: str = "s1") -> None:
        """Let the camera show these people at this time after the start."""
        pose = Pose(np.zeros((17, 3), np.float32), np.zeros(4, np.float32))
        tracks = tuple(
            Track(PersonId(camera, session, number), 0, START_AT + at, pose) for number in numbers
        )
        self.memory.views[camera] = FrameView(camera, session, 0, START_AT + at, 640, 480, tracks)

    def changes(self) -> list[str]:
        """Name the alert events so far, but updates."""
        return [e.type for _, e in self.events if e.type != "updated"]


@pytest.fixture
def site() -> Site:
    """An empty site."""
    return Site()


def test_an_episode_is_told_with_its_joints_and_clip(site: Site) -> None:
    """The alert names the joints by their share and keeps the window of its peak."""
    site.write(*[CALM] * 3, *[WILD] * 5, *[CALM] * 12)

    site.process().round(0.0)

    assert site.changes() == ["opened", "closed"]
    _, opened = site.events[0]
    assert opened.alert.joints[:3] == ("neck", "nose", "right_shoulder")
    assert all(event.alert.joints == opened.alert.joints for _, event in site.events)
    found = site.alerts.get(opened.alert.id)
    assert found is not None
    alert, clip = found
    assert clip is not None
    assert (alert.state, clip.fps, len(clip.poses), len(clip.joint_map)) == ("closed", 24.0, 24, 24)
    assert len(clip.poses[0]) == 17
    assert sum(map(sum, clip.joint_map)) == pytest.approx(24 * 6.0)
    assert site.telemetry.value("alerts_total", camera="gate", state="open") == 1
    assert site.telemetry.value("alerts_total", camera="gate", state="closed") == 1
    assert site.telemetry.value("cameras_held") == 2


def test_a_trimmed_window_costs_the_clip_not_the_alert(site: Site) -> None:
    """The loss is counted."""
    site.write(*[WILD] * 4)
    site.memory.windows.clear()

    site.process().round(0.0)

    assert site.changes() == ["opened"]
    assert site.telemetry.value("alert_poses_lost_total") == 1


def test_a_window_of_another_model_costs_the_clip_not_the_process(site: Site) -> None:
    """A former model's windows may be shorter than what the present one can explain."""
    site.write(*[WILD] * 4)
    for reference, window in site.memory.windows.items():
        site.memory.windows[reference] = Window(
            window.person, window.last_seq, window.at, window.joints[:12]
        )

    site.process().round(0.0)

    assert site.changes() == ["opened"]
    assert site.telemetry.value("alert_poses_lost_total") == 1


def test_scores_that_come_twice_are_counted(site: Site) -> None:
    """Their reason is told."""
    site.write(*[WILD] * 4)
    site.memory.scores["gate"].append(site.memory.scores["gate"][-1])
    site.memory.scores["gate"][-1] = (site.memory.next_id(), site.memory.scores["gate"][-1][1])

    site.process().round(0.0)

    assert site.telemetry.value("scores_ignored_total", reason="twice") == 1
    assert site.changes() == ["opened"]


def test_a_process_killed_between_telling_and_saving_tells_once(site: Site) -> None:
    """The successor decides the same again, under the same id and version."""
    site.write(*[WILD] * 4)
    site.alerts.fails = 1
    first = site.process("a")
    with pytest.raises(StoreUnavailable):
        first.round(0.0)
    assert site.changes() == ["opened"]
    assert site.memory.episodes == {}

    site.now += 6.0
    successor = site.process("b")
    successor.round(site.now)
    site.write(*[CALM] * 12, start=12)
    successor.round(site.now)

    assert site.changes() == ["opened", "closed"]
    assert len({event.alert.id for _, event in site.events}) == 1
    assert site.telemetry.value("alerts_total", camera="gate", state="open") == 0


def test_a_successor_goes_on_where_the_last_one_saved(site: Site) -> None:
    """A restart neither repeats nor loses an episode."""
    site.write(*[WILD] * 4)
    site.process("a").round(0.0)
    site.now += 6.0
    site.write(*[CALM] * 12, start=12)

    site.process("b").round(site.now)

    assert site.changes() == ["opened", "closed"]
    assert site.telemetry.value("scores_ignored_total", reason="twice") == 0


def test_an_alert_told_otherwise_before_a_crash_is_closed_all_the_same(site: Site) -> None:
    """A version that is taken by another change does not leave the alert open for ever."""
    site.write(*[WILD] * 4)
    process = site.process()
    process.round(0.0)
    _, told = site.events[-1]
    site.alerts.put(AlertEvent(type="updated", alert=_next_version(told)), None)
    site.see(60.0)

    process.round(1.0)

    assert site.changes() == ["opened", "closed"]
    found = site.alerts.get(told.alert.id)
    assert found is not None
    assert (found[0].state, found[0].version) == ("closed", told.alert.version + 2)


def test_one_process_decides_about_a_camera(site: Site) -> None:
    """The second holds nothing until the first lets go."""
    first, second = site.process("a"), site.process("b")
    site.write(*[WILD] * 4)

    assert first.round(0.0)
    assert not second.round(0.0)

    assert site.changes() == ["opened"]


def test_a_lease_that_is_gone_ends_our_say(site: Site) -> None:
    """Saving fails, and nothing is remembered of the camera."""
    process = site.process("a")
    process.round(0.0)
    site.now += 6.0
    MemoryLeases(site.memory, owner="b", clock=site.clock).hold(["gate", "yard"])
    site.write(*[CALM] * 4)

    process.round(0.5)

    assert site.memory.episodes.keys() == {"gate", "yard"}
    assert not process.round(1.5)


def test_a_lease_not_renewed_is_dropped(site: Site) -> None:
    """The next renewal tells that somebody else holds it."""
    process = site.process("a")
    process.round(0.0)
    site.now += 6.0
    MemoryLeases(site.memory, owner="b", clock=site.clock).hold(["gate"])

    process.round(2.0)

    assert site.telemetry.value("cameras_held") == 1


def test_those_who_left_are_closed_by_the_camera_s_time(site: Site) -> None:
    """Four seconds after the last score, when the camera no longer sees them."""
    process = site.process()
    site.write(*[WILD] * 4)
    site.see(1.0, 1)
    process.round(0.0)
    site.see(8.0, 1)
    process.round(1.0)
    assert site.changes() == ["opened"]

    site.see(8.1, 1, session="s2")
    process.round(2.0)

    assert site.changes() == ["opened", "closed"]


def test_scores_still_waiting_keep_people_alive(site: Site) -> None:
    """Time has come only as far as the scores that were read, not as far as the picture."""
    site.write(*[WILD] * 4)
    site.see(60.0)

    site.process().round(0.0)

    assert site.changes() == ["opened"]


def test_a_camera_without_frames_ends_its_episodes(site: Site) -> None:
    """After half a minute of wall clock nobody is left to watch."""
    process = site.process()
    site.write(*[WILD] * 4)
    site.see(1.0, 1)
    process.round(0.0)
    process.round(29.9)
    assert site.changes() == ["opened"]

    process.round(30.5)

    _, closed = site.events[-1]
    assert closed.type == "closed"
    assert closed.alert.closed_at == START_AT + 0.9


def test_cameras_do_not_mix(site: Site) -> None:
    """Each has its own memory and its own alerts."""
    site.write(*[WILD] * 4)
    site.write(*[WILD] * 4, camera="yard")

    site.process().round(0.0)

    alerts = {event.alert.camera: event.alert.id for _, event in site.events}
    assert alerts.keys() == {"gate", "yard"}
    assert len(set(alerts.values())) == 2


@pytest.mark.parametrize("state", [b"rubbish", b"\x92\xa10\xc4\x01x"])
def test_a_state_that_does_not_read_is_replaced(
    site: Site, state: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The decider starts afresh from the scores that are there, and says so."""
    site.memory.episodes["gate"] = state
    site.write(*[WILD] * 4)

    site.process().round(0.0)

    assert site.changes() == ["opened"]
    assert "afresh" in caplog.text
    assert site.memory.episodes["gate"] != state


def test_the_loop_survives_a_silent_store_and_frees_its_leases(site: Site) -> None:
    """It counts, waits, goes on; when stopped, a successor need not wait."""
    stop = threading.Event()
    site.alerts.fails = 1
    site.write(*[WILD] * 4)

    decide(site.parts(), stop, clock=_until(stop, 6))

    assert site.changes() == ["opened"]
    assert site.telemetry.value("store_errors_total", role="api") == 1
    assert site.memory.episodes.keys() == {"gate", "yard"}
    assert site.memory.leases == {}


def test_a_store_that_is_silent_at_the_end_does_not_hinder_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leases that cannot be freed run out by themselves."""

    def fail(_leases: MemoryLeases) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(MemoryLeases, "release", fail)
    stop = threading.Event()

    decide(site.parts(), stop, clock=_until(stop, 2))

    assert site.memory.leases.keys() == {"gate", "yard"}


@pytest.mark.parametrize("name", ["renew_s", "wait_s", "tick_s", "camera_gone_s"])
def test_options_out_of_range_are_refused(name: str) -> None:
    """Each range stands beside its field."""
    with pytest.raises(ValueError, match=name):
        DecideOptions(**{name: 0.0})


def _next_version(event: AlertEvent) -> Alert:
    return replace(event.alert, version=event.alert.version + 1)


def _until(stop: threading.Event, rounds: int) -> Callable[[], float]:
    """Return a clock of whole seconds that says stop after some readings."""
    now = iter(range(10**6))

    def clock() -> float:
        second = next(now)
        if second >= rounds:
            stop.set()
        return float(second)

    return clock

"""The deciding loop when processes die, leases pass on and the store falls silent."""

import threading
from dataclasses import replace as replaced

import msgspec
import pytest
from msgspec.structs import replace
from support.alert_site import AlertSite

from inference.rarity import ordinary_scores
from inference.types import Alert, AlertEvent
from service.adapters.memory.leases import MemoryDecisionLeases
from service.adapters.redis.keys import Shards
from service.alerts.alert_loop import AlertLoop, decide
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.saved_state import read_usual_scores
from tracker.errors import StoreUnavailable

CALM, WILD = 1.0, 5.0


def test_a_process_killed_between_telling_and_saving_tells_once(road: AlertSite) -> None:
    """The successor decides the same again, under the same id and version."""
    road.write(*[WILD] * 4)
    road.alerts.fails = 1
    first = road.process("a")
    with pytest.raises(StoreUnavailable):
        first.step(0.0)
    assert road.changes() == ["opened"]
    assert road.memory.episodes == {}

    road.now += 6.0
    successor = road.process("b")
    successor.step(road.now)
    road.write(*[CALM] * 12, start=12)
    successor.step(road.now)

    assert road.changes() == ["opened", "closed"]
    assert len({event.alert.id for _, event in road.events}) == 1
    assert (
        road.telemetry.value("alerts_total", camera="gate", severity="warning", state="open") == 0
    )


def test_a_successor_goes_on_where_the_last_one_saved(road: AlertSite) -> None:
    """A restart neither repeats nor loses an episode."""
    road.write(*[WILD] * 4)
    road.process("a").step(0.0)
    road.now += 6.0
    road.write(*[CALM] * 12, start=12)

    road.process("b").step(road.now)

    assert road.changes() == ["opened", "closed"]
    assert road.telemetry.value("scores_ignored_total", reason="twice") == 0


def test_an_alert_told_otherwise_before_a_crash_is_closed_all_the_same(road: AlertSite) -> None:
    """A version that is taken by another change does not leave the alert open for ever."""
    road.write(*[WILD] * 4)
    process = road.process()
    process.step(0.0)
    _, told = road.events[-1]
    road.alerts.put(AlertEvent(type="updated", alert=_next_version(told)), None)
    road.see(60.0)

    process.step(1.0)

    assert road.changes() == ["opened", "closed"]
    found = road.alerts.get(told.alert.id)
    assert found is not None
    assert (found[0].state, found[0].version) == ("closed", told.alert.version + 2)


def test_one_process_decides_about_a_camera(road: AlertSite) -> None:
    """The second holds nothing until the first lets go."""
    first, second = road.process("a"), road.process("b")
    road.write(*[WILD] * 4)

    assert first.step(0.0)
    assert not second.step(0.0)

    assert road.changes() == ["opened"]


def test_a_lease_that_is_gone_ends_our_say(road: AlertSite) -> None:
    """Saving fails, and nothing is remembered of the camera."""
    process = road.process("a")
    process.step(0.0)
    road.now += 6.0
    MemoryDecisionLeases(road.memory, owner="b", clock=road.clock).acquire_or_renew(
        ["gate", "yard"]
    )
    road.write(*[CALM] * 4)

    process.step(0.5)

    assert road.memory.episodes.keys() == {"gate", "yard"}
    assert not process.step(1.5)
    given_up = {
        reason: road.telemetry.value("cameras_given_up_total", role="api", reason=reason)
        for reason in ("term", "lease")  # the first by what it saved, the other at its renewal
    }
    assert given_up == {"term": 1, "lease": 1}


def test_a_lease_not_renewed_is_dropped(road: AlertSite) -> None:
    """The next renewal tells that somebody else holds it."""
    process = road.process("a")
    process.step(0.0)
    road.now += 6.0
    MemoryDecisionLeases(road.memory, owner="b", clock=road.clock).acquire_or_renew(["gate"])

    process.step(2.0)

    assert road.telemetry.value("cameras_held", role="api") == 1
    assert road.telemetry.value("cameras_given_up_total", role="api", reason="lease") == 1


def test_a_term_behind_the_newest_is_replaced(
    road: AlertSite, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that went back in time loses no alert: a later term begins, and the log tells."""
    road.alerts.begin("gate", 3_600_000)
    road.write(*[WILD] * 4)

    assert road.process("a").step(0.0)

    assert road.changes() == ["opened"]
    assert road.telemetry.value("alerts_fenced_total") == 0
    assert "began a later term" in caplog.messages


def test_who_hung_before_its_term_began_lets_the_camera_go(
    road: AlertSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process holds the lease by then: it decides, and what it writes is not refused."""
    other = MemoryDecisionLeases(road.memory, owner="b", clock=road.clock)
    begin = road.alerts.begin

    def hung(camera: str, term: int) -> int:
        monkeypatch.undo()
        road.now += 6.0
        for name in other.acquire_or_renew(["gate", "yard"]):
            begin(name, other.term(name).number)
        return begin(camera, term)

    monkeypatch.setattr(road.alerts, "begin", hung)
    road.write(*[WILD] * 4)
    road.process("a").step(0.0)

    assert "lease lost" in caplog.messages
    assert road.telemetry.value("cameras_given_up_total", role="api", reason="term") == 2
    assert road.telemetry.value("cameras_held", role="api") == 0
    assert road.changes() == []
    for name in ("gate", "yard"):
        assert road.alerts.begin(name, 0) == other.term(name).number


@pytest.mark.parametrize("state", [b"rubbish", b"\x92\xa10\xc4\x01x"])
def test_a_state_that_does_not_read_is_replaced(
    road: AlertSite, state: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It decides again from the scores that are there, and says so."""
    road.memory.episodes["gate"] = state
    road.write(*[WILD] * 4)

    road.process().step(0.0)

    assert road.changes() == ["opened"]
    assert "alert state lost" in caplog.text
    assert road.memory.episodes["gate"] != state


@pytest.mark.slow
def test_the_loop_survives_a_silent_store_and_frees_its_leases(road: AlertSite) -> None:
    """It counts, waits, goes on; when stopped, a successor need not wait."""
    road.alerts.fails = 1
    road.write(*[WILD] * 4)

    _decide(road, rounds=6)

    assert road.changes() == ["opened"]
    assert road.telemetry.value("store_errors_total", role="api") == 1
    assert road.memory.episodes.keys() == {"gate", "yard"}
    assert road.memory.leases[Shards.lease] == {}


@pytest.mark.slow
def test_an_alert_without_room_is_told_once_there_is_some(road: AlertSite) -> None:
    """Refused twice, it is decided a third time; no score is gone past meanwhile."""
    road.alerts.refuses = 2
    road.write(*[WILD] * 4)

    _decide(road, rounds=6)

    assert road.changes() == ["opened"]
    assert road.telemetry.value("store_errors_total", role="api") == 2


def test_a_store_that_is_silent_at_the_end_does_not_hinder_it(
    road: AlertSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leases that cannot be freed run out by themselves."""

    def fail(_leases: MemoryDecisionLeases) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(MemoryDecisionLeases, "release", fail)

    _decide(road, rounds=2)

    assert road.memory.leases[Shards.lease].keys() == {"gate", "yard"}


def _next_version(event: AlertEvent) -> Alert:
    return replace(event.alert, version=event.alert.version + 1)


def _decide(road: AlertSite, rounds: int) -> None:
    """Run the loop; its clock of whole seconds says stop after so many readings."""
    now, stop = iter(range(10**6)), threading.Event()

    def clock() -> float:
        second = next(now)
        if second >= rounds:
            stop.set()
        return float(second)

    decide(road.parts(), stop, clock=clock)


def test_an_open_alert_of_0_3_is_taken_over(road: AlertSite) -> None:
    """Its process stored no place in the cues and no kinds; the alert goes on as movement."""
    road.write(*[WILD] * 4)
    road.process("a").step(0.0)
    known = msgspec.msgpack.decode(road.memory.episodes["gate"])
    state = msgspec.msgpack.decode(known[1])
    later = ("camera", "cues_at", "watches", "usual_speed", "usual_score")
    old = {name: value for name, value in state.items() if name not in later}
    for trail in old["trails"].values():
        for name in ("moves", "kinds", "down", "last_window", "threshold"):
            trail.pop(name, None)
        for name in ("kind", "kinds", "reason", "rarity_hours", "severity", "not_seen_since"):
            trail["alert"].pop(name, None)
    road.memory.episodes["gate"] = msgspec.msgpack.encode([known[0], msgspec.msgpack.encode(old)])

    road.now = 60.0
    road.write(*[CALM] * 12, start=12)
    road.process("b").step(road.now)

    assert road.changes() == ["opened", "closed"]
    closed = road.events[-1][1].alert
    assert (closed.kind, [each.kind for each in closed.kinds]) == ("movement", ["movement"])


def test_a_camera_shows_what_it_has_learned(road: AlertSite) -> None:
    """Its own ordinary scores are read from what the loop saved; of 0.3 there are none."""
    parts = road.parts()
    scores = ordinary_scores({"0.5": 1.0, "0.95": 1.3, "0.99": 1.5, "0.999": 1.7})
    assert scores is not None
    rules = SiteRules({"gate": CameraRules(threshold=2.0, ordinary=scores)})
    road.write(*[CALM] * 10)
    AlertLoop(replaced(parts, rules=lambda: rules)).step(0.0)

    usual = read_usual_scores(road.memory.episodes["gate"])

    assert usual is not None
    assert (usual.count, usual.mean) == (10, pytest.approx(CALM))
    assert read_usual_scores(b"rubbish") is None
    assert read_usual_scores(None) is None

"""Decisions that are published at one time: written together, and each as if it were alone."""

import pytest
from support.alert_site import AlertSite

from inference.types import AlertEvent
from service.adapters.memory.leases import MemoryDecisionLeases
from service.alerts import publisher
from service.alerts.camera_rules import CameraRules, SiteRules
from service.entry_ids import entry_order
from service.ports.deciding import AlertChange, PutResult
from tracker.errors import StoreRefuses, StoreUnavailable

CALM, WILD = 1.0, 5.0


def told(road: AlertSite) -> list[tuple[str, str, int]]:
    """Return camera, type and version of each event."""
    return [(e.alert.camera, e.type, e.alert.version) for _, e in road.events]


def test_alerts_of_several_cameras_are_written_together(road: AlertSite) -> None:
    """Those of one camera come in their order; after each its joints are named."""
    road.write(*[WILD] * 4, *[WILD + 1] * 3, *[CALM] * 12)
    road.write(*[WILD] * 4, camera="yard")

    road.process().step(0.0)

    first, *others = road.alerts.calls
    assert first == 2
    assert set(others) <= {1}
    assert {(camera, kind) for camera, kind, _ in told(road)[:2]} == {
        ("gate", "opened"),
        ("yard", "opened"),
    }
    of_gate = [version for camera, _, version in told(road) if camera == "gate"]
    assert of_gate == list(range(1, len(of_gate) + 1))
    assert len(of_gate) > 2
    assert all(event.alert.joints for _, event in road.events)
    assert [record and record.event.alert.version for _, record in road.decisions.oldest(99)] == [
        version for _, _, version in told(road)
    ]


def test_a_store_that_fails_between_two_writes_gets_each_once(road: AlertSite) -> None:
    """What was written is decided again under the same version, and the rest is written then."""
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")
    road.alerts.fails = 1
    process = road.process()
    with pytest.raises(StoreUnavailable):
        process.step(0.0)
    process.forget()
    assert len(road.events) == 1

    process.step(1.0)

    assert sorted(told(road)) == [("gate", "opened", 1), ("yard", "opened", 1)]
    assert road.alerts.calls == [2, 2]


def test_what_was_written_is_counted_though_another_one_failed(
    road: AlertSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, also where all of it is decided again."""
    caplog.set_level("INFO")
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")
    process = road.process()
    spoiled = _spoil_alerts_of(road, "gate")
    caplog.clear()
    for now in (0.0, 20.0):
        process.step(now)
        process.forget()
    before = (_opened(road, "gate"), _opened(road, "yard"))
    road.alerts.foreign -= spoiled
    process.step(40.0)

    assert before == (0, 1)
    assert sorted(told(road)) == [("gate", "opened", 1), ("yard", "opened", 1)]
    assert (_opened(road, "gate"), _opened(road, "yard")) == (1, 1)
    assert caplog.messages.count("alert opened") == 2


def test_a_store_without_room_for_the_rest_holds_up_all(
    road: AlertSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no camera's fault: what was written before is counted, and all is decided again."""
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")
    put = road.alerts._put_or_fail

    def full_for_one(change: AlertChange) -> PutResult:
        is_gate = change.event.alert.camera == "gate"
        return StoreRefuses("no room") if is_gate else put(change)

    monkeypatch.setattr(road.alerts, "_put_or_fail", full_for_one)
    process = road.process()
    with pytest.raises(StoreRefuses):
        process.step(0.0)
    process.forget()
    before = _opened(road, "yard")
    monkeypatch.undo()
    process.step(1.0)

    assert before == 1
    assert sorted(told(road)) == [("gate", "opened", 1), ("yard", "opened", 1)]
    assert (_opened(road, "gate"), _opened(road, "yard")) == (1, 1)
    assert road.telemetry.value("cameras_given_up_total", role="api", reason="refused") == 0


@pytest.mark.parametrize("together", [True, False])
def test_only_the_camera_waits_of_which_an_alert_cannot_be_written(
    road: AlertSite, together: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are decided, saved and closed; it is tried again, and loses nothing."""
    road.rules = SiteRules(dict.fromkeys(("alley", "gate", "yard"), CameraRules(threshold=2.0)))
    for camera in road.rules.cameras:
        road.write(*[WILD] * 4, *[WILD + 1] * 3, *[CALM] * 12, camera=camera)
    spoiled = _spoil_alerts_of(road, "gate")
    if not together:
        road.rules = SiteRules({"gate": CameraRules(threshold=2.0)})
    others = road.rules.cameras.keys() - {"gate"}
    process = road.process()
    for second in range(30):
        road.now += 1.0
        process.step(float(second))
        for camera in others:
            road.see(20.0 + second, camera=camera)

    for camera in others:
        of_it = [event.alert for _, event in road.events if event.alert.camera == camera]
        assert [each.version for each in of_it] == list(range(1, len(of_it) + 1))
        assert of_it[-1].state == "closed"
    assert {event.alert.camera for _, event in road.events} == others
    assert road.memory.episodes.keys() == others
    tries = road.telemetry.value("cameras_given_up_total", role="api", reason="refused")
    assert tries == 3 == caplog.messages.count("camera held back")
    assert road.telemetry.value("store_errors_total", role="api") == tries

    road.alerts.foreign -= spoiled
    process.step(40.0)
    of_gate = [event.alert for _, event in road.events if event.alert.camera == "gate"]
    assert [each.version for each in of_gate] == list(range(1, len(of_gate) + 1))
    assert len(of_gate) > 2


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_camera_that_is_closed_for_good_waits_alone(road: AlertSite, is_deleted: bool) -> None:
    """Paused or deleted: it ends once its alert can be closed, the others go on meanwhile."""
    road.write(*[WILD] * 4)
    process = road.process()
    process.step(0.0)
    ((_, opened),) = road.events
    assert isinstance(opened, AlertEvent)
    road.alerts.foreign.add(opened.alert.id)
    plain = CameraRules(threshold=2.0)
    road.rules = (
        SiteRules({"yard": plain}, {"gate": plain})
        if is_deleted
        else SiteRules({"yard": plain, "gate": CameraRules(threshold=2.0, paused=True)})
    )
    process.step(2.0)
    road.write(*[WILD] * 4, camera="yard")
    process.step(4.0)
    assert sorted(told(road)) == [("gate", "opened", 1), ("yard", "opened", 1)]
    assert road.ended == []

    road.alerts.foreign.clear()
    process.step(20.0)
    assert told(road)[-1][:2] == ("gate", "closed")
    assert road.ended == (["gate"] if is_deleted else [])


def _spoil_alerts_of(road: AlertSite, camera: str) -> set[str]:
    """Let no alert be written that this camera is about to open; return their ids."""
    trial = AlertSite()
    trial.rules = road.rules
    trial.memory.scores, trial.memory.windows = road.memory.scores, road.memory.windows
    trial.process("trial").step(0.0)
    ids = {event.alert.id for _, event in trial.events if event.alert.camera == camera}
    road.alerts.foreign |= ids
    return ids


def _opened(road: AlertSite, camera: str) -> float:
    severity = {e.alert.severity for _, e in road.events if e.alert.camera == camera}
    return sum(
        road.telemetry.value("alerts_total", camera=camera, severity=each, state="open")
        for each in severity
    )


def test_a_camera_of_a_later_term_holds_up_no_other_one(road: AlertSite) -> None:
    """Of it nothing is written or saved, and it is let go; the others go on."""
    process = road.process("a")
    process.step(0.0)
    road.now += 6.0
    successor = MemoryDecisionLeases(road.memory, owner="b", clock=road.clock)
    successor.acquire_or_renew(["gate"])
    road.alerts.begin("gate", successor.term("gate").number)
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")

    process.step(0.5)

    assert told(road) == [("yard", "opened", 1)]
    assert road.telemetry.value("alerts_fenced_total") == 1
    process.step(1.5)
    assert road.telemetry.value("cameras_held", role="api") == 1


def test_many_decisions_are_written_in_parts(
    road: AlertSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clips are large: a call has a bound, and order and number are the same."""
    monkeypatch.setattr(publisher, "WRITTEN_TOGETHER", 1)
    road.write(*[WILD] * 4)
    road.write(*[WILD] * 4, camera="yard")

    road.process().step(0.0)

    assert road.alerts.calls == [1, 1]
    ids = [entry_order(entry) for entry, _ in road.events]
    assert ids == sorted(ids)
    assert sorted(told(road)) == [("gate", "opened", 1), ("yard", "opened", 1)]


def test_what_a_fail_over_lost_is_decided_again_as_it_was(road: AlertSite) -> None:
    """Under the same id and version, so that who was told already can drop it."""
    road.write(*[WILD] * 4)
    process = road.process()
    process.step(0.0)
    ((_, before),) = road.events
    road.events.clear()
    road.memory.episodes.clear()
    road.alerts = type(road.alerts)(road.events, telemetry=road.telemetry)

    again = road.process()
    again.step(1.0)

    ((_, after),) = road.events
    assert isinstance(before, AlertEvent)
    assert after == before

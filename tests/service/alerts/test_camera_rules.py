"""The deciding loop while its cameras are changed, paused and deleted."""

from dataclasses import replace

import pytest
from support.alert_site import AlertSite
from support.cue_maker import fall, frames

from inference.kinds.watch import KindOptions
from service.adapters.memory.leases import MemoryDecisionLeases
from service.alerts.camera_rules import CameraRules, SiteRules
from tracker.errors import StoreUnavailable
from tracker.zones.zone import CameraZones, Zone

WILD, UNUSUAL = 5.0, 2.5
PLAIN = CameraRules(threshold=2.0)


def lay_down(road: AlertSite) -> None:
    """Let somebody fall and stay there."""
    for frame in frames(*fall(lies_s=5.0)):
        road.memory.cues["gate"].append((road.memory.next_id(), frame))


def test_a_new_threshold_holds_from_the_next_second_on(road: AlertSite) -> None:
    """What is open stays open, and the camera's lease with it."""
    process = road.process()
    road.write(*[UNUSUAL] * 4)
    process.step(0.0)
    road.rules = SiteRules({"gate": CameraRules(threshold=4.0), "yard": PLAIN})
    process.step(1.0)
    road.write(*[UNUSUAL] * 4, camera="yard")
    road.write(*[WILD] * 2, start=12)
    process.step(2.0)

    opened = [event.alert.camera for _, event in road.events if event.type == "opened"]
    assert opened == ["gate", "yard"]
    assert "closed" not in road.changes()
    assert road.telemetry.value("cameras_held", role="api") == 2


def test_a_kind_that_is_switched_off_raises_no_more(road: AlertSite) -> None:
    """From then on falls of this camera are nobody's business."""
    process = road.process()
    process.step(0.0)
    kinds = KindOptions(enabled=("movement",))
    road.rules = SiteRules({"gate": CameraRules(threshold=2.0, kinds=kinds)})
    process.step(1.0)
    lay_down(road)
    process.step(2.0)

    assert road.events == []


def test_zones_hold_from_the_next_second_on(road: AlertSite) -> None:
    """Falls outside the zones that alerts are wanted in open none, and are counted."""
    process = road.process()
    process.step(0.0)
    corner = Zone(name="door", kind="zone", polygon=((0, 0), (0.1, 0), (0, 0.1)), only_here=True)
    zones = CameraZones(zones=(corner,))
    road.rules = SiteRules({"gate": replace(PLAIN, zones=zones)})
    process.step(1.0)
    for frame in frames(*(replace(cues, stood_x=0.5, stood_y=0.5) for cues in fall())):
        road.memory.cues["gate"].append((road.memory.next_id(), frame))
    process.step(2.0)

    assert road.events == []
    assert road.telemetry.value("alerts_outside_zones_total", camera="gate") == 1
    assert road.telemetry.value("alerts_unsure_total", camera="gate") == 0


def test_a_camera_that_is_added_is_decided_about(road: AlertSite) -> None:
    """By the process that runs already."""
    process = road.process()
    process.step(0.0)
    road.rules = SiteRules({**road.rules.cameras, "hall": PLAIN})
    road.write(*[WILD] * 4, camera="hall")
    process.step(1.0)

    assert [event.alert.camera for _, event in road.events] == ["hall"]


def test_a_paused_camera_s_alerts_are_closed_and_stay_so(road: AlertSite) -> None:
    """Of somebody who lies there, too; scores that were still on their way count no more."""
    process = road.process()
    lay_down(road)
    process.step(0.0)
    assert road.changes() == ["opened"]
    road.rules = SiteRules({"gate": replace(PLAIN, paused=True)})
    road.write(*[WILD] * 4)
    process.step(1.0)
    process.step(2.0)

    assert road.changes() == ["opened", "closed"]
    assert road.telemetry.value("scores_ignored_total", reason="paused") == 4
    road.rules = SiteRules({"gate": PLAIN})
    process.step(3.0)
    road.write(*[WILD] * 4, start=600)
    process.step(4.0)
    assert road.changes() == ["opened", "closed", "opened"]


def test_a_deleted_camera_s_alerts_are_closed_for_good(road: AlertSite) -> None:
    """By whoever holds its lease; then it is reported as ended, and its lease is free."""
    process = road.process()
    lay_down(road)
    process.step(0.0)
    road.rules = SiteRules({"yard": PLAIN}, {"gate": PLAIN})
    process.step(1.0)

    assert road.changes() == ["opened", "closed"]
    assert road.ended == ["gate"]
    other = MemoryDecisionLeases(road.memory, owner="other", clock=road.clock)
    assert other.acquire_or_renew(["gate", "yard"]) == ["gate"]


def test_a_deleted_camera_s_alerts_are_closed_by_a_successor(road: AlertSite) -> None:
    """Though the process that had opened them died before the camera was deleted."""
    lay_down(road)
    road.process("a").step(0.0)
    road.rules = SiteRules({"yard": PLAIN}, {"gate": PLAIN})
    road.now = 60.0
    road.process("b").step(road.now)

    assert road.changes() == ["opened", "closed"]
    assert road.ended == ["gate"]


def test_a_store_that_fails_while_alerts_are_closed_costs_none(road: AlertSite) -> None:
    """The next try closes it once, under the same version, and reports the end."""
    process = road.process()
    lay_down(road)
    process.step(0.0)
    road.rules = SiteRules({}, {"gate": PLAIN})
    road.alerts.fails = 1
    with pytest.raises(StoreUnavailable):
        process.step(1.0)
    process.forget()
    process.step(2.0)

    assert road.changes() == ["opened", "closed"]
    assert road.ended == ["gate"]


@pytest.mark.parametrize("over", ["deleted", "paused"])
def test_an_alert_that_no_state_has_is_closed_with_its_camera(road: AlertSite, over: str) -> None:
    """Its process died before it was saved, and nothing is left that it could be decided from."""
    lay_down(road)
    road.process("a").step(0.0)
    assert road.changes() == ["opened"]
    road.memory.episodes.clear()
    road.memory.cues["gate"].clear()
    paused = SiteRules({"gate": replace(PLAIN, paused=True)})
    road.rules = SiteRules({}, {"gate": PLAIN}) if over == "deleted" else paused
    road.now = 60.0
    process = road.process("b")
    process.step(road.now)
    process.step(road.now + 1)

    assert road.changes() == ["opened", "closed"]
    closed = road.events[-1][1].alert
    assert closed.closed_at == closed.updated_at

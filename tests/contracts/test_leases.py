"""Leases, terms and rosters: who may decide, and who is there."""

import time

import msgspec
import pytest
from support.archives import alert as alert_of
from support.stores import Stores
from support.waiting import PATIENCE_S

from inference.types import AlertEvent
from service.adapters.redis.keys import Shards
from service.ports.deciding import EpisodeEntry


def test_a_lease_has_one_holder(road: Stores) -> None:
    """Who comes second gets only what is free; who holds may renew."""
    first, second = road.leases(owner="a"), road.leases(owner="b")

    assert first.acquire_or_renew(["gate"]) == ["gate"]
    assert second.acquire_or_renew(["gate", "yard"]) == ["yard"]
    assert first.acquire_or_renew(["gate", "yard"]) == ["gate"]


def test_released_leases_are_free_at_once(road: Stores) -> None:
    """A clean end hands over without waiting, and never gives away what is another's."""
    first, second = road.leases(owner="a"), road.leases(owner="b")
    first.acquire_or_renew(["gate"])
    second.acquire_or_renew(["yard"])

    first.release()
    first.release()

    assert second.acquire_or_renew(["gate", "yard"]) == ["gate", "yard"]


def test_a_silent_holder_loses_its_lease(road: Stores) -> None:
    """A lease that is not renewed expires and can be taken over."""
    first, second = (
        road.leases(owner="a", life_s=0.001),
        road.leases(owner="b", life_s=60.0),
    )
    first.acquire_or_renew(["gate"])
    road.clock.now += 1
    if road.client is not None:
        while road.client.exists("posewarden:{0}:camera:gate:lease"):
            pass

    assert second.acquire_or_renew(["gate"]) == ["gate"]
    assert first.acquire_or_renew(["gate"]) == []


def test_only_the_newest_term_saves(road: Stores) -> None:
    """A decider that hung cannot overwrite its successor's memory."""
    first, second = road.decision_leases(owner="a"), road.decision_leases(owner="b")
    first.acquire_or_renew(["gate"])
    before = first.term("gate").number
    store = road.episode_store()
    assert store.load("gate") is None
    assert store.save("gate", b"\x00one", before)

    first.release()
    second.acquire_or_renew(["gate"])

    assert store.save("gate", b"two", second.term("gate").number)
    assert not store.save("gate", b"three", before)
    assert not store.save("yard", b"four", before)
    assert store.load("gate") == b"two"


def test_states_are_saved_together(road: Stores) -> None:
    """Each in its own term: one that is over holds up no other one."""
    leases, store = road.decision_leases(owner="a"), road.episode_store()
    cameras = ["gate", "hall", "yard"]
    leases.acquire_or_renew(cameras)
    terms = [leases.term(camera).number for camera in cameras]
    entries = [
        EpisodeEntry(camera, camera.encode(), term - (camera == "hall"))
        for camera, term in zip(cameras, terms, strict=True)
    ]

    assert store.save_all(entries) == [True, False, True]
    assert store.save_all([]) == []
    assert [store.load(camera) for camera in cameras] == [b"gate", None, b"yard"]


def test_whoever_takes_over_begins_a_later_term(road: Stores) -> None:
    """Renewing, or being alone, begins none; how long nobody decided is known to the next one."""
    first, second = road.decision_leases(owner="a"), road.decision_leases(owner="b")
    assert first.acquire_or_renew(["gate", "yard", "hall"], at_most=2) == ["gate", "yard"]
    began = first.term("gate")
    assert first.acquire_or_renew(["gate", "yard"]) == ["gate", "yard"]
    first.release(["gate"])
    assert first.acquire_or_renew(["gate"]) == ["gate"]
    assert first.term("gate") == began
    assert began.idle_s is None
    assert second.acquire_or_renew(["gate"]) == []

    first.release(["gate"])
    road.clock.now += 3

    assert second.acquire_or_renew(["gate"]) == ["gate"]
    taken = second.term("gate")
    assert taken.number > began.number
    assert taken.idle_s == (3.0 if road.client is None else pytest.approx(0.0, abs=PATIENCE_S))
    second.release()
    first.acquire_or_renew(["gate"])
    assert first.term("gate").number > taken.number


def test_alerts_of_earlier_terms_are_refused(road: Stores) -> None:
    """What a process decided before it hung is not written after another one has begun."""
    alerts, alert = road.alerts(), alert_of("a")
    alerts.begin("gate", 5)
    assert alerts.put(AlertEvent(type="opened", alert=alert), None, 5)

    alerts.begin("gate", 7)
    alerts.begin("gate", 6)  # late: it hung before it began

    later = msgspec.structs.replace(alert, version=alert.version + 1)
    assert not alerts.put(AlertEvent(type="updated", alert=later), None, 6)
    assert road.telemetry.value("alerts_fenced_total") == 1
    assert alerts.put(AlertEvent(type="updated", alert=later), None, 7)
    other = msgspec.structs.replace(alert, id="other", camera="yard")
    assert alerts.put(AlertEvent(type="opened", alert=other), None, 1)


def test_who_is_behind_the_newest_term_begins_a_later_one(road: Stores) -> None:
    """A store that lost a term, and whose clock went back, lets whoever holds the camera write."""
    leases, alerts, memory = road.decision_leases(owner="a"), road.alerts(), road.episode_store()
    leases.acquire_or_renew(["gate"])
    behind = leases.term("gate").number
    ahead = behind + 3_600_000
    assert alerts.begin("gate", ahead) == ahead

    assert alerts.begin("gate", behind) == ahead
    later = leases.begin_later("gate", ahead)

    assert later is not None
    assert later > ahead
    assert leases.term("gate").number == later
    assert alerts.begin("gate", later) == later
    assert alerts.put(AlertEvent(type="opened", alert=alert_of("a")), None, later)
    assert memory.save("gate", b"one", later)
    assert not memory.save("gate", b"two", behind)
    leases.acquire_or_renew(["gate"])
    assert leases.term("gate").number == later


def test_who_lost_the_lease_begins_no_later_term(road: Stores) -> None:
    """It hung between taking the camera and beginning: its successor's term stays the newest."""
    first = road.decision_leases(owner="a", life_s=0.001)
    second = road.decision_leases(owner="b", life_s=60.0)
    alerts = road.alerts()
    first.acquire_or_renew(["gate"])
    road.clock.now += 1
    if road.client is not None:
        while road.client.exists("posewarden:{0}:camera:gate:lease"):
            pass
    assert first.begin_later("gate", 1) is None
    assert second.acquire_or_renew(["gate"]) == ["gate"]
    taken = second.term("gate").number
    alerts.begin("gate", taken)

    newest = alerts.begin("gate", first.term("gate").number)

    assert newest == taken
    assert first.begin_later("gate", newest) is None
    assert alerts.begin("gate", taken) == taken
    assert road.episode_store().save("gate", b"theirs", taken)


def test_at_most_so_many_leases_are_taken(road: Stores) -> None:
    """Who may have two takes the first two that are free, and renewing counts as having."""
    first, second = road.leases(owner="a"), road.leases(owner="b")
    second.acquire_or_renew(["gate"])

    assert first.acquire_or_renew(["gate", "yard", "hall", "roof"], at_most=2) == ["yard", "hall"]
    assert first.acquire_or_renew(["yard", "hall", "roof"], at_most=2) == ["yard", "hall"]
    assert second.acquire_or_renew(["roof"], at_most=0) == []


def test_some_leases_are_given_back(road: Stores) -> None:
    """What is given back is free at once; the rest stays ours."""
    first, second = road.leases(owner="a"), road.leases(owner="b")
    first.acquire_or_renew(["gate", "yard"])

    first.release(["gate"])

    assert second.acquire_or_renew(["gate", "yard"]) == ["gate"]


def test_who_else_holds_a_lease_is_known(road: Stores) -> None:
    """One's own and free ones are nobody else's; what is released is free."""
    first, second = road.leases(owner="a"), road.leases(owner="b")
    first.acquire_or_renew(["gate", "hall"])
    second.acquire_or_renew(["yard"])

    assert set(second.held_by_others(["yard", "hall", "roof", "gate"])) == {"hall", "gate"}
    first.release(["hall"])
    assert second.held_by_others(["gate", "hall"]) == ["gate"]
    assert second.held_by_others([]) == []


def test_leases_of_another_kind_are_others(road: Stores) -> None:
    """Watching a camera and deciding about it are two rights."""
    watching = road.leases(owner="a", key=Shards.watch)
    deciding = road.leases(owner="b", key=Shards.lease)

    assert watching.acquire_or_renew(["gate"]) == deciding.acquire_or_renew(["gate"]) == ["gate"]


def test_a_roster_counts_who_gave_a_sign(road: Stores) -> None:
    """Everybody counts once, until he leaves or falls silent."""
    first, second = road.roster(owner="a", life_s=60.0), road.roster(owner="b", life_s=60.0)

    assert [first.heartbeat(), second.heartbeat(), first.heartbeat()] == [1, 2, 2]
    assert road.roster(owner="c", life_s=60.0).count() == 2  # who asks does not count
    first.leave()
    assert second.heartbeat() == 1


def test_the_silent_leave_the_roster(road: Stores) -> None:
    """A dead process is no longer counted once its life is over."""
    road.roster(owner="dead", life_s=0.02).heartbeat()
    road.clock.now += 1
    time.sleep(0.05 if road.client is not None else 0.0)

    assert road.roster(owner="living", life_s=0.02).heartbeat() == 1

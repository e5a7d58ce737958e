"""Cameras that hang, stores that are silent, and processes that were cut off."""

import threading
from dataclasses import replace

import pytest
from support.shared_cameras import CAMERAS, Process, Site
from support.waiting import eventually

from service.adapters.redis.keys import Shards
from service.cameras.assignment import assign_cameras
from service.cameras.assignment_dependencies import AssignmentOptions
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import PlanInForce
from tracker.errors import StoreUnavailable


def test_a_hanging_camera_does_not_hold_up_the_others_that_are_freed(site: Site) -> None:
    """An ending process frees each camera as it stops: the others are taken while one hangs."""
    let_go = threading.Event()

    def hang(plan: PlanInForce, guard: LeaseGuard, stop: threading.Event) -> None:
        leaving.guards[plan.plan.settings.name] = guard
        (let_go if plan.plan.settings.name == "camera-0" else stop).wait()

    leaving = Process()
    options = AssignmentOptions(round_s=0.01, end_s=3600, lease_s=7200)
    site.begin(leaving, replace(site.parts("b", leaving), watch=hang, options=options))
    site.let(leaving)
    first = site.start("a")
    ending = threading.Thread(target=leaving.assigner.release_all)
    ending.start()
    eventually(lambda: set(site.memory.leases[Shards.watch]) == {"camera-0"})

    site.let(first)
    assert first.watches() == set(CAMERAS) - {"camera-0"}
    let_go.set()
    ending.join()
    site.let(first)

    assert first.watches() == set(CAMERAS)


def test_a_silent_store_closes_the_fence_and_keeps_the_camera(site: Site) -> None:
    """Longer than the lease: nothing is said for the camera; after it the same session goes on."""
    process = site.start("a")
    site.let(process)
    site.fails = True
    for second in range(10):
        site.now += 1
        with pytest.raises(StoreUnavailable):
            process.assigner.step()
        assert (process.watches() == set(CAMERAS)) == (second < 3)
    site.fails = False

    site.let(process)

    assert process.watches() == set(CAMERAS)
    assert sorted(process.began) == CAMERAS


def test_who_comes_back_too_late_stops(site: Site) -> None:
    """A process that was cut off for longer than its leases yields to the one that has them."""
    cut_off, other = site.start("a"), site.start("b")
    site.let(cut_off)
    site.let(other, rounds=6)
    assert other.watches() == set(CAMERAS)

    site.let(cut_off, other, rounds=3)

    assert len(cut_off.watches()) == 3
    assert len(other.watches()) == 4


def test_a_camera_that_hangs_holds_up_nobody(site: Site) -> None:
    """Its lease is given back behind a closed guard, and it does not begin here a second time."""
    release = threading.Event()

    def hang(plan: PlanInForce, guard: LeaseGuard, _stop: threading.Event) -> None:
        camera = plan.plan.settings.name
        process.began.append(camera)
        process.guards[camera] = guard
        release.wait()

    process = Process()
    parts = site.parts("a", process, ["gate"])
    site.begin(process, replace(parts, watch=hang, options=AssignmentOptions(end_s=0.01)))
    site.let(process)
    other = site.start("b", ["gate"])
    site.now += 10  # cut off: the other takes over
    site.let(other, process, rounds=2)
    other.assigner.release_all()
    site.let(process)
    assert process.began == ["gate"]
    release.set()

    while len(process.began) < 2:  # until the hanging thread has ended
        site.let(process)

    assert process.watches() == {"gate"}


def test_the_loop_outlives_a_silent_store_and_frees_its_leases(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts, says so once, asks again soon, and when told to stop leaves nothing behind."""
    stop = threading.Event()
    process = Process()
    site.fails = True
    thread = threading.Thread(target=assign_cameras, args=(site.parts("a", process), stop))
    thread.start()
    while process.telemetry.value("store_errors_total", role="camera") < 2:
        stop.wait(0.001)
    site.fails = False
    while len(process.began) < len(CAMERAS):
        stop.wait(0.001)
    stop.set()
    thread.join()

    assert site.memory.leases[Shards.watch] == {}
    assert site.memory.memberships["cameras"] == {}
    assert process.watches() == set()
    assert [record.message for record in caplog.records].count("store unavailable; retrying") == 1

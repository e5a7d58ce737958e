"""Cameras that are added, changed and removed while processes watch them."""

import threading
from dataclasses import replace

from support.shared_cameras import CAMERAS, Process, Site, plan, plans_of

from service.adapters.redis.keys import Shards
from service.cameras.assignment_dependencies import AssignmentOptions
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import PlanInForce


def test_a_changed_camera_alone_begins_again(site: Site) -> None:
    """At once, by its new settings, and in the same process; the others go on."""
    first, second = site.start("a"), site.start("b")
    site.let(first, second, rounds=4)
    began = len(first.began) + len(second.began)
    camera = first.began[0]
    holder = first if camera in first.watches() else second
    site.plans = {**site.plans, camera: plan(camera, 5, source="sim:?people=1")}

    site.let(first, second)
    site.let(first, second, rounds=4)

    assert len(first.began) + len(second.began) == began + 1
    assert holder.began[-1] == camera
    assert holder.plans[camera].plan == site.plans[camera]
    assert first.watches() | second.watches() == set(CAMERAS)


def test_what_the_stream_does_not_need_is_changed_without_stopping_it(site: Site) -> None:
    """A new threshold is in force, and so shown, though the stream stays open."""
    process = site.start("a")
    site.let(process)
    site.plans = {**site.plans, "camera-3": plan("camera-3", 9, threshold=2.5)}

    site.let(process)

    assert process.plans["camera-3"].plan.version == 9
    assert sorted(process.began) == CAMERAS
    assert process.forgotten == []


def test_cameras_come_and_go_while_processes_run(site: Site) -> None:
    """Processes without one wait; one that is added is taken, one that is removed is freed."""
    site.plans = {}
    first, second = site.start("a"), site.start("b")
    site.let(first, second, rounds=2)
    assert first.began == second.began == []

    site.plans = plans_of(["gate", "yard", "hall"])
    site.let(first, second, rounds=4)
    assert first.watches() | second.watches() == {"gate", "yard", "hall"}
    site.plans = plans_of(["yard"])
    site.let(first, second, rounds=4)

    assert first.watches() | second.watches() == {"yard"}
    assert set(site.memory.leases[Shards.watch]) == {"yard"}


def test_a_changed_camera_that_hangs_is_freed_for_others(site: Site) -> None:
    """Another process watches it by the new settings while it still hangs here."""
    release = threading.Event()

    def hang(plan: PlanInForce, guard: LeaseGuard, _stop: threading.Event) -> None:
        process.guards[plan.plan.settings.name] = guard
        release.wait()

    process = Process()
    site.plans = plans_of(["gate"])
    parts = site.parts("a", process)
    site.begin(process, replace(parts, watch=hang, options=AssignmentOptions(end_s=0.01)))
    site.let(process)
    site.plans = {"gate": plan("gate", 2, stride=1)}
    other = site.start("b")

    site.let(process, other)

    assert other.plans["gate"].plan.version == 2
    assert process.watches() == set()
    release.set()

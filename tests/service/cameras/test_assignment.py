"""Cameras spread over processes by lease: shares, take-overs, and who may speak for a camera."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from support.waiting import eventually

from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.redis.keys import Shards
from service.cameras.assignment import CameraAssigner, assign_cameras
from service.cameras.assignment_dependencies import AssignmentDependencies, AssignmentOptions
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.config.camera_settings import CameraSettings
from service.operations import fair_share
from service.ports.leases import Leases
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

CAMERAS = [f"camera-{number}" for number in range(7)]


def plan(name: str, version: int = 0, **settings: object) -> CameraPlan:
    """A simulated camera's plan."""
    fields = {"name": name, "source": "sim:", **settings}
    return CameraPlan(CameraSettings.model_validate(fields), version)


def plans_of(names: list[str]) -> dict[str, CameraPlan]:
    """Plans that nobody has changed."""
    return {name: plan(name) for name in names}


@dataclass
class Process:
    """A camera process whose cameras wait to be stopped."""

    assigner: CameraAssigner = field(init=False)
    telemetry: InMemoryTelemetry = field(default_factory=InMemoryTelemetry)
    guards: dict[str, LeaseGuard] = field(default_factory=dict)
    plans: dict[str, PlanInForce] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def watches(self) -> set[str]:
        """The cameras it may speak for at this time."""
        return {camera for camera, guard in self.guards.items() if _passes(guard)}


class Site:
    """Processes that share cameras over one store in memory."""

    def __init__(self) -> None:
        self.now = 0.0
        self.fails = False
        self.memory = MemorySite()
        self.processes: list[Process] = []
        self.plans = plans_of(CAMERAS)

    def clock(self) -> float:
        if self.fails:
            raise StoreUnavailable("silent")
        return self.now

    def start(self, owner: str, cameras: list[str] = CAMERAS) -> Process:
        """Start a process; it does nothing before its first round."""
        process = Process()
        return self.begin(process, self.parts(owner, process, cameras))

    def begin(self, process: Process, parts: AssignmentDependencies) -> Process:
        """Start a process with its parts changed."""
        process.assigner = CameraAssigner(parts, clock=lambda: self.now)
        self.processes.append(process)
        return process

    def parts(
        self, owner: str, process: Process, cameras: list[str] = CAMERAS
    ) -> AssignmentDependencies:
        def watch(plan: PlanInForce, guard: LeaseGuard, stop: threading.Event) -> None:
            camera = plan.plan.settings.name
            process.began.append(camera)
            process.plans[camera] = plan
            process.guards[camera] = guard
            stop.wait()

        memory = self.memory
        return AssignmentDependencies(
            owner=owner,
            plans=lambda: self.plans if cameras is CAMERAS else plans_of(cameras),
            leases=MemoryLeases(memory, owner=owner, clock=self.clock, key=Shards.watch),
            claims=MemoryLeases(memory, owner=owner, clock=self.clock, key=Shards.successor),
            prepared=MemoryLeases(
                memory, owner=owner, clock=self.clock, key=Shards.successor_ready
            ),
            membership=MemoryMembership(memory, what="cameras", owner=owner, clock=self.clock),
            watch=watch,
            forget=process.forgotten.append,
            telemetry=process.telemetry,
            options=AssignmentOptions(round_s=0.01, retry_s=0.01, hand_over_s=0, leave_s=0),
        )

    def let(self, *processes: Process, rounds: int = 1) -> None:
        """Let a second pass and the processes do their rounds, so many times."""
        for _ in range(rounds):
            self.now += 1
            for process in processes:
                process.assigner.step()
            owners = [camera for each in self.processes for camera in each.watches()]
            assert len(owners) == len(set(owners)), "two processes speak for one camera"


class AskedLeases:
    """Leases that remember for which ones more than renewal was asked."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self.wanted: list[Sequence[str]] = []

    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        if at_most is not None:
            self.wanted.append(cameras)
        return self._leases.acquire_or_renew(cameras, at_most)

    def release(self, cameras: Sequence[str] | None = None) -> None:
        self._leases.release(cameras)


def _passes(guard: LeaseGuard) -> bool:
    try:
        with guard.while_held():
            return True
    except StoreUnavailable:
        return False


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without a process; those that a test started are ended."""
    site = Site()
    yield site
    site.fails = False
    for process in site.processes:
        process.assigner.release_all()


def test_one_process_watches_all(site: Site) -> None:
    """As under `posewarden up`: at once, and each camera once."""
    process = site.start("a")

    site.let(process, rounds=8)

    assert process.watches() == set(CAMERAS)
    assert sorted(process.began) == CAMERAS
    assert process.telemetry.value("cameras_held", role="camera") == 7


def test_processes_share_evenly_and_do_not_swing(site: Site) -> None:
    """Nobody has more than ceil(cameras / processes), and then nothing moves any more."""
    first, second, third = (site.start(owner) for owner in "abc")
    site.let(first, rounds=2)
    site.let(first, second, third, rounds=4)
    began = [len(each.began) for each in site.processes]

    site.let(first, second, third, rounds=20)

    shares = [each.watches() for each in site.processes]
    assert set.union(*shares) == set(CAMERAS)
    assert max(map(len, shares)) == 3
    assert began == [len(each.began) for each in site.processes] == [7, 3, 1]


def test_a_dead_process_is_replaced_within_five_seconds(site: Site) -> None:
    """Once its leases have run out the others watch its cameras too."""
    first, dead = site.start("a"), site.start("b")
    site.let(first, dead, rounds=3)
    assert len(first.watches()) == 4

    site.let(first, rounds=5)

    assert first.watches() == set(CAMERAS)
    assert dead.watches() == set()


def test_a_process_that_ends_hands_over_at_once(site: Site) -> None:
    """The next round of another one has its cameras."""
    first, leaving = site.start("a"), site.start("b")
    site.let(first, leaving, rounds=3)
    leaving.assigner.release_all()

    site.let(first)

    assert first.watches() == set(CAMERAS)
    assert len(leaving.forgotten) == 3


def test_what_an_ending_process_frees_is_taken_between_rounds(site: Site) -> None:
    """A look suffices; nobody needs to wait for the next round."""
    first, leaving = site.start("a"), site.start("b")
    site.let(first, leaving, rounds=3)
    leaving.assigner.release_all()

    first.assigner.step()  # no time has passed: its round is not due

    assert first.watches() == set(CAMERAS)


def test_a_look_takes_nothing_beyond_the_even_share(site: Site) -> None:
    """Of 7 cameras and 3 processes somebody is always below 3: that is left to rounds."""
    processes = [site.start(owner) for owner in "abc"]
    site.let(*processes, rounds=4)
    largest = max(processes, key=lambda each: len(each.watches()))
    smallest = min(processes, key=lambda each: len(each.watches()))
    del site.memory.leases[Shards.watch][min(largest.watches())]  # it could have that one

    smallest.assigner.step()

    assert len(smallest.watches()) == 2


def test_a_large_site_is_asked_for_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step asks for all leases that others hold, and still every free one is found."""
    monkeypatch.setattr(fair_share, "ASKED_AT_ONCE", 2)
    holder, process = site.start("a"), Process()
    site.let(holder, rounds=4)
    assert holder.watches() == set(CAMERAS)
    parts = site.parts("b", process)
    asked = AskedLeases(parts.leases)
    site.begin(process, replace(parts, leases=asked))

    site.let(process)
    assert process.watches() == set()
    holder.assigner.release_all()
    site.let(process, rounds=6)

    assert process.watches() == set(CAMERAS)
    assert max(map(len, asked.wanted)) == 2


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


@pytest.mark.parametrize("change", [{"round_s": 0.0}, {"retry_s": 0.0}, {"lease_s": 2.5}])
def test_options_out_of_range_are_refused(change: dict[str, float]) -> None:
    """A lease must outlast the time between two renewals."""
    with pytest.raises(ValueError, match=next(iter(change))):
        AssignmentOptions(**change)

"""Cameras change hands once the next process has opened them; nobody speaks for one meanwhile."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from support.waiting import eventually

from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.redis.keys import Shards
from service.cameras.assignment import CameraAssigner
from service.cameras.assignment_dependencies import AssignmentDependencies, AssignmentOptions
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.config.camera_settings import CameraSettings
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry

CAMERAS = ("gate", "hall", "roof", "yard")
PLANS = {
    name: CameraPlan(CameraSettings.model_validate({"name": name, "source": "sim:"}))
    for name in CAMERAS
}


@dataclass
class Process:
    """A camera process whose cameras open when the test says so."""

    assigner: CameraAssigner = field(init=False)
    guards: dict[str, LeaseGuard] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def watch(self, plan: PlanInForce, guard: LeaseGuard, stop: threading.Event) -> None:
        """Watch a camera until it is stopped."""
        camera = plan.plan.settings.name
        self.guards[camera] = guard
        self.began.append(camera)
        stop.wait()

    def opens(self, *cameras: str) -> None:
        """Let the first frames of cameras arrive."""
        for camera in cameras:
            self.guards[camera].drops()

    def watches(self) -> set[str]:
        """The cameras it may speak for now."""
        return {camera for camera, guard in list(self.guards.items()) if _speaks(guard)}

    def prepares(self) -> set[str]:
        """The cameras that it has begun to open, and is silent about."""
        return {camera for camera, guard in list(self.guards.items()) if guard.is_silent}


def _speaks(guard: LeaseGuard) -> bool:
    try:
        with guard.while_held():
            return True
    except StoreUnavailable:
        return False


class Site:
    """Processes over one store in memory, on one clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.memory = MemorySite()
        self.processes: list[Process] = []

    def start(self, owner: str, **options: float) -> Process:
        """Start a process; it does nothing before its first step."""
        process = Process()
        process.assigner = CameraAssigner(self._parts(owner, process, options), lambda: self.now)
        self.processes.append(process)
        return process

    def _parts(
        self, owner: str, process: Process, options: dict[str, float]
    ) -> AssignmentDependencies:
        def clock() -> float:
            return self.now

        def leases(key: Callable[[Shards, str], str]) -> MemoryLeases:
            return MemoryLeases(self.memory, owner=owner, clock=clock, key=key)

        return AssignmentDependencies(
            owner=owner,
            plans=lambda: PLANS,
            leases=leases(Shards.watch),
            claims=leases(Shards.successor),
            prepared=leases(Shards.successor_ready),
            membership=MemoryMembership(self.memory, what="cameras", owner=owner, clock=clock),
            watch=process.watch,
            forget=process.forgotten.append,
            telemetry=InMemoryTelemetry(),
            options=replace(AssignmentOptions(leave_s=0), **options),
        )

    def let(self, *processes: Process, seconds: float = 1.0) -> None:
        """Let the processes do their steps, four in a second."""
        for _ in range(round(4 * seconds)):
            self.now += 0.25
            for process in processes:
                process.assigner.step()
            owners = [camera for each in self.processes for camera in each.watches()]
            assert len(owners) == len(set(owners)), "two processes speak for one camera"

    def shared(self, *processes: Process) -> None:
        """Let the processes go on until each watches its share of the cameras."""

        def evenly() -> bool:
            self.let(*processes)
            for process in processes:
                process.opens(*process.prepares())
            held = [len(each.watches()) for each in processes]
            return sum(held) == len(CAMERAS) and max(held) - min(held) <= 1

        eventually(evenly)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without a process; those that a test started are ended."""
    site = Site()
    yield site
    for process in site.processes:
        process.assigner.release_all()


def _prepared(site: Site, number: int, *processes: Process) -> set[str]:
    """Return what the last of these processes prepares, once it is so many cameras."""

    def as_many() -> bool:
        site.let(*processes, seconds=0.25)
        return len(processes[-1].prepares()) == number

    eventually(as_many)
    return processes[-1].prepares()


def test_cameras_are_opened_before_their_holder_lets_go(site: Site) -> None:
    """Who joins opens its share silently; the holder watches on until that is done."""
    holder, joining = site.start("a", hand_over_s=3600), site.start("b", prepare_s=3600)
    site.shared(holder)

    first, second = sorted(_prepared(site, 2, holder, joining))
    assert holder.watches() == set(CAMERAS)
    joining.opens(first)
    site.let(holder, joining)
    assert joining.watches() == {first}
    joining.opens(second)
    site.let(holder, joining)

    assert joining.watches() == {first, second}
    assert holder.watches() == set(CAMERAS) - {first, second}
    assert sorted(joining.began) == [first, second]  # and not once more when they were free


def test_a_camera_that_only_one_can_open_changes_hands_anyway(site: Site) -> None:
    """After some seconds: cameras that grant one stream are never prepared."""
    holder, joining = site.start("a", hand_over_s=2), site.start("b")
    site.shared(holder)

    site.let(holder, joining, seconds=6)

    assert len(joining.watches()) == len(holder.watches()) == 2
    assert joining.prepares() == set()


def test_who_ends_is_followed_by_who_has_opened_its_cameras(site: Site) -> None:
    """It watches on while the other opens them, and then ends."""
    staying, leaving = site.start("a", prepare_s=3600), site.start("b", leave_s=3600)
    site.shared(staying, leaving)
    theirs = leaving.watches()
    ending = threading.Thread(target=leaving.assigner.release_all)
    ending.start()
    eventually(lambda: len(site.memory.memberships["cameras"]) == 1)

    assert _prepared(site, 2, staying) == theirs == leaving.watches()
    staying.opens(*theirs)
    while ending.is_alive():
        site.let(staying, seconds=0.25)
        ending.join(0.01)
    site.let(staying)

    assert staying.watches() == set(CAMERAS)


def test_who_is_alone_ends_at_once(site: Site) -> None:
    """Nobody would ever be ready."""
    alone = site.start("a", leave_s=3600)
    site.shared(alone)

    alone.assigner.release_all()

    assert alone.watches() == set()
    assert site.memory.leases[Shards.watch] == {}


def test_a_dead_process_s_cameras_are_watched_once_they_are_free(site: Site) -> None:
    """Whether they could be opened before or not."""
    staying, dead = site.start("a"), site.start("b")
    site.shared(staying, dead)

    site.let(staying, seconds=6)

    assert staying.watches() == set(CAMERAS)
    assert dead.watches() == set()


def test_what_nobody_frees_is_given_up(site: Site) -> None:
    """Nobody opens the cameras of others for ever; claims and threads are ended."""
    holder, joining = site.start("a", hand_over_s=3600), site.start("b", prepare_s=2)
    site.shared(holder)
    prepared = _prepared(site, 2, holder, joining)

    site.let(holder, joining, seconds=3)

    assert joining.prepares() == set()
    assert set(joining.forgotten) == prepared
    assert site.memory.leases[Shards.successor] == {}


def test_two_that_lack_cameras_open_different_ones(site: Site) -> None:
    """A claim is one process' alone, and nobody else takes what it has opened."""
    holder = site.start("a", hand_over_s=3600)
    second, third = (site.start(owner, prepare_s=3600) for owner in "bc")
    site.shared(holder)
    _prepared(site, 2, holder, third, second)
    _prepared(site, 2, holder, second, third)
    wanted = second.prepares(), third.prepares()
    assert not wanted[0] & wanted[1]

    for process in (second, third):
        process.opens(*process.prepares())
    site.let(holder, second, third)

    assert second.watches() <= wanted[0]
    assert third.watches() <= wanted[1]
    assert second.watches() | third.watches() | holder.watches() == set(CAMERAS)


def test_a_silent_guard_drops_without_an_error_until_it_is_opened_or_closed() -> None:
    """And remembers that there was something to write."""
    guard = LeaseGuard(lambda: 0.0, silent=True)
    assert guard.is_silent
    assert not guard.was_asked

    assert guard.drops()
    assert guard.was_asked
    guard.open(1.0)

    assert not guard.drops()
    with guard.while_held():
        pass

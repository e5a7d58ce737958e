"""Processes that share cameras by lease, stepped by the test."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.redis.keys import Shards
from service.cameras.assignment import CameraAssigner
from service.cameras.assignment_dependencies import AssignmentDependencies, AssignmentOptions
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.config.camera_settings import CameraSettings
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

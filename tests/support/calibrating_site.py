"""One site's store, calibrator and clock, in memory."""

from collections.abc import Sequence

import numpy as np

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.budget import Budget
from inference.calibration.calibrate import KindLimits
from inference.calibration.footage import Interval
from service.adapters.memory.calibrations import MemoryCalibrations
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.site import MemorySite
from service.adapters.memory.system_events import MemorySystemEvents
from service.operations.calibration import (
    Calibrator,
    CalibratorDependencies,
    CameraPlan,
)
from service.ports.calibrations import Acceptance, DriftState, Judgements
from service.system_events import StreamEvent
from support.stores import Clock
from tracker.memory_telemetry import InMemoryTelemetry

LIMITS = {"movement": KindLimits(card=4.0, floor=1.0, ceiling=1e6)}
PLAN = CameraPlan(Budget(1.0), "r", LIMITS)  # type: ignore[arg-type]


class Judged(Judgements):
    """Judgements that tests set."""

    true: Sequence[Interval] = ()
    missed: Sequence[Interval] = ()

    def judged(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        del camera, since
        return self.true, ()

    def labelled(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        del camera, since
        return self.missed, ()


class Drifting(DriftState):
    """Cameras that drift because tests say so."""

    now = False
    scene: Acceptance | None = None

    def is_drifting(self, camera: str) -> bool:
        del camera
        return self.now

    def accepted(self, camera: str) -> Acceptance | None:
        del camera
        return self.scene


class Site:
    """One site's store, calibrator and clock."""

    def __init__(self) -> None:
        self.clock, self.telemetry = Clock(), InMemoryTelemetry()
        self.store, self.judged, self.drift = MemoryCalibrations(), Judged(), Drifting()
        self.events: list[tuple[str, StreamEvent]] = []
        self.plans = {"gate": PLAN}
        self.memory = MemorySite()
        self.calibrator = self.process("a")

    def process(self, owner: str) -> Calibrator:
        """Start a process that calibrates."""
        return Calibrator(
            CalibratorDependencies(
                plans=lambda: self.plans,
                store=self.store,
                judgements=self.judged,
                events=MemorySystemEvents(self.events, clock=self.clock),
                lease=MemoryLeases(self.memory, owner=owner, clock=self.clock),
                telemetry=self.telemetry,
                clock=self.clock,
                drift=self.drift,
            )
        )

    def watch(
        self, hours: float, *, camera: str = "gate", shift: float = 0.0, **more: object
    ) -> None:
        """Let so many hours of blocks come in until now."""
        number = int(hours * 6)
        scores = np.random.default_rng(number).standard_exponential(number) + 2 + shift
        last = int(self.clock.now // BLOCK_S)
        blocks = [
            Block(last - number + place, 600.0, {"movement": (float(score),)}, {}, **more)  # type: ignore[arg-type]
            for place, score in enumerate(scores)
        ]
        self.store.put_blocks(camera, "r", blocks)

    def look(self) -> None:
        """Let the calibrator do what is due."""
        while self.calibrator.step() == 0.0:
            pass

    def later(self, hours: float) -> None:
        """Let time pass."""
        self.clock.now += hours * 3600

    def reasons(self) -> list[str]:
        """Return why each snapshot was made, the oldest first."""
        return [each.reason for each in reversed(self.store.snapshots("gate"))]

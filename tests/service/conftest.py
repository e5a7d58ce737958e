"""What the tests of service share: a road in memory, and one camera's scores with their decider."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from inference.camera_alerts import CameraAlerts
from inference.card import ModelCard
from inference.flow_input import NAME
from inference.flow_skeleton import FLOW_18
from inference.person_alert import AlertOptions, Decision
from inference.ports import FlowModel
from inference.types import AlertEvent, AlertPoses, Position, Score
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryEpisodeStore, MemoryScoreFeed, MemoryStatusStore
from service.alerts.alert_loop import AlertLoop, AlertLoopDependencies, AlertLoopOptions
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32, FrameView, PersonId, Pose, Track, Window


class NeckFlow(FlowModel):
    """A flow whose score lies in neck, nose and right shoulder, in this order."""

    card = ModelCard(
        name="neck",
        frames=24,
        fps=24.0,
        joints=FLOW_18,
        normaliser=NAME,
        prior_mean=3.0,
        data="none",
        licence="Apache-2.0",
        weights_hash="m",
        parity=0.0,
    )
    provider = "none"

    def nll(self, windows: Float32) -> Float32:
        return self.explain(windows).sum(axis=(1, 2))

    def explain(self, windows: Float32) -> Float32:
        shares = np.zeros((len(windows), 24, 18), np.float32)
        shares[:, :, :3] = [2.0, 3.0, 1.0]
        return shares


class FailingAlerts(MemoryAlerts):
    """Alerts that fail so many times.

    Attributes:
        fails: after the write, as a killed process or a lost reply would.
        refuses: before it, as a Redis without room would.
    """

    fails = 0
    refuses = 0

    def put(self, event: AlertEvent, poses: AlertPoses | None) -> bool:
        if self.refuses:
            self.refuses -= 1
            raise StoreUnavailable("no room")
        written = super().put(event, poses)
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("after the write")
        return written


class Road:
    """The road of one site in memory, with a wall clock of its own; people are seen and scored."""

    start_at = 1_700_000_000.0

    def __init__(self) -> None:
        self.now = 0.0
        self.memory = MemorySite()
        self.telemetry = InMemoryTelemetry()
        self.events: list[tuple[str, AlertEvent]] = []
        self.alerts = FailingAlerts(self.events, telemetry=self.telemetry)

    def process(self, owner: str = "a") -> AlertLoop:
        """Start a process that decides."""
        return AlertLoop(self.parts(owner))

    def parts(self, owner: str = "a") -> AlertLoopDependencies:
        """Return what a process of this name works with."""
        board = MemoryStatusStore(self.memory, clock=self.clock)
        return AlertLoopDependencies(
            thresholds={"gate": 2.0, "yard": 2.0},
            leases=MemoryLeases(self.memory, owner=owner, clock=self.clock),
            feed=MemoryScoreFeed(self.memory),
            episodes=MemoryEpisodeStore(self.memory, owner=owner, clock=self.clock),
            sink=self.alerts,
            history=self.alerts,
            archive=board,
            board=board,
            flow=NeckFlow(),
            telemetry=self.telemetry,
            options=AlertLoopOptions(wait_s=0.001),
        )

    def clock(self) -> float:
        """Tell the time that leases run by."""
        return self.now

    def write(self, *values: float, start: int = 0, camera: str = "gate") -> None:
        """Let a worker score one person's windows, one at every third frame."""
        for step, nll in enumerate(values):
            seq = start + 3 * step
            at = self.start_at + seq / 10
            person = PersonId(camera, "s1", 1)
            reference = self.memory.next_id()
            joints = np.random.default_rng(seq).uniform(0, 100, (24, 17, 3)).astype(np.float32)
            self.memory.windows[reference] = Window(person, seq, at, joints)
            place = Position(at, 100.0, 200.0, 80.0)
            score = Score(person, seq, at, nll, None, place, place, "m", reference)
            self.memory.scores[camera].append((self.memory.next_id(), score))

    def see(self, at: float, *numbers: int, camera: str = "gate", session: str = "s1") -> None:
        """Let the camera show these people at this time after the start."""
        pose = Pose(np.zeros((17, 3), np.float32), np.zeros(4, np.float32))
        tracks = tuple(
            Track(PersonId(camera, session, number), 0, self.start_at + at, pose)
            for number in numbers
        )
        self.memory.views[camera] = FrameView(
            camera, session, 0, self.start_at + at, 640, 480, tracks
        )

    def changes(self) -> list[str]:
        """Name the alert events so far, but updates."""
        return [e.type for _, e in self.events if e.type != "updated"]


@pytest.fixture
def road() -> Road:
    """An empty road."""
    return Road()


class Scoring:
    """Makes the scores of a camera's people and decides about them."""

    threshold = 2.0
    options = AlertOptions(minimum_s=0.3)
    start_at = 1_700_000_000.0

    def decider(self) -> CameraAlerts:
        """Return one that has seen nothing yet."""
        return CameraAlerts(self.threshold, self.options)

    def score(
        self,
        seq: int,
        nll: float | None,
        *,
        number: int = 1,
        session: str = "s1",
        at: float | None = None,
        x_px: float = 100.0,
    ) -> Score:
        """One window of a person of 80 px; frame `seq` is taken at start_at + seq / 10."""
        at = self.start_at + seq / 10 if at is None else at
        return Score(
            person=PersonId("gate", session, number),
            last_seq=seq,
            at=at,
            nll=nll,
            unscorable="gap" if nll is None else None,
            begin=Position(at - 23 / 24, x_px, 200.0, 80.0),
            end=Position(at, x_px, 200.0, 80.0),
            model="m",
            window=f"{seq}-{number}",
        )

    def series(self, values: Sequence[float | None], *, start: int = 0, **more: Any) -> list[Score]:
        """Scores of one person at every third frame of a camera with 10 frames a second."""
        return [self.score(start + 3 * step, nll, **more) for step, nll in enumerate(values)]

    def decided(
        self, scores: Sequence[Score], decider: CameraAlerts | None = None
    ) -> list[Decision]:
        """Feed them all to one decider."""
        decider = decider or self.decider()
        return [decision for each in scores for decision in decider.feed(each)]

    def kinds(self, decisions: Sequence[Decision]) -> list[str]:
        """Name the changes without the updates, whose number is a matter of taste."""
        return [d.event.type for d in decisions if d.event.type != "updated"]


@pytest.fixture(scope="session")
def scoring() -> Scoring:
    """Scores of the camera `gate`; holds nothing, so that all tests may share it."""
    return Scoring()

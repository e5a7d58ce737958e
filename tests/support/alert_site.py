"""A site in memory with a wall clock of its own, whose people are seen and scored."""

from collections.abc import Callable, Sequence

import numpy as np

from inference.card import ModelCard
from inference.flow_input import NAME
from inference.flow_skeleton import FLOW_18
from inference.ports import FlowModel
from inference.types import Kind, Position, Score
from service.adapters.memory.alerts import MemoryAlerts
from service.adapters.memory.decisions import MemoryDecisionLog
from service.adapters.memory.leases import MemoryDecisionLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import (
    MemoryCueFeed,
    MemoryEpisodeStore,
    MemoryScoreFeed,
    MemoryStatusStore,
)
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.decision_recorder import DecisionRecorder
from service.alerts.loop_dependencies import AlertLoopDependencies, AlertLoopOptions
from service.archive.stretch_queue import StretchQueue
from service.operations.fair_share import FairShare
from service.ports.deciding import AlertChange, PutResult, all_written
from service.ports.leases import DECIDERS
from service.ports.telemetry import SiteTelemetry
from service.system_events import StreamEvent
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
        scores: Float32 = self.explain(windows).sum(axis=(1, 2))
        return scores

    def explain(self, windows: Float32) -> Float32:
        shares = np.zeros((len(windows), 24, 18), np.float32)
        shares[:, :, :3] = [2.0, 3.0, 1.0]
        return shares


class FailingAlerts(MemoryAlerts):
    """Alerts that fail so many times.

    Attributes:
        fails: after a write, as a killed process or a lost reply would; those after it are not
            written.
        refuses: before one, as a Redis without room would.
        calls: of each call that wrote something, how many changes it was to write.
    """

    fails = 0
    refuses = 0

    def __init__(self, events: list[tuple[str, StreamEvent]], *, telemetry: SiteTelemetry) -> None:
        super().__init__(events, telemetry=telemetry)
        self.calls: list[int] = []

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        self.calls += [len(changes)] if changes else []
        return all_written([self._put_or_fail(each) for each in changes])

    def _put_or_fail(self, change: AlertChange) -> PutResult:
        if self.refuses:
            self.refuses -= 1
            raise StoreUnavailable("no room")
        written = self._result(change)
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("after the write")
        return written


class AlertSite:
    """The road of one site in memory, with a wall clock of its own; people are seen and scored."""

    start_at = 1_700_000_000.0

    def __init__(self) -> None:
        self.now = 0.0
        self.armed: Callable[[str, Kind, float], bool] = lambda _camera, _kind, _at: True
        self.memory = MemorySite()
        self.telemetry = InMemoryTelemetry()
        self.events: list[tuple[str, StreamEvent]] = []
        self.alerts = FailingAlerts(self.events, telemetry=self.telemetry)
        plain = CameraRules(threshold=2.0)
        self.rules = SiteRules({"gate": plain, "yard": plain})
        self.decisions = MemoryDecisionLog(telemetry=self.telemetry)
        self.stretches = StretchQueue(telemetry=self.telemetry)
        self.ended: list[str] = []

    def process(self, owner: str = "a") -> AlertLoop:
        """Start a process that decides."""
        return AlertLoop(self.parts(owner))

    def parts(self, owner: str = "a") -> AlertLoopDependencies:
        """Return what a process of this name works with."""
        board = MemoryStatusStore(self.memory, clock=self.clock)
        leases = MemoryDecisionLeases(self.memory, owner=owner, clock=self.clock)
        membership = MemoryMembership(self.memory, what=DECIDERS, owner=owner, clock=self.clock)
        return AlertLoopDependencies(
            rules=lambda: self.rules,
            ended=self.ended.append,
            leases=leases,
            share=FairShare(owner, leases, membership),
            feed=MemoryScoreFeed(self.memory),
            cues=MemoryCueFeed(self.memory),
            episodes=MemoryEpisodeStore(self.memory),
            sink=self.alerts,
            history=self.alerts,
            archive=board,
            site_status=board,
            flow=NeckFlow(),
            telemetry=self.telemetry,
            armed=lambda camera, kind, at: self.armed(camera, kind, at),
            watch=self.stretches.of,
            recorder=DecisionRecorder(self.decisions, telemetry=self.telemetry, runtime="test"),
            options=AlertLoopOptions(wait_s=0.001),
        )

    def clock(self) -> float:
        """Tell the time that leases run by."""
        return self.now

    def write(self, *values: float, start: int = 0, camera: str = "gate", model: str = "m") -> None:
        """Let a worker score one person's windows, one at every third frame."""
        for step, nll in enumerate(values):
            seq = start + 3 * step
            at = self.start_at + seq / 10
            person = PersonId(camera, "s1", 1)
            reference = self.memory.next_id()
            joints = np.random.default_rng(seq).uniform(0, 100, (24, 17, 3)).astype(np.float32)
            self.memory.windows[reference] = Window(person, seq, at, joints)
            place = Position(at, 100.0, 200.0, 80.0)
            score = Score(person, seq, at, nll, None, place, place, model, reference)
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

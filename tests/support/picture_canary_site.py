"""A camera process, a worker and an API process with a canary through the picture, in memory."""

from pathlib import Path
from threading import Event

import numpy as np

from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.kinds.watch import KindOptions
from inference.types import Position, Score
from service.adapters.memory.canary_board import MemoryCanaryBoard
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryWindowQueue, MemoryWindowStore
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules
from service.alerts.hidden_cameras import HiddenCameras, deciding_hidden
from service.monitoring.picture_canary import (
    PictureCanary,
    PictureCanaryDependencies,
    PictureCanaryOptions,
)
from service.monitoring.picture_watch import PictureWatch, PictureWatchDependencies
from service.ports.canary import CanaryShowing
from support.alert_site import AlertSite
from support.known_networks import known_networks
from tracker.camera.fair_scheduler import FairScheduler
from tracker.camera.film_judge import Fault
from tracker.camera.film_networks import NotRun
from tracker.options import WindowOptions
from tracker.simulator.film.film import Film
from tracker.weights.store import ModelStore

EVERY_S, WITHIN_S, RETRY_S = 3600.0, 30.0, 120.0
START = 1_700_000_000.0


class Site:
    """One camera process, one worker and one API process, stepped by the test.

    Attributes:
        blind: of the networks from now on.
        weights: what is said of the weights.
    """

    def __init__(self, road: AlertSite, flow: OnnxFlow) -> None:
        road.now = START
        self.road, self._flow = road, flow
        self.blind = False
        self.weights: Fault | NotRun | None = None
        self.kinds = {"blazepose"}
        self.board = MemoryCanaryBoard(clock=road.clock)
        self.canary = self.process("a")
        self.queue = MemoryWindowQueue(
            road.memory, worker="w", clock=road.clock, telemetry=road.telemetry
        )
        parts = road.parts("api")
        self.events = MemorySystemEvents(road.events, clock=road.clock)
        self.watch = PictureWatch(
            PictureWatchDependencies(
                board=self.board,
                leases=parts.leases,
                feed=parts.feed,
                cues=parts.cues,
                events=self.events,
                telemetry=road.telemetry,
                clock=road.clock,
                within_s=WITHIN_S,
            ),
            road.clock,
        )
        rules = CameraRules(threshold=9.0, kinds=KindOptions(enabled=("fall",)))
        self.hidden = HiddenCameras(self.board, rules, self._forget)
        self.loop = AlertLoop(deciding_hidden(parts, self.board, self.hidden))
        self.forgotten: list[str] = []

    def process(self, name: str) -> PictureCanary:
        """Return the canary of a camera process."""
        return PictureCanary(
            PictureCanaryDependencies(
                process=name,
                board=self.board,
                leases=self.road.parts(name).leases,
                models=ModelStore([], Path("nowhere")),
                pose_kinds=lambda: self.kinds,
                open_networks=lambda _path: known_networks(blind=self.blind),
                slot=lambda _path: FairScheduler(1).patient_slot(),
                windows=WindowOptions(frames=self._flow.card.frames, fps=self._flow.card.fps),
                window_store=MemoryWindowStore(
                    self.road.memory, frames=self._flow.card.frames, telemetry=self.road.telemetry
                ),
                telemetry=self.road.telemetry,
                film=lambda _seed: Film().truth(),
                clock=self.road.clock,
                options=PictureCanaryOptions(
                    every_s=EVERY_S, first_s=0.0, spread_s=0.0, retry_s=RETRY_S, pace_s=0.0
                ),
            ),
            Event(),
        )

    def work(self) -> None:
        """Let a worker score what waits."""
        place = Position(0.0, 0.0, 0.0, 1.0)
        while claims := self.queue.take(16, 0.0):
            windows = normalize(np.stack([claim.window.joints for claim in claims]))
            scored = zip(claims, self._flow.nll(windows).tolist(), strict=True)
            self.queue.finish(
                claims,
                [
                    Score(c.window.person, c.window.last_seq, c.window.at, nll, None, place, place,
                          "m", c.reference)
                    for c, nll in scored
                ],
            )  # fmt: skip

    def decide(self, seconds: float = 2.0) -> None:
        """Let the alert loop decide for a while."""
        for _ in range(4):
            self.loop.step(self.road.now)
            self.road.now += seconds / 4

    def row(self) -> CanaryShowing:
        """Return the only row of the board that is not stood in for."""
        (row,) = [each for each in self.board.showings() if each.path == "yolox"]
        return row

    def raised(self) -> list[str]:
        """Return the subjects of what is wrong now."""
        return [each.subject or "" for each in self.events.newest() if each.state == "raised"]

    def _forget(self, camera: str) -> None:
        self.forgotten.append(camera)

"""A site in memory whose cameras, workers, stores and replicas tests set."""

from service.adapters.memory.replicas import MemoryLateReplicas
from service.adapters.memory.site import MemorySite
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryStatusStore
from service.monitoring.system_alerts import SystemAlertDependencies, SystemAlerts
from service.ports.status import ReplicaState
from service.system_events import StreamEvent, SystemEvent
from service.types import WorkerStatus
from support.stores import Clock
from tracker.types import CameraState, CameraStatus

GRACE_S = 60.0


class Site:
    """A site whose cameras, workers and stores tests set."""

    def __init__(self, *cameras: str) -> None:
        self.clock, self.uptime = Clock(), Clock()
        self.names = list(cameras)
        self.memory = MemorySite()
        self.board = MemoryStatusStore(self.memory, clock=self.clock)
        self.entries: list[tuple[str, StreamEvent]] = []
        self.events = MemorySystemEvents(self.entries, clock=self.clock)
        self.disk: float | None = 0.5
        self.states: dict[str, CameraState] = dict.fromkeys(cameras, "live")
        self.fps = 0.0
        self.has_worker = True
        self.deciders = 1
        self.replicas: ReplicaState | None = None
        self.late = MemoryLateReplicas(clock=self.clock)
        self.watch = self.process()

    def process(self) -> SystemAlerts:
        """Start a process that looks."""
        return SystemAlerts(
            SystemAlertDependencies(
                status=self.board,
                events=self.events,
                cameras=lambda: self.names,
                grace_s=GRACE_S,
                full_from=0.9,
                deciders=lambda: self.deciders,
                replicas=lambda: self.replicas,
                late_replicas=self.late,
                stores={"The disk": lambda: self.disk},
                clock=self.clock,
                uptime=self.uptime,
            )
        )

    def go_on(self, seconds: float) -> None:
        """Let time pass, looking every two seconds."""
        for _ in range(round(seconds / 2)):
            self.clock.now += 2
            self.uptime.now += 2
            for name, state in self.states.items():
                reason = None if state == "live" else "no answer"
                notes = () if state == "live" else ("look at its cable",)
                self.board.report(CameraStatus(name, state, self.fps, None, 0, reason, notes))
            if self.has_worker:
                self.board.heartbeat(
                    WorkerStatus(
                        name="w", model="m", provider="p", wanted="auto", beat_at=self.clock.now
                    )
                )
            self.watch.step()

    def told(self) -> list[tuple[str, str | None, str]]:
        """Return what was said: type, camera or subject, state."""
        events = [event for _, event in self.entries if isinstance(event, SystemEvent)]
        return [(each.type, each.camera or each.subject, each.state) for each in events]

    def last(self) -> SystemEvent:
        """Return what was said last."""
        event = self.entries[-1][1]
        assert isinstance(event, SystemEvent)
        return event

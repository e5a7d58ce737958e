"""What the service says of itself, over a site in memory."""

import pytest
from support.stores import Clock

from service.adapters.memory.replicas import MemoryLateReplicas
from service.adapters.memory.site import MemorySite
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryStatusStore
from service.monitoring.system_alerts import SystemAlertDependencies, SystemAlerts
from service.ports.status import ReplicaState
from service.system_events import StreamEvent, SystemEvent
from service.types import WorkerStatus
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
                self.board.report(CameraStatus(name, state, 0.0, None, 0, reason, notes))
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


def test_a_lost_camera_is_reported_after_its_grace_time() -> None:
    """With the reason and what to do; back again with how long it was away."""
    site = Site("gate", "yard", "door", "hall")
    site.go_on(10)
    site.states["gate"] = "lost"
    site.go_on(60)
    before = site.told()
    site.go_on(20)
    reported = site.last()
    site.states["gate"] = "live"
    site.go_on(4)

    assert before == []
    assert site.told() == [("camera-lost", "gate", "raised"), ("camera-lost", "gate", "cleared")]
    assert "no answer" in reported.reason
    assert reported.remedy == "look at its cable"
    assert site.last().reason.startswith("back after ")


@pytest.mark.parametrize(("set_s", "expected"), [(-10_800, True), (10_800, False)])
def test_a_clock_that_is_set_counts_no_hours(set_s: float, expected: bool) -> None:
    """Set back, what is lost is reported after its grace time; set forward, not before that."""
    site = Site("gate")
    site.states["gate"], site.has_worker, site.deciders = "lost", False, 0
    site.go_on(4)
    site.clock.now += set_s
    site.go_on(GRACE_S + 20 if expected else 4)

    assert set(site.told()) == {
        (what, camera, "raised")
        for what, camera in (("camera-lost", "gate"), ("no-worker", None), ("no-decider", None))
        if expected
    }


@pytest.mark.parametrize("state", ["ended", "paused"])
def test_a_camera_that_is_not_to_be_watched_is_not_lost(state: CameraState) -> None:
    """A file that has ended, a camera that somebody paused."""
    site = Site("gate")
    site.states["gate"] = state
    site.go_on(200)

    assert site.told() == []


def test_a_short_loss_is_nobodys_business() -> None:
    """What is back within the grace time is not reported."""
    site = Site("gate")
    for _ in range(5):
        site.states["gate"] = "lost"
        site.go_on(50)
        site.states["gate"] = "live"
        site.go_on(4)

    assert site.told() == []


def test_many_cameras_at_once_are_one_event() -> None:
    """A switch that fails is one alarm; what stays lost when it is back is said by itself."""
    site = Site(*(f"c{number}" for number in range(6)))
    for number in range(5):
        site.states[f"c{number}"] = "lost"
    site.go_on(80)
    together = site.told()
    for number in range(1, 5):
        site.states[f"c{number}"] = "live"
    site.go_on(10)

    assert together == [("cameras-lost", None, "raised")]
    assert "5 of 6 cameras: c0, c1, c2, c3, c4; most of them: no answer" in str(site.entries)
    assert site.told()[1:] == [
        ("cameras-lost", None, "cleared"),
        ("camera-lost", "c0", "raised"),
    ]


def test_a_camera_that_nobody_watches_is_lost() -> None:
    """One that never reported counts from the start."""
    site = Site("gate")
    site.states.clear()
    site.go_on(80)

    assert site.told() == [("camera-lost", "gate", "raised")]
    assert "no camera process watches it" in site.last().reason


def test_a_camera_that_was_removed_is_no_more_lost() -> None:
    """Its event ends."""
    site = Site("gate")
    site.states["gate"] = "lost"
    site.go_on(80)
    site.names.clear()
    site.go_on(4)

    assert site.last().reason == "it is no camera any more"


def test_no_worker_and_a_worker_again() -> None:
    """After a quarter of a minute without one."""
    site = Site("gate")
    site.go_on(10)
    site.has_worker = False
    site.go_on(60)
    site.has_worker = True
    site.go_on(4)

    assert site.told() == [("no-worker", None, "raised"), ("no-worker", None, "cleared")]


def test_nobody_decides_and_somebody_again() -> None:
    """After a quarter of a minute; who takes over sooner is no event."""
    site = Site("gate")
    site.deciders = 0
    site.go_on(10)
    site.deciders = 1
    site.go_on(4)
    assert site.told() == []

    site.deciders = 0
    site.go_on(60)
    site.deciders = 2
    site.go_on(4)

    assert site.told() == [("no-decider", None, "raised"), ("no-decider", None, "cleared")]


def test_a_store_that_is_nearly_full_does_not_flap() -> None:
    """It is over when there is room, not when a little was removed."""
    site = Site("gate")
    for share in (0.91, 0.89, 0.91, 0.87, 0.84):
        site.disk = share
        site.go_on(4)

    assert site.told() == [
        ("store-full", "The disk", "raised"),
        ("store-full", "The disk", "cleared"),
    ]


def test_a_second_process_says_nothing_again() -> None:
    """Also one that was just started, and it ends what the first one began."""
    site = Site("gate", "yard", "door", "hall")
    site.states["gate"] = "lost"
    site.go_on(80)
    site.watch = site.process()
    site.go_on(80)
    site.states["gate"] = "live"
    site.go_on(4)

    assert site.told() == [("camera-lost", "gate", "raised"), ("camera-lost", "gate", "cleared")]


BEHIND = [("replicas-behind", None, "raised"), ("replicas-behind", None, "cleared")]


def test_replicas_that_stay_behind_are_reported_though_nothing_is_written() -> None:
    """A moment is nobody's business; they have to follow for a while before it is over."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=0, late=0)
    site.go_on(4)
    before = site.told()
    site.go_on(4)
    raised = site.last()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    site.go_on(28)
    during = site.told()
    site.go_on(6)

    assert (before, during, site.told()) == ([], BEHIND[:1], BEHIND)
    assert raised.reason.startswith("0 of 1 replicas have")
    assert "INFO replication" in raised.remedy


def test_a_write_that_was_late_is_reported_at_once() -> None:
    """Also where replicas follow again when it is looked, and once however many there are."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    site.go_on(40)
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    raised = site.told()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=3)
    site.go_on(30)
    during = site.told()
    site.go_on(6)

    assert (raised, during, site.told()) == (BEHIND[:1], BEHIND[:1], BEHIND)


def test_another_process_whose_writes_are_kept_does_not_end_it_at_once() -> None:
    """Its own look says that replicas follow; only after a while that holds for all."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    other = site.process()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    other.step()
    site.clock.now += 20
    site.uptime.now += 20
    other.step()
    during = site.told()
    site.clock.now += 20
    site.uptime.now += 20
    other.step()

    assert (during, site.told()) == (BEHIND[:1], BEHIND)


def test_who_waits_for_no_replica_ends_what_was_raised() -> None:
    """The setting was taken back: after the same while, as if replicas followed."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    site.replicas = None
    site.go_on(28)
    during = site.told()
    site.go_on(6)

    assert (during, site.told()) == (BEHIND[:1], BEHIND)


def look_in_turn(site: Site, other: SystemAlerts, first: object, second: object) -> None:
    """Let two processes look within two seconds, each at its own state of the replicas."""
    site.clock.now += 2
    site.uptime.now += 2
    for process, state in ((site.watch, first), (other, second)):
        assert state is None or isinstance(state, ReplicaState)
        site.replicas = state
        process.step()


def test_it_is_raised_once_while_one_process_of_two_has_late_writes() -> None:
    """However long the writes of the other one were kept before, and during."""
    site = Site()
    other, fine = site.process(), ReplicaState(wanted=1, confirmed=1, late=0)
    for _ in range(30):
        look_in_turn(site, other, fine, fine)
    for late in range(1, 26):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=late), fine)
    during = site.told()
    for _ in range(14):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=25), fine)
    soon = site.told()
    for _ in range(3):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=25), fine)

    assert (during, soon, site.told()) == (BEHIND[:1], BEHIND[:1], BEHIND)


def test_who_waits_for_no_replica_ends_nothing_that_another_process_sees() -> None:
    """Two processes whose settings differ, as while they are rolled out."""
    site = Site()
    other, behind = site.process(), ReplicaState(wanted=1, confirmed=0, late=0)
    for _ in range(30):
        look_in_turn(site, other, behind, None)
    during = site.told()
    for _ in range(16):
        look_in_turn(site, other, None, None)

    assert (during, site.told()) == (BEHIND[:1], BEHIND)

"""Says what is wrong with the service itself, and when it is right again.

Every API process looks; what one has said already the others do not say again.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from service.monitoring.replica_watch import ReplicaWatch
from service.ports.status import LateReplicas, ReplicaState, SiteStatus
from service.sentences import events
from service.system_events import SystemEvent, SystemEvents, SystemEventType
from tracker.camera.outage import Outage
from tracker.types import CameraStatus
from tracker.wording import Sentence, joined, sentence_of

log = logging.getLogger(__name__)

EVERY_S = 2.0
# Cameras that are lost within so long of each other are reported together, if they are many.
GATHER_S = 5.0
MANY, MANY_PART = 3, 0.5
NO_WORKER_S = NO_DECIDER_S = 15.0
ROOM_AGAIN = 0.05  # of the whole below the mark: a store at the mark must not flap
SHOWN_NAMES = 8
NOT_WANTED = frozenset({"ended", "paused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAlertDependencies:
    """What is looked at.

    Attributes:
        cameras: names of those that are configured now.
        deciders: how many processes decide alerts.
        grace_s: a camera that is lost for longer is reported.
        full_from: share from which on a store is nearly full.
        stores: by name, the share of each that is used; None: it has no bound.
        replicas: how many of Redis' replicas follow; None: nothing waits for them.
        late_replicas: what the processes note of them.
        clock: UTC seconds.
        uptime: monotonic seconds; how long something lasts is counted by them.
    """

    status: SiteStatus
    events: SystemEvents
    late_replicas: LateReplicas
    cameras: Callable[[], Sequence[str]]
    grace_s: float
    full_from: float
    deciders: Callable[[], int] = lambda: 1
    stores: Mapping[str, Callable[[], float | None]] = field(default_factory=dict)
    replicas: Callable[[], ReplicaState | None] = lambda: None
    clock: Callable[[], float] = time.time
    uptime: Callable[[], float] = time.monotonic


class SystemAlerts:
    """The loop's body, one step at a time."""

    def __init__(self, dependencies: SystemAlertDependencies) -> None:
        self._dependencies = dependencies
        self._events = dependencies.events
        self._outages: dict[str, Outage] = {}
        self._no_worker_since: float | None = None
        self._no_decider_since: float | None = None
        self._replicas = ReplicaWatch(dependencies.events, dependencies.late_replicas)

    def step(self) -> float:
        """Look at everything; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        now = self._dependencies.uptime()
        raised = [event for event in self._events.newest() if event.state == "raised"]
        self._check_cameras(raised, now)
        self._check_workers(now)
        self._check_deciders(now)
        behind = any(event.type == "replicas-behind" for event in raised)
        self._replicas.look(self._dependencies.replicas(), behind, now)
        for name, share in self._dependencies.stores.items():
            self._check_store(name, share(), raised)
        return EVERY_S

    def _check_cameras(self, raised: Sequence[SystemEvent], now: float) -> None:
        names = self._dependencies.cameras()
        statuses = self._dependencies.status.cameras()
        known = {event.camera: event for event in raised if event.type == "camera-lost"}
        together = next((event for event in raised if event.type == "cameras-lost"), None)
        self._note_outages(names, statuses, known.keys(), now)
        grace_s, many = self._dependencies.grace_s, max(MANY, MANY_PART * len(names))
        away = {name: each for name, each in self._outages.items() if now - each.since >= grace_s}
        lost = [name for name, outage in away.items() if outage.back_at is None]
        for camera, event in known.items():
            if camera is not None and camera not in self._outages:
                self._clear("camera-lost", event, camera in names)
        if len(lost) >= many:
            self._raise_together(lost, names, statuses)
        # While some of them come and go, it is not over.
        if len(lost) >= many or (together is not None and len(away) >= many):
            return
        if together is not None:
            self._clear("cameras-lost", together, is_there=True)
        for name in lost:
            if now - away[name].since >= grace_s + GATHER_S:
                self._raise_camera(name, statuses.get(name), now)

    def _note_outages(
        self,
        names: Sequence[str],
        statuses: Mapping[str, CameraStatus],
        reported: Collection[str | None],
        now: float,
    ) -> None:
        for name in names:
            self._note_outage(name, statuses.get(name), name in reported, now)
        for name in self._outages.keys() - set(names):
            del self._outages[name]

    def _note_outage(
        self, name: str, status: CameraStatus | None, is_reported: bool, now: float
    ) -> None:
        """Note that a camera is lost, or comes again; it is back once it came for a while."""
        outage = self._outages.get(name)
        if status is not None and status.state in NOT_WANTED:
            self._outages.pop(name, None)
        elif status is None or not status.gives_frames:
            self._outages.setdefault(name, Outage(now)).lost()
        elif outage is None and is_reported:  # by a process that looked before this one
            self._outages[name] = Outage(now)
        elif outage is not None and outage.is_over(now):
            del self._outages[name]

    def _raise_camera(self, name: str, status: CameraStatus | None, now: float) -> None:
        notes = () if status is None else status.notes
        if status is None:
            problem = events.NOT_WATCHED()
        elif status.reason:
            problem = sentence_of(status.reason)
        else:
            problem = events.IN_STATE(state=status.state)
        outage = self._outages[name]
        lasts = events.COMES_AND_GOES if outage.returns else events.AWAY_FOR
        self._events.raise_(
            "camera-lost",
            lasts(time=events.spoken(now - outage.since), problem=problem),
            remedy=joined(notes) if notes else events.ASK_PROBE(),
            camera=name,
        )

    def _raise_together(
        self, lost: Sequence[str], names: Sequence[str], statuses: Mapping[str, CameraStatus]
    ) -> None:
        shown: str | Sentence = ", ".join(sorted(lost)[:SHOWN_NAMES])
        if len(lost) > SHOWN_NAMES:
            shown = events.AND_MORE(names=shown, count=len(lost) - SHOWN_NAMES)
        said = [statuses[name].reason or "" for name in lost if name in statuses]
        most = max(set(said), key=said.count, default="")
        parts = [events.AWAY_TOGETHER(count=len(lost), all=len(names), names=shown)]
        if most:
            parts.append(events.MOST_OF_THEM(problem=sentence_of(most)))
        self._events.raise_("cameras-lost", joined(parts), remedy=events.LOOK_AT_SHARED())

    def _check_workers(self, now: float) -> None:
        if self._dependencies.status.workers() or not self._dependencies.cameras():
            self._no_worker_since = None
            self._events.clear("no-worker", events.WORKER_SCORES())
            return
        if self._no_worker_since is None:
            self._no_worker_since = now
        if now - self._no_worker_since >= NO_WORKER_S:
            self._events.raise_(
                "no-worker",
                events.NO_WORKER(),
                remedy=events.START_WORKER(),
            )

    def _check_deciders(self, now: float) -> None:
        if not self._dependencies.cameras() or self._dependencies.deciders():
            self._no_decider_since = None
            self._events.clear("no-decider", events.PROCESS_DECIDES())
            return
        if self._no_decider_since is None:
            self._no_decider_since = now
        if now - self._no_decider_since >= NO_DECIDER_S:
            self._events.raise_(
                "no-decider",
                events.NO_DECIDER(),
                remedy=events.START_DECIDER(),
            )

    def _check_store(self, name: str, share: float | None, raised: Sequence[SystemEvent]) -> None:
        full_from = self._dependencies.full_from
        if share is not None and share >= full_from:
            self._events.raise_(
                "store-full",
                events.STORE_USED(percent=round(share * 100)),
                remedy=events.MAKE_ROOM(),
                subject=name,
            )
        elif any(event.type == "store-full" and event.subject == name for event in raised) and (
            share is None or share < full_from - ROOM_AGAIN
        ):
            used = events.STORE_USED(percent=round((share or 0.0) * 100))
            self._events.clear("store-full", used, subject=name)

    def _clear(self, type_: SystemEventType, event: SystemEvent, is_there: bool) -> None:
        back = events.BACK_AFTER(time=events.spoken(self._dependencies.clock() - event.at))
        self._events.clear(
            type_, back if is_there else events.NO_CAMERA_ANY_MORE(), camera=event.camera
        )

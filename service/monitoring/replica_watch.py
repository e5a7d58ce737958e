"""Says that too few of Redis' replicas have what is written, and when they have it again."""

from service.ports.status import LateReplicas, ReplicaState
from service.sentences import events
from service.system_events import SystemEvents

# While nothing of ours is written, replicas may be late for a moment: nothing would be lost.
BEHIND_S = 5.0


class ReplicaWatch:
    """Looks at what a process learns of replicas; several processes may do so.

    A write that was late is reported at once, whatever it was: with the master it would be lost.
    Writes of another process may be late while ours are kept, so all of them note what they see;
    it is over once none did for a while, also where this process waits for no replicas itself.

    Args:
        late: what all processes note.
    """

    def __init__(self, events: SystemEvents, late: LateReplicas) -> None:
        self._events = events
        self._noted = late
        self._late = 0
        self._behind_since: float | None = None

    def look(self, state: ReplicaState | None, raised: bool, now: float) -> None:
        """Raise the event where replicas are behind, clear it once they follow for a while.

        Args:
            state: None: nothing waits for replicas.
            raised: whether the event is raised now, by whichever process.
            now: monotonic seconds.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        if state is None:
            if raised and not self._noted.is_lately():
                self._events.clear("replicas-behind", events.NO_REPLICAS_WANTED())
            return
        late, self._late = state.late - self._late, state.late
        behind = state.confirmed < state.wanted
        since = now if self._behind_since is None else self._behind_since
        self._behind_since = since if behind else None
        if behind or late:
            self._noted.note()  # before the event: nobody clears it then
        if late or (self._behind_since is not None and now - self._behind_since >= BEHIND_S):
            self._raise(state, late)
        elif raised and not behind and not self._noted.is_lately():
            self._events.clear("replicas-behind", events.REPLICAS_IN_TIME())

    def _raise(self, state: ReplicaState, late: int) -> None:
        confirmed, wanted = state.confirmed, state.wanted
        behind = events.REPLICAS_BEHIND(confirmed=confirmed, wanted=wanted)
        of_ours = events.REPLICAS_LATE(confirmed=confirmed, wanted=wanted, late=late)
        self._events.raise_(
            "replicas-behind",
            of_ours if late else behind,
            remedy=events.LOOK_AT_REPLICAS(),
        )

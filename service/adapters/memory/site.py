"""State that the in-memory adapters of one site share."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from inference.types import Score
from service.adapters.redis.keys import Shards
from service.adapters.redis.window_queue import (
    SCORES_BOUND,
)
from service.adapters.redis.window_store import CUES_BOUND
from service.outputs.records import DeliveryRecord, TargetState
from service.types import WorkerStatus
from tracker.types import CameraStatus, Float32, FrameCues, FrameView, PersonId, Window


@dataclass(slots=True)
class _Pending:
    """A window some worker has taken."""

    worker: str
    since: float
    deliveries: int = 1


@dataclass(slots=True)
class MemorySite:
    """What a server would hold. Entry ids are "1-0", "2-0", … in the order of writing."""

    windows: dict[str, Window] = field(default_factory=dict)
    unread: deque[str] = field(default_factory=deque)
    pending: dict[str, _Pending] = field(default_factory=dict)
    rings: dict[PersonId, deque[Float32]] = field(default_factory=dict)
    views: dict[str, FrameView] = field(default_factory=dict)
    scores: defaultdict[str, deque[tuple[str, Score]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=SCORES_BOUND))
    )
    cues: defaultdict[str, deque[tuple[str, FrameCues]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=CUES_BOUND))
    )
    poses: defaultdict[str, list[tuple[str, FrameView]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    leases: defaultdict[Callable[[Shards, str], str], dict[str, tuple[str, float]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    terms: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    memberships: defaultdict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    episodes: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, tuple[CameraStatus, float]] = field(default_factory=dict)
    workers: dict[str, WorkerStatus] = field(default_factory=dict)
    outbox_states: dict[str, TargetState] = field(default_factory=dict)
    outbox_records: list[DeliveryRecord] = field(default_factory=list)
    dead: list[tuple[str, str]] = field(default_factory=list)
    entries: int = 0

    def next_id(self) -> str:
        """Return a new entry's id."""
        self.entries += 1
        return f"{self.entries}-0"

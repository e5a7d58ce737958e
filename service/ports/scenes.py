"""What hours of people, and drift, need from outside. Adapters inherit these by name."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from inference.drift.record import DriftRecord
from tracker.ports import SceneStore
from tracker.scene_block import SceneBlock

# Three weeks: the week that is judged, and two before it.
KEPT_DAYS = 21


class SceneFeed(SceneStore, Protocol):
    """Gives back what camera processes kept, for `KEPT_DAYS`."""

    def blocks(self, camera: str, since: float, until: float) -> list[SceneBlock]:
        """Return the blocks that begin in a time, in its order, each number once.

        Args:
            since, until: UTC seconds; what is older than `KEPT_DAYS` is gone.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class DriftStore(Protocol):
    """What is known of each camera's drift; it outlives every process.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def put(self, camera: str, record: DriftRecord) -> bool:
        """Replace a camera's record; False if its number is not the next one."""
        ...

    def of(self, cameras: Sequence[str]) -> Mapping[str, DriftRecord]:
        """Return the records of all these cameras; one of which nothing is known is `ok`."""
        ...

"""What calibrations need from outside. Adapters inherit these by name."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from inference.calibration.blocks import Block
from inference.calibration.footage import Interval
from inference.calibration.snapshot import Snapshot
from inference.usual_score import UsualScore

# Six weeks; the numbers of snapshots go on.
BLOCKS_BOUND = 42 * 144
SNAPSHOTS_BOUND = 100


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What the calibrating process last found of one camera.

    Attributes:
        at: UTC seconds.
        next: the snapshot that the footage calls for now.
        frozen: why no snapshot is made of it; None: one is, when it is due.
        alarms: false alarms that opened while a promise held.
        days: how long a promise held and the camera was watched.
    """

    at: float
    next: Snapshot
    frozen: str | None
    alarms: int
    days: float


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera begins with when a model becomes the live one.

    Attributes:
        recipe: names the model and the rules.
        at: UTC seconds.
        snapshot: its calibration; None: there is no budget, or too little footage.
        usual: its ordinary scores by this model, as far as they are known.
    """

    recipe: str
    at: float
    snapshot: Snapshot | None = None
    usual: UsualScore | None = None


# Of each camera, the newest ones.
PREPARED_BOUND = 6


class CalibrationStore(Protocol):
    """Blocks and snapshots of each camera, bounded; they outlive every process.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def put_blocks(
        self, camera: str, recipe: str, blocks: Sequence[Block], *, beside: bool = False
    ) -> None:
        """Keep these blocks; one that comes twice counts once, the oldest beyond the bound go.

        Args:
            beside: they are of a shadow, and stand beside those of the live model.
        """
        ...

    def blocks(self, camera: str, recipe: str) -> list[Block]:
        """Return the blocks that this recipe made, in the order of time."""
        ...

    def put_snapshot(self, snapshot: Snapshot) -> bool:
        """Keep a snapshot; False if its number is not the next one."""
        ...

    def snapshots(self, camera: str) -> list[Snapshot]:
        """Return a camera's snapshots, the newest first."""
        ...

    def newest(self, cameras: Sequence[str]) -> dict[str, Snapshot]:
        """Return the newest snapshot of each of these cameras that has one."""
        ...

    def put_outlook(self, camera: str, outlook: Outlook) -> None:
        """Keep what comes next, in the place of what did before."""
        ...

    def outlook(self, camera: str) -> Outlook | None:
        """Return what was last found of a camera."""
        ...

    def put_prepared(self, camera: str, prepared: Prepared) -> None:
        """Keep what a camera begins with by a recipe, in the place of what was kept of it."""
        ...

    def prepared(self, cameras: Sequence[str]) -> dict[str, dict[str, Prepared]]:
        """Return what each of these cameras begins with, by recipe."""
        ...

    def forget(self, camera: str) -> None:
        """Forget everything about a camera."""
        ...


class Judgements(Protocol):
    """When there were alerts that somebody judged."""

    def judged(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        """Return the times of a camera's alerts that were judged true, and judged false.

        Args:
            since: UTC seconds; those that opened before are left out.

        Raises:
            ArchiveUnavailable: the database did not answer.
        """
        ...

    def labelled(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        """Return the times of a camera's near misses that should have been alerts, and not.

        Args:
            since: as of `judged`, which it raises the same as.
        """
        ...


class Acceptance(msgspec.Struct, frozen=True):
    """Somebody took what a camera sees since a drift as usual.

    Attributes:
        counts_from: UTC seconds; blocks from before say nothing of what is usual now.
        at: when it was accepted.
    """

    counts_from: float
    at: float


class DriftState(Protocol):
    """Whether what a camera sees has changed since it was calibrated."""

    def is_drifting(self, camera: str) -> bool:
        """Tell whether no snapshot may be made of what it sees now."""
        ...

    def accepted(self, camera: str) -> Acceptance | None:
        """Return when a new scene was last accepted; None: never."""
        ...


class NoDrift(DriftState):
    """Nobody watches for drift: no camera drifts."""

    def is_drifting(self, camera: str) -> bool:  # noqa: ARG002 -- the port's
        return False

    def accepted(self, camera: str) -> Acceptance | None:  # noqa: ARG002 -- the port's
        return None

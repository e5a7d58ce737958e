"""What cameras and workers say of themselves, and single pictures of cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.types import WorkerStatus
from tracker.types import CameraStatus, FrameView


class SiteStatus(Protocol):
    """The status of cameras and workers."""

    def cameras(self) -> dict[str, CameraStatus]:
        """Return each camera's last status; a silent camera is lost."""
        ...

    def views(self, cameras: Sequence[str]) -> dict[str, FrameView]:
        """Return the newest view of those cameras that have one."""
        ...

    def latest_nll(self, camera: str) -> dict[str, float]:
        """Return the newest nll per person (`str(PersonId)`) of the last seconds."""
        ...

    def workers(self) -> list[WorkerStatus]:
        """Return the workers that sent a heartbeat in the last seconds."""
        ...


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """How far replicas of the store follow.

    Attributes:
        wanted: how many must have a write before it counts as kept.
        confirmed: how many had the newest one in time.
        late: writes of this process that too few had in time, since it began.
    """

    wanted: int
    confirmed: int
    late: int


FOLLOWING_S = 30.0


class LateReplicas(Protocol):
    """Whether any process saw replicas late in the last FOLLOWING_S.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def note(self) -> None:
        """Note for all processes that replicas are late now."""
        ...

    def is_lately(self) -> bool:
        """Tell whether any process noted it in the last FOLLOWING_S."""
        ...


STILL_BYTES = 1_000_000
STILL_LIFE_S = 3.0


class Stills(Protocol):
    """Pictures of cameras on their way to who asked for one; none lasts longer than STILL_LIFE_S.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def want(self, camera: str) -> None:
        """Ask for a picture."""
        ...

    def is_wanted(self, camera: str) -> bool:
        """Tell whether somebody has asked within STILL_LIFE_S and got none yet."""
        ...

    def put(self, camera: str, picture: bytes) -> None:
        """Give a picture, JPEG; one above STILL_BYTES is not kept."""
        ...

    def get(self, camera: str) -> bytes | None:
        """Return the picture that was given last, if that is not too long ago."""
        ...

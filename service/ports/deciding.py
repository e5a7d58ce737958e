"""What the alert loop reads, keeps and writes."""

from typing import Protocol

from inference.types import AlertEvent, AlertPoses, Score
from tracker.types import FrameCues, Window


class ScoreFeed(Protocol):
    """Scores, per camera, in the order the workers wrote them."""

    def read(self, after: dict[str, str], wait_s: float) -> dict[str, list[tuple[str, Score]]]:
        """Return new (entry id, score) pairs per camera.

        Scores that were written together share an entry, and come in one read.

        Args:
            after: per camera, the entry id to read after; "0" is the beginning.
            wait_s: how long to wait for the first.
        """
        ...


class CueFeed(Protocol):
    """What cameras' frames show of people besides joints, in the order of capture."""

    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, FrameCues]]]:
        """Return new (entry id, cues) pairs per camera, at once.

        Args:
            after: per camera, the entry id to read after; "0" is the beginning.
        """
        ...


class EpisodeStore(Protocol):
    """The alert loop's state per camera, so that a successor continues open episodes."""

    def load(self, camera: str) -> bytes | None:
        """Return what was saved last."""
        ...

    def save(self, camera: str, state: bytes, term: int) -> bool:
        """Replace it; return False (and write nothing) when a later term has begun."""
        ...


class AlertSink(Protocol):
    """Stores alerts and publishes their changes."""

    def begin(self, camera: str, term: int) -> int:
        """Refuse from now on what is put of this camera in earlier terms; return the newest.

        Where that is another one, a later one has begun: what is put in ours is refused too.
        To be called before the camera's saved state is read: a process that hung while its lease
        expired must not write what the next one knows nothing of.
        """
        ...

    def put(self, event: AlertEvent, poses: AlertPoses | None, term: int | None = None) -> bool:
        """Write one event once; return False when this version was already written.

        Args:
            poses: replaces the alert's clip when given.
            term: in which it was decided; once a later one has begun nothing is written.
        """
        ...


class WindowArchive(Protocol):
    """Windows that were scored recently."""

    def fetch(self, camera: str, reference: str) -> Window | None:
        """Return the window of `Score.window`, or None when it is already trimmed."""
        ...

"""What the alert loop reads, keeps and writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from inference.types import AlertEvent, AlertPoses, Score
from tracker.errors import AlertNotWritten, StoreUnavailable
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


@dataclass(frozen=True, slots=True)
class EpisodeEntry:
    """A camera's state that is to be saved, and the term in which it was decided."""

    camera: str
    state: bytes
    term: int


class EpisodeStore(Protocol):
    """The alert loop's state per camera, so that a successor continues open episodes."""

    def load(self, camera: str) -> bytes | None:
        """Return what was saved last."""
        ...

    def save_all(self, entries: Sequence[EpisodeEntry]) -> list[bool]:
        """Replace several; return for each False (and write nothing) when a later term has begun.

        Raises:
            StoreUnavailable: the store did not answer; some may be saved.
        """
        ...

    def save(self, camera: str, state: bytes, term: int) -> bool:
        """Replace one; see `save_all`."""
        return self.save_all([EpisodeEntry(camera, state, term)])[0]


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert's event that is to be written.

    Attributes:
        poses: replaces the alert's clip when given.
        term: in which it was decided; once a later one has begun nothing is written.
    """

    event: AlertEvent
    poses: AlertPoses | None = None
    term: int | None = None


# Whether a change was written, or why the store could not write it.
PutResult: TypeAlias = bool | StoreUnavailable


class PartlyWritten(StoreUnavailable):
    """The store answered, and could not write some changes; the text says why of the first.

    Attributes:
        results: of each change, in their order.
    """

    def __init__(self, results: Sequence[PutResult]) -> None:
        super().__init__(next(str(each) for each in results if isinstance(each, StoreUnavailable)))
        self.results = tuple(results)


class AlertSink(Protocol):
    """Stores alerts and publishes their changes."""

    def begin(self, camera: str, term: int) -> int:
        """Refuse from now on what is put of this camera in earlier terms; return the newest.

        Where that is another one, a later one has begun: what is put in ours is refused too.
        To be called before the camera's saved state is read: a process that hung while its lease
        expired must not write what the next one knows nothing of.
        """
        ...

    def put_all(self, changes: Sequence[AlertChange]) -> list[bool]:
        """Write each event once, in this order; return False for those that were not written.

        That is where this version was already written, or a later term has begun. What one of
        them fails for holds up no other one, so an alert's changes belong into several calls.

        Raises:
            PartlyWritten: some could not be written, the others were; among its results
                AlertNotWritten is about one alert, any other error about the store.
            StoreUnavailable: the store did not answer; the first ones may be written.
        """
        ...

    def put(self, event: AlertEvent, poses: AlertPoses | None, term: int | None = None) -> bool:
        """Write one event once; see `put_all` and `AlertChange`."""
        return self.put_all([AlertChange(event, poses, term)])[0]


def put_results(sink: AlertSink, changes: Sequence[AlertChange]) -> list[PutResult]:
    """Put changes; return of each whether it was written, or why it could not be.

    Raises:
        StoreUnavailable: the store did not answer, or could write none of them.
    """
    try:
        return list(sink.put_all(changes))
    except PartlyWritten as err:
        return list(err.results)


def all_written(results: Sequence[PutResult]) -> list[bool]:
    """Return what `AlertSink.put_all` does.

    Raises:
        PartlyWritten: some could not be written, or each failed for itself.
        StoreUnavailable: the store could write none of them; the first one's reason.
    """
    errors = [each for each in results if isinstance(each, StoreUnavailable)]
    is_of_all = not any(isinstance(each, bool | AlertNotWritten) for each in results)
    if errors and is_of_all:
        raise errors[0]
    if errors:
        raise PartlyWritten(results)
    return [each is True for each in results]


class WindowArchive(Protocol):
    """Windows that were scored recently."""

    def fetch_all(self, windows: Sequence[tuple[str, str]]) -> list[Window | None]:
        """Return windows by camera and `Score.window`; None for those that are already trimmed."""
        ...

    def fetch(self, camera: str, reference: str) -> Window | None:
        """Return one window; see `fetch_all`."""
        return self.fetch_all([(camera, reference)])[0]

"""Where stretches of people's windows are kept. Adapters inherit these by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from inference.stretches.stretch import Stretch
from inference.types import Kind, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchBounds:
    """How many stretches are kept.

    Attributes:
        per_hour: of each camera and hour, drawn by chance from all.
        near_misses: of each camera and day, the nearest to an alert.
        of_alerts: of each camera and hour, of people with an open alert.
    """

    per_hour: int = 4
    near_misses: int = 10
    of_alerts: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What a stretch must pass to be kept; see `StretchBounds`.

    Attributes:
        priority: it must lie below, to be in the hour's sample.
        closeness: it must lie above, to be one of the day's near misses.
        of_alerts: how many of the hour are kept for their alerts.
    """

    priority: int
    closeness: float
    of_alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStretch:
    """A stretch, and why it is kept."""

    stretch: Stretch
    sampled: bool
    near: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """What one camera showed in an hour, or in a part of it.

    Attributes:
        hour: since 1970.
        stretches: of people who were scored, whether kept or not.
        watched_s: how long there were frames.
    """

    camera: str
    hour: int
    stretches: int
    watched_s: float


class NearMiss(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch below the threshold, as it is listed.

    Attributes:
        track: number of the person's track.
        at: when it came nearest, UTC seconds.
        begin_at, until: of the stretch.
        score, threshold: bits/dimension for movement, else multiples of the kind's threshold.
        rarity: in how many hours one person ordinarily reaches the score once; None: unknown.
        closeness: 1 at the threshold.
        label: what somebody said of it; None: nobody said anything.
    """

    id: str
    camera: str
    person: str
    track: int
    kind: Kind
    at: float
    begin_at: float
    until: float
    score: float
    threshold: float
    rarity: float | None
    closeness: float
    label: Verdict | None = None
    label_by: str | None = None
    label_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearFilter:
    """Which near misses are wanted; what is left empty narrows nothing.

    Attributes:
        since, until: bounds of `NearMiss.at`; the first is included, the second is not.
        labels: only those that somebody said one of these of.
    """

    cameras: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    labels: tuple[Verdict, ...] = ()
    limit: int = 50


class StretchArchive(Protocol):
    """Stretches in the archive, bounded by camera, hour and day.

    Every call raises ArchiveUnavailable while the database does not answer.
    """

    def bars(self, camera: str, hour: int, day: int, bounds: StretchBounds) -> Bars:
        """Return what the next stretch of a camera must pass."""
        ...

    def put(self, kept: Sequence[KeptStretch], bounds: StretchBounds) -> int:
        """Keep stretches, and let those go that they push out; return how many went.

        One that is there already changes nothing. What somebody labelled is never pushed out.
        """
        ...

    def count(self, counts: Sequence[HourCount]) -> None:
        """Add to what cameras showed by the hour."""
        ...

    def near_misses(self, wanted: NearFilter) -> list[NearMiss]:
        """Return near misses, the newest day first, in it the nearest first."""
        ...

    def get(self, stretch_id: str) -> tuple[NearMiss, Stretch] | None:
        """Return one near miss with its windows."""
        ...

    def label(self, stretch_id: str, label: Verdict, author: str, at: float) -> None:
        """Keep what somebody says of a near miss, in the place of what was said before."""
        ...

    def every(
        self, since: float, until: float, cameras: Sequence[str] = ()
    ) -> Iterator[KeptStretch]:
        """Yield all stretches that begin in a time, in the order of time.

        Raises:
            ValueError: one does not read.
        """
        ...

    def of_episode(
        self, alert_id: str, camera: str, person: str, since: float, until: float
    ) -> list[Stretch]:
        """Return the stretches of an alert, and those of its person that reach into a time.

        In the order of time, at most those of an hour.
        """
        ...

    def hours(self, since: float, until: float, cameras: Sequence[str] = ()) -> list[HourCount]:
        """Return what cameras showed in the hours of a time."""
        ...

    def remove_old(self, before: float, labelled_before: float, limit: int) -> int:
        """Remove the oldest stretches and counts of before a time; return how many stretches.

        Args:
            labelled_before: the same for those that somebody labelled.
        """
        ...

    def forget(self, camera: str, since: float, until: float) -> int:
        """Remove a camera's stretches of a time, the labelled ones too; return how many."""
        ...

    def held(self) -> Mapping[str, tuple[int, int]]:
        """Return by camera how many stretches there are, and their bytes."""
        ...

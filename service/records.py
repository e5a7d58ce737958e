"""What the archive keeps of an alert, and how it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from inference.types import Act, Alert, AlertPoses, Kind, Severity, Verdict
from tracker.types import Float32


def kinds_of(alert: Alert) -> tuple[Kind, ...]:
    """Return every kind that an alert has, the most severe first."""
    return tuple(dict.fromkeys((alert.kind, *(each.kind for each in alert.kinds))))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts are wanted; what is left empty narrows nothing.

    Attributes:
        kinds: an alert that has any of them, its most severe one or not.
        since, until: bounds of opened_at, UTC seconds; the first is included, the second is not.
        verdicts: "none" stands for alerts that nobody has judged.
        text: words, or their beginnings, that all stand in one alert's notes.
        zones: names; of an alert that was in any of them.
    """

    cameras: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    states: tuple[Literal["open", "closed"], ...] = ()
    severities: tuple[Severity, ...] = ()
    verdicts: tuple[Literal[Verdict, "none"], ...] = ()
    acknowledged: bool | None = None
    since: float | None = None
    until: float | None = None
    text: str | None = None
    zones: tuple[str, ...] = ()


class ArchivedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as the archive has it, with what people did about it.

    Attributes:
        acknowledged_at, acknowledged_by: of the acknowledgement that holds; None without one.
        verdict, verdict_by: the newest verdict and its author.
        notes: how many notes it has.
    """

    alert: Alert
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None
    verdict: Verdict | None = None
    verdict_by: str | None = None
    notes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change by somebody.

    Attributes:
        origin: where it came from, such as an address or the command line.
        details: what was before, what is after; JSON values.
    """

    at: float
    author: str
    origin: str
    action: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedAlert:
    """One version of an alert on its way into the archive.

    Attributes:
        poses: the clip of its peak; None leaves the one that the archive has.
    """

    alert: Alert
    poses: AlertPoses | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedAct:
    """One act on its way into the archive."""

    alert: str
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAlert:
    """One alert with all that the archive has of it.

    Attributes:
        poses: the clip of its peak, where there is one.
        acts: in the order of their events.
    """

    archived: ArchivedAlert
    poses: AlertPoses | None
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PersonPose:
    """One person in one frame of an episode.

    Attributes:
        number: of the track.
        joints: float32 (17, 3): x_px, y_px, confidence.
    """

    number: int
    joints: Float32


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """The person of an alert, where seen, and those beside, at one time (UTC seconds)."""

    at: float
    people: tuple[PersonPose, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeState:
    """How far the recording of an alert's poses came.

    Attributes:
        read: id of the last view that was looked at; "0-0" before the first.
        pieces, frames: how many there are.
        width_px, height_px: of the picture; 0 before the first frame.
        thinned_from: since when only one frame a second is kept; None while all are.
        complete: nothing was missed.
        done: nothing more comes.
    """

    alert: Alert
    read: str = "0-0"
    pieces: int = 0
    frames: int = 0
    width_px: int = 0
    height_px: int = 0
    thinned_from: float | None = None
    complete: bool = True
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePiece:
    """Frames to add to a recording, and how far it comes with them.

    Attributes:
        state: `pieces` counts this one, if it has frames.
    """

    state: EpisodeState
    frames: Sequence[PoseFrame]


class Snooze(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which alerts of a site, a camera, a zone or a kind are not sent on.

    Attributes:
        camera, kind, zone: what it fits; None: any.
        until: UTC seconds.
        reason: why, in somebody's words; empty: nobody said.
        stopped_at, stopped_by: when and by whom it was ended before its time.
    """

    id: str
    camera: str | None
    kind: Kind | None
    until: float
    reason: str
    author: str
    created_at: float
    stopped_at: float | None = None
    stopped_by: str | None = None
    zone: str | None = None

    @property
    def changed_at(self) -> float:
        """When it was made or stopped, whichever is later."""
        return self.created_at if self.stopped_at is None else self.stopped_at

    def is_over(self, at: float) -> bool:
        """Tell whether it was over by then."""
        return at >= (self.until if self.stopped_at is None else self.stopped_at)

    def holds_at(self, at: float) -> bool:
        """Tell whether it holds then."""
        return not self.is_over(at)

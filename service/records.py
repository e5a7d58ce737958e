"""What the archive keeps of an alert, and how it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from inference.types import Act, Alert, AlertPoses, Kind, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts are wanted; what is left empty narrows nothing.

    Attributes:
        since, until: bounds of opened_at, UTC seconds; the first is included, the second is not.
        verdicts: "none" stands for alerts that nobody has judged.
        text: words, or their beginnings, that all stand in one alert's notes.
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

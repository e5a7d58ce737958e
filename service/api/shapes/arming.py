"""Shapes of `/arming`."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from inference.types import Kind

CLOCK_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
DAY_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MODE_PATTERN = "^[a-z0-9-]{1,32}$"
Clock: TypeAlias = Annotated[str, msgspec.Meta(pattern=CLOCK_PATTERN)]
Day: TypeAlias = Annotated[str, msgspec.Meta(pattern=DAY_PATTERN)]
ModeName: TypeAlias = Annotated[str, msgspec.Meta(pattern=MODE_PATTERN)]


class ArmingMode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is armed while a mode holds.

    Attributes:
        armed: false: nothing is.
        cameras: names; null: all.
        kinds: of alerts; null: all.
    """

    armed: bool = True
    cameras: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] | None = None


class ArmingEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mode that holds on the days of a rule.

    Attributes:
        rule: RFC 5545, for days, such as FREQ=WEEKLY;BYDAY=MO,TU.
        start: local time.
        end: local time, of the next day where it is not after start.
        since: the day from which the rule counts.
    """

    mode: ModeName
    rule: str
    start: Clock = "00:00"
    end: Clock = "00:00"
    since: Day = "2024-01-01"


class ArmingHoliday(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day with a mode of its own, from midnight to midnight."""

    date: Day
    mode: ModeName


class ArmingParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a plan says of when which cameras and kinds are armed.

    Attributes:
        time_zone: that of the calendar's times, such as Europe/Berlin.
        modes: by name.
        otherwise: the mode when no entry and no holiday holds; null: the first of the modes.
        calendar: where two overlap, the one further down holds.
        holidays: they hold in place of the calendar.
    """

    time_zone: str
    modes: dict[ModeName, ArmingMode]
    otherwise: ModeName | None = None
    calendar: tuple[ArmingEntry, ...] = ()
    holidays: tuple[ArmingHoliday, ...] = ()


class ArmingBody(ArmingParts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When which cameras and kinds are armed.

    Attributes:
        expected: the version that the plan must still have; without it any.
    """

    expected: Annotated[int, msgspec.Meta(ge=0)] | None = None


class ArmingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A mode that comes by itself at a time, UTC seconds."""

    at: float
    mode: str


class ArmingInfo(ArmingParts, frozen=True, kw_only=True):
    """What is armed now, and when that changes.

    Attributes:
        mode: the one that holds.
        chosen: the mode that somebody chose; null: the calendar decides.
        until: when the calendar decides again, UTC seconds; null: when somebody lets it.
        by: who chose.
        since: when they chose, UTC seconds.
        next: the next mode that comes by itself; null: none within 35 days.
        origin: what the plan is from: the site file, or what was set over the API in its place.
        version: of the plan that was set over the API; 0: the site file's holds.
    """

    mode: str
    chosen: str | None
    until: float | None
    by: str | None
    since: float | None
    next: ArmingChange | None
    origin: Literal["file", "api"]
    version: int


class ModeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mode that somebody chooses.

    Attributes:
        mode: null: the calendar decides again.
        until: when the calendar decides again, UTC seconds or ISO 8601; null: at the next choice.
    """

    mode: str | None
    until: float | str | None = None


class ArmingBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A mode that the calendar lets hold from one time to another, UTC seconds."""

    begin: float = msgspec.field(name="from")
    end: float = msgspec.field(name="to")
    mode: str


class ArmedBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether one camera is armed, whatever the mode says, until the mode changes.

    Attributes:
        armed: null: the mode decides again.
    """

    armed: bool | None


class ArmedInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What of one camera is armed now.

    Attributes:
        armed: whether anything is.
        by_hand: what somebody chose for this camera; null: the mode decides.
    """

    armed: bool
    by_hand: bool | None

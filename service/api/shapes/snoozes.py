"""Shapes of `/snoozes`."""

from typing import Annotated

import msgspec

from inference.types import Kind
from service.api.shapes.times import BodyTime
from service.records import Snooze
from tracker.zones.zone import NAME_CHARACTERS


class SnoozeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to keep back, until when, and why; without camera, zone and kind, all.

    Attributes:
        until: UTC seconds or ISO 8601, at most 30 days ahead; without an offset it is UTC.
        reason: a line that says why; empty where nobody said.
    """

    until: BodyTime
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    camera: str | None = None
    kind: Kind | None = None
    zone: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)] | None = None


class ListedSnooze(Snooze, frozen=True, kw_only=True):
    """A snooze and what it does.

    Attributes:
        active: alerts that fit it are kept back now.
        hidden: how many alerts it has kept back so far; None where the archive does not say.
    """

    active: bool
    hidden: int | None

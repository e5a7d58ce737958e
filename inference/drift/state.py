"""Moves a camera between `ok`, `drifting` and `recalibrating`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import msgspec

from inference.drift import sentences as said
from inference.drift.hours import HOUR_S, Hours
from inference.drift.record import DriftRecord, SignName
from inference.drift.signs import REFERENCE_HOURS, agrees, signs_of, week_begin
from tracker.wording import Sentence, Wording

WORDS: Mapping[SignName, Wording] = {
    "p-values": said.P_VALUES,
    "confidence": said.CONFIDENCE,
    "height": said.HEIGHT,
    "track-length": said.TRACK_LENGTH,
    "scene": said.SCENE,
}


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """When a new scene is known well enough.

    Attributes:
        live_hours: so long there were frames since it was accepted.
        people_hours: so many hours had people.
        back_hours: so many hours with people must be as before for a drift to be over.
    """

    live_hours: float = 24.0
    people_hours: int = 6
    back_hours: int = 18


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a camera now.

    Attributes:
        hours: those that are over.
        live_hours: how long there were frames since the record's `counts_from`.
        now: UTC seconds.
    """

    hours: Hours
    live_hours: float
    now: float


def judged(record: DriftRecord, seen: Seen, options: DriftOptions | None = None) -> DriftRecord:
    """Return the record as it is now; its number is whoever keeps it to count on."""
    chosen = options or DriftOptions()
    first = int(-(-record.counts_from // HOUR_S))
    hours = seen.hours.between(first, int(seen.now // HOUR_S))
    if record.state == "drifting":
        return _is_back(record, hours, chosen)
    week = week_begin(int(seen.now // HOUR_S))
    compared = hours.between(week - REFERENCE_HOURS, int(seen.now // HOUR_S))
    found = signs_of(compared, max(week, first))
    signs = tuple(sign for sign, _ in found)
    changed = msgspec.structs.replace(record, signs=signs)
    raised = [since for sign, since in found if sign.is_drift]
    if raised:
        return msgspec.structs.replace(
            changed,
            state="drifting",
            since=min(raised) * HOUR_S,
        )
    enough = seen.live_hours >= chosen.live_hours and len(hours.numbers) >= chosen.people_hours
    if record.state == "recalibrating" and enough:
        return msgspec.structs.replace(changed, state="ok", since=None)
    return changed


def _is_back(record: DriftRecord, hours: Hours, options: DriftOptions) -> DriftRecord:
    """Return `ok` once people look as they did before the drift."""
    since = int((record.since or 0.0) // HOUR_S)
    raised_at = int(max((sign.at for sign in record.signs), default=0.0) // HOUR_S)
    if not agrees(hours, since, raised_at, options.back_hours):
        return record
    return msgspec.structs.replace(record, state="ok", since=None)


def accepted(record: DriftRecord, now: float) -> DriftRecord:
    """Take what is seen since the drift began as usual from now on.

    Raises:
        ValueError: the camera does not drift.
    """
    if record.state != "drifting" or record.since is None:
        raise ValueError(said.NOT_DRIFTING(state=record.state))
    return msgspec.structs.replace(
        record,
        number=record.number + 1,
        state="recalibrating",
        counts_from=record.since,
        accepted_at=now,
        signs=(),
    )


def reason_of(record: DriftRecord) -> Sentence:
    """Return what drifts, in a sentence."""
    strong = [WORDS[each.sign]() for each in record.signs if each.is_drift] or [said.OF_PEOPLE()]
    what = reduce(lambda first, second: said.BOTH(first=first, second=second), strong)
    return said.CHANGED(what=what)

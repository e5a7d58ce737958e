"""Shapes of `/watched`, `/cameras/{name}/watched` and `/cameras/{name}/drift`."""

import msgspec

from inference.drift.record import DriftName, DriftSign
from service.sentences.shown import ShownSentence
from tracker.scene_block import Unwatched


class WatchedHour(msgspec.Struct, frozen=True, kw_only=True, rename={"begin_at": "from"}):
    """One hour of a camera.

    Attributes:
        begin_at: UTC seconds.
        live_s: how long there were frames; without them nobody is watched, and nobody counted.
        people_s: seconds of people: two people for a minute are 120. None in ignored zones.
        unwatched_s: those of them in which nobody's movement could be judged.
        reasons: the same by reason.
    """

    begin_at: float
    live_s: float
    people_s: float
    unwatched_s: float
    reasons: dict[Unwatched, float]


class WatchedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How much of people's time before a camera is not watched; hours without frames lack.

    Attributes:
        since, until: UTC seconds, whole hours.
    """

    camera: str
    since: float
    until: float
    hours: list[WatchedHour]


class WatchedSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence as its code and what stands in it: page and outputs have it in each language.

    Attributes:
        code: the main reason.
        parameters: camera, percent and least_px.
    """

    code: Unwatched
    parameters: dict[str, str | int]


class WatchedCamera(msgspec.Struct, frozen=True, kw_only=True):
    """The last 24 hours of one camera.

    Attributes:
        live_s, people_s, unwatched_s, reasons: as of an hour.
        main_reason: None: less than a twentieth is not watched, or hardly anybody came.
        sentence: that, to be said in any language; None where there is no main reason.
        text: the same in English.
    """

    camera: str
    live_s: float
    people_s: float
    unwatched_s: float
    reasons: dict[Unwatched, float]
    main_reason: Unwatched | None
    sentence: WatchedSentence | None
    text: str | None


class DriftInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what a camera sees of people is still what it used to see.

    Attributes:
        state: `drifting`: it is not; no calibration is made of it. `recalibrating`: somebody took
            what it sees now as usual, and there is too little of that yet.
        since: from when on it looks otherwise, UTC seconds; None: `ok`.
        signs: what is watched, as it was last judged; those above their limit drift.
        accepted_at: when somebody last took the new scene as usual; None: never.
        reason, remedy: in a sentence; None: `ok`.
        reason_sentence, remedy_sentence: these, to be said in any language; None where there is
            none.
    """

    camera: str
    state: DriftName
    since: float | None
    signs: list[DriftSign]
    accepted_at: float | None
    reason: str | None
    remedy: str | None
    reason_sentence: ShownSentence | None = None
    remedy_sentence: ShownSentence | None = None

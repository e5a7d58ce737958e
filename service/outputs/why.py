"""Writes why there is an alert, in a sentence of any language.

The page writes the same sentences, from `service/page/texts`; a test holds the two together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from inference.types import BodyPart, Explanation, ExplanationCode

Rare: TypeAlias = Literal["fall", "running", "fight", "movement"]
Unit: TypeAlias = Literal["seconds", "minutes", "hours", "days"]
# Beyond this the model card's tail is a guess; what people do every hour is not rare.
LONGEST_RARITY_H, LEAST_RARITY_H = 1000.0, 1.0
# What the most unusual of so long is called.
RARE: Mapping[ExplanationCode, Rare] = {
    "fall": "fall",
    "fall_fast": "fall",
    "down": "fall",
    "down_fast": "fall",
    "running": "running",
    "running_walk": "running",
    "fight": "fight",
    "fight_strikes": "fight",
    "fight_shoves": "fight",
    "movement": "movement",
    "movement_part": "movement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyWords:
    """One language's words; `{name}` is filled in.

    Attributes:
        what: what was seen, without a full stop.
        here: that it was the clearest for a time before the camera.
        ordinary: that people do so once in a time; beyond: that they do not in 1000 hours.
        times: one and several of each unit.
        sentence, rare: the whole, without and with how rare it is.
    """

    what: Mapping[ExplanationCode, str]
    here: Mapping[Rare, str]
    ordinary: str
    beyond: str
    parts: Mapping[BodyPart, str]
    times: Mapping[Unit, tuple[str, str]]
    sentence: str
    rare: str


def why_sentence(explanation: Explanation, words: WhyWords) -> str:
    """Return the sentence of an explanation."""
    facts = explanation.parameters
    what = words.what[explanation.code].format(
        within=_number(facts.within_s),
        times=_number(facts.times),
        lasted=_time(facts.lasted_s, words),
        limit=_time(facts.limit_s, words),
        zone=facts.zone or "",
        part="" if facts.part is None else words.parts[facts.part],
    )
    rare = _rare(explanation, words)
    if rare is None:
        return words.sentence.format(what=what)
    return words.rare.format(what=what, rare=rare)


def _rare(explanation: Explanation, words: WhyWords) -> str | None:
    facts, kind = explanation.parameters, RARE.get(explanation.code)
    if kind is None:
        return None
    if facts.here_h is not None:
        return words.here[kind].format(time=_time(facts.here_h * 3600, words))
    if facts.ordinary_h is None or facts.ordinary_h < LEAST_RARITY_H:
        return None
    if facts.ordinary_h >= LONGEST_RARITY_H:
        return words.beyond
    return words.ordinary.format(time=_time(facts.ordinary_h * 3600, words))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _time(seconds: float | None, words: WhyWords) -> str:
    """Return a time in its largest fitting unit, at least a second."""
    if seconds is None:
        return ""
    whole = max(_rounded(seconds), 1)
    units: tuple[tuple[float, Unit, int], ...] = (
        (60, "seconds", 1),
        (5400, "minutes", 60),
        (129_600, "hours", 3600),
        (math.inf, "days", 86_400),
    )
    unit, size = next((unit, size) for below, unit, size in units if whole < below)
    count = _rounded(whole / size)
    one, several = words.times[unit]
    return (one if count == 1 else several).format(count=count)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)  # as JavaScript rounds

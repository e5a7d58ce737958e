"""Sentences as messages have them: code, values and the English text."""

import math
from typing import TypeAlias

import msgspec

from tracker.wording import Sentence, Value


class ShownSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence within another one.

    Attributes:
        code: which sentence of the catalogue; None: it has the text alone.
        values: what fills it in, by name.
        text: English.
    """

    code: str | None
    values: "dict[str, ShownValue]"
    text: str


ShownValue: TypeAlias = str | float | ShownSentence | list[str | ShownSentence]


def shown_values(sentence: Sentence) -> dict[str, ShownValue]:
    """Return a sentence's values as a message has them."""
    return {name: _shown(value) for name, value in sentence.values.items()}


def shown_if_known(text: str | None) -> ShownSentence | None:
    """Return a text as a sentence of a message where it is one with a code; None: it is none."""
    return shown_sentence(text) if isinstance(text, Sentence) and text.code else None


def shown_sentence(sentence: Sentence) -> ShownSentence:
    """Return a sentence as a message has it."""
    return ShownSentence(code=sentence.code, values=shown_values(sentence), text=str(sentence))


def _shown(value: Value) -> ShownValue:
    if isinstance(value, Sentence):
        return shown_sentence(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    if isinstance(value, str | float | int):
        return value
    return [shown_sentence(each) if isinstance(each, Sentence) else each for each in value]

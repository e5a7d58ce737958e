"""Sentences for people that programs understand, too: a code and values beside the English text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import TypeAlias, Union

Value: TypeAlias = Union[str, float, "Sentence", Sequence["str | Sentence"]]


class Sentence(str):
    """An English text that knows what it says, so that others can say it in their language.

    It is a text like every other, so that logs, errors and the command line need not know of it;
    whatever makes another text of it (`str`, `strip`, `+`) makes a plain one. msgspec encodes
    plain ones only: pass `str(sentence)` where a message is made.

    Attributes:
        code: which sentence of the catalogue it is; None of a text that has none, such as what
            another program said.
        values: what fills it in, by name.
    """

    __slots__ = ("code", "values")
    code: str | None
    values: Mapping[str, Value]

    def __new__(
        cls, text: str, code: str | None = None, values: Mapping[str, Value] | None = None
    ) -> "Sentence":
        """Return the text with its code and values."""
        made = super().__new__(cls, text)
        made.code, made.values = code, values or {}
        return made

    def __reduce__(self) -> tuple[type["Sentence"], tuple[str, str | None, Mapping[str, Value]]]:
        """Keep code and values where it is copied or sent to another process."""
        return Sentence, (str(self), self.code, self.values)


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence of the catalogue.

    Attributes:
        code: its name, of two words at least, such as `snooze.too-many`; it never changes.
        english: its text; `{name}` is filled in, with Python's formats of numbers and texts.
    """

    code: str
    english: str

    def __call__(self, **values: Value) -> Sentence:
        """Return the sentence, filled in.

        Raises:
            KeyError: a value is missing.
        """
        shown = {name: _shown(value) for name, value in values.items()}
        return Sentence(self.english.format_map(shown), self.code, values)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of its values."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.english) if name)


NOTHING = Wording("sentence.none", "none")
JOINED = Wording("sentence.joined", "{parts}")


def sentence_of(said: object) -> Sentence:
    """Return what an error or a text says; without a code where it has none."""
    if isinstance(said, BaseException) and len(said.args) == 1:
        (first,) = said.args
        return first if isinstance(first, Sentence) else Sentence(str(said))
    return said if isinstance(said, Sentence) else Sentence(str(said))


def joined(parts: Iterable[str]) -> Sentence:
    """Return several sentences as one; a single one is itself."""
    sentences = [sentence_of(part) for part in parts]
    if len(sentences) == 1:
        return sentences[0]
    return JOINED(parts=sentences)


def _shown(value: Value) -> str | float:
    """Return a value as English texts have it: names in a row, sentences one after the other."""
    if isinstance(value, str | float | int):
        return value
    between = "; " if any(isinstance(each, Sentence) for each in value) else ", "
    return between.join(value) or NOTHING.english

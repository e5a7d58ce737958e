"""The words of notes: found by their beginnings, in upper or lower case."""

import re
import unicodedata

LONGEST = 24
_WORD = re.compile(r"\w+")


def words_in(text: str) -> list[str]:
    """Return the words of a text as they are looked up, each once."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(plain)))


def beginnings_in(text: str) -> set[str]:
    """Return the beginnings of a text's words, the whole words among them."""
    return {word[:end] for word in words_in(text) for end in range(1, len(word) + 1)}

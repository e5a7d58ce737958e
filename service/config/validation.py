"""Says what pydantic found wrong, by path and without quoting values, which may be secrets."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import TypeAlias

from pydantic import ValidationError

from service.config.patterns import ADDRESS_PATTERN, LABEL_PATTERN, LEVEL_PATTERN, NAME_PATTERN
from service.config.problem import ConfigProblem
from service.sentences import values
from service.sentences.validators import of_pydantic
from tracker.wording import Sentence, sentence_of

# Steps into settings: keys, and numbers in lists.
Place: TypeAlias = tuple[int | str, ...]

# What the patterns of settings ask for, in words.
PATTERNS = {
    NAME_PATTERN: values.NAME_CHARACTERS(),
    ADDRESS_PATTERN: values.NO_PAGE_ADDRESS(one="http://", other="https://"),
    LABEL_PATTERN: values.LABEL_CHARACTERS(),
    LEVEL_PATTERN: values.LEVEL_CHARACTERS(),
}


def validation_problems(err: ValidationError, given: object) -> Iterator[ConfigProblem]:
    """Yield each problem of given settings with the path of its setting."""
    for each in err.errors(include_url=False, include_input=False):
        text = error_sentence(each["type"], each["msg"], each.get("ctx", {}))
        yield ConfigProblem(dotted(place_of(each["loc"], given, each["type"])), text)


def error_sentence(kind: str, message: str, context: Mapping[str, object]) -> Sentence:
    """Return one line about a problem that pydantic found; without the value, maybe a secret.

    Args:
        kind, message, context: type, msg and ctx of pydantic's error.
    """
    said = context.get("error")
    if isinstance(said, ValueError) and sentence_of(said).code is not None:
        return sentence_of(said)
    if (pattern := PATTERNS.get(str(context.get("pattern", "")))) is not None:
        return pattern
    return of_pydantic(kind, context) or Sentence(one_line(message.removeprefix("Value error, ")))


def one_line(text: str) -> str:
    """Return the text without line breaks."""
    return re.sub(r"\s+", " ", text)


def place_of(
    location: Place, given: object, kind: str, left_out: Set[Place] = frozenset()
) -> Place:
    """Return where in the given settings a problem is: pydantic names its own choices, too.

    Args:
        location, kind: loc and type of pydantic's error.
        given: the settings.
        left_out: places of them that pydantic did not get.
    """
    place: Place = ()
    node = given
    for part in location:
        if isinstance(node, list | tuple) and isinstance(part, int):
            kept = [each for each in range(len(node)) if (*place, each) not in left_out]
            place, node = (*place, kept[part]), node[kept[part]]
        elif isinstance(node, Mapping) and part in node:
            place, node = (*place, part), node[part]
    if kind == "missing":
        return (*place, location[-1])
    return place


def dotted(place: Place) -> str:
    """Return a place as people write it, such as `cameras[0].name`."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return parts.removeprefix(".")

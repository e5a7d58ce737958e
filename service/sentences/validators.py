"""Says what pydantic and msgspec found in sentences of the catalogue."""

import re
from collections.abc import Iterator, Mapping

from service.sentences import values
from tracker.wording import Sentence, Wording

# What pydantic calls them; what fills them in is its context under the same or these names.
_OF_PYDANTIC: Mapping[str, Wording] = {
    "missing": values.MISSING,
    "extra_forbidden": values.UNKNOWN_SETTING,
    "unexpected_keyword_argument": values.UNKNOWN_SETTING,
    "model_type": values.NO_MAPPING,
    "dataclass_type": values.NO_MAPPING,
    "dict_type": values.NO_MAPPING,
    "tuple_type": values.NO_LIST,
    "list_type": values.NO_LIST,
    "string_type": values.NO_TEXT,
    "float_type": values.NO_NUMBER,
    "float_parsing": values.NO_NUMBER,
    "finite_number": values.NO_NUMBER,
    "int_type": values.NO_WHOLE_NUMBER,
    "int_parsing": values.NO_WHOLE_NUMBER,
    "int_parsing_size": values.NO_WHOLE_NUMBER,
    "int_from_float": values.NO_WHOLE_NUMBER,
    "bool_type": values.NO_SWITCH,
    "bool_parsing": values.NO_SWITCH,
    "greater_than": values.NOT_ABOVE,
    "greater_than_equal": values.TOO_SMALL,
    "less_than": values.NOT_BELOW,
    "less_than_equal": values.TOO_LARGE,
    "string_too_short": values.TOO_SHORT,
    "string_too_long": values.TOO_LONG,
    "too_short": values.TOO_FEW,
    "too_long": values.TOO_MANY,
    "literal_error": values.NONE_OF,
    "enum": values.NONE_OF,
    "date_type": values.NO_DAY,
    "date_parsing": values.NO_DAY,
    "date_from_datetime_parsing": values.NO_DAY,
    "time_type": values.NO_CLOCK,
    "time_parsing": values.NO_CLOCK,
    "union_tag_not_found": values.NO_TYPE,
    "union_tag_invalid": values.WRONG_TYPE,
}
_NAMES_OF_PYDANTIC = {
    "gt": "limit",
    "lt": "limit",
    "ge": "least",
    "le": "most",
    "min_length": "least",
    "max_length": "most",
    "expected": "known",
    "expected_tags": "known",
    "tag": "given",
    "discriminator": "setting",
}
# What msgspec writes, and the sentence that says the same.
_OF_MSGSPEC: tuple[tuple[re.Pattern[str], Wording], ...] = tuple(
    (re.compile(pattern), wording)
    for pattern, wording in (
        (r"Expected `(?P<wanted>.+)`, got `(?P<given>.+)`", values.EXPECTED),
        (r"Expected `(?P<wanted>[^`]+)` of length >= (?P<limit>\d+)", values.EXPECTED_LONGER),
        (r"Expected `(?P<wanted>[^`]+)` of length <= (?P<limit>\d+)", values.EXPECTED_SHORTER),
        (r"Expected `(?P<wanted>[^`]+)` of length (?P<limit>\d+)", values.EXPECTED_LENGTH),
        (r"Expected `(?P<wanted>[^`]+)` >= (?P<limit>\S+)", values.EXPECTED_LEAST),
        (r"Expected `(?P<wanted>[^`]+)` <= (?P<limit>\S+)", values.EXPECTED_MOST),
        (r"Expected `(?P<wanted>[^`]+)` > (?P<limit>\S+)", values.EXPECTED_ABOVE),
        (r"Expected `(?P<wanted>[^`]+)` < (?P<limit>\S+)", values.EXPECTED_BELOW),
        (r"Object missing required field `(?P<field>.+)`", values.FIELD_MISSING),
        (r"Object contains unknown field `(?P<field>.+)`", values.FIELD_UNKNOWN),
        (r"Invalid enum value (?P<value>.+)", values.VALUE_UNKNOWN),
    )
)


def of_pydantic(kind: str, context: Mapping[str, object]) -> Sentence | None:
    """Return what a validator of this kind says; None where the catalogue does not have it.

    Args:
        context: what fills it in, as pydantic gives it.
    """
    # A secret's length is that of its text, which pydantic calls a value.
    of_text = context.get("field_type") == "Value"
    wording = _OF_PYDANTIC.get(f"string_{kind}" if of_text else kind)
    if wording is None:
        return None
    found = dict(_plain(context))
    if not wording.names <= found.keys():
        return None
    return wording(**{name: found[name] for name in wording.names})


def of_msgspec(text: str) -> Sentence:
    """Return what a decoder says as a sentence; it gives texts alone."""
    for pattern, wording in _OF_MSGSPEC:
        if (match := pattern.fullmatch(text)) is not None:
            return wording(**match.groupdict())
    return Sentence(text)


def _plain(context: Mapping[str, object]) -> Iterator[tuple[str, str | float]]:
    for name, value in context.items():
        shown = value if isinstance(value, int | float) else str(value)
        # Tags and discriminators come in quotes.
        if isinstance(shown, str) and name in ("tag", "discriminator"):
            shown = shown.strip("'")
        yield _NAMES_OF_PYDANTIC.get(name, name), shown

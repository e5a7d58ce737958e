"""Says what pydantic found wrong, by path and without quoting values, which may be secrets."""

import re
from collections.abc import Iterator

from pydantic import ValidationError

from service.config.patterns import ADDRESS_PATTERN, LABEL_PATTERN, LEVEL_PATTERN, NAME_PATTERN
from service.config.problem import ConfigProblem

_UNKNOWN, _NO_MAPPING = "no such setting; check its spelling", "must be a mapping of settings"
_ERROR_TEXTS = {"extra_forbidden": _UNKNOWN, "unexpected_keyword_argument": _UNKNOWN}
_ERROR_TEXTS |= {
    "model_type": _NO_MAPPING,
    "dataclass_type": _NO_MAPPING,
    "tuple_type": "must be a list",
}


# What the patterns of settings ask for, in words.
PATTERNS = {
    NAME_PATTERN: "may have small letters from a to z, digits and hyphens, such as front-door",
    ADDRESS_PATTERN: "must begin with http:// or https://",
    LABEL_PATTERN: "may have up to 40 letters, digits, spaces, hyphens and underscores",
    LEVEL_PATTERN: "may have up to 64 letters, digits, hyphens and underscores",
}


def validation_problems(err: ValidationError) -> Iterator[ConfigProblem]:
    """Yield each problem with the path of its setting."""
    for each in err.errors(include_url=False, include_input=False):
        pattern = str(each.get("ctx", {}).get("pattern", ""))
        text = PATTERNS.get(pattern) or error_text(each["type"], each["msg"])
        yield ConfigProblem(_dotted(each["loc"]), text)


def error_text(kind: str, message: str) -> str:
    """Return one line about a problem that pydantic found."""
    return _ERROR_TEXTS.get(kind) or one_line(message.removeprefix("Value error, "))


def one_line(text: str) -> str:
    """Return the text without line breaks."""
    return re.sub(r"\s+", " ", text)


def _dotted(location: tuple[int | str, ...]) -> str:
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return parts.removeprefix(".")

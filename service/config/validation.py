"""Says what pydantic found wrong, by path and without quoting values, which may be secrets."""

import re
from collections.abc import Iterator

from pydantic import ValidationError

from service.config.problem import ConfigProblem

_UNKNOWN, _NO_MAPPING = "no such setting; check its spelling", "must be a mapping of settings"
_ERROR_TEXTS = {"extra_forbidden": _UNKNOWN, "unexpected_keyword_argument": _UNKNOWN}
_ERROR_TEXTS |= {
    "model_type": _NO_MAPPING,
    "dataclass_type": _NO_MAPPING,
    "tuple_type": "must be a list",
}


def validation_problems(err: ValidationError) -> Iterator[ConfigProblem]:
    """Yield each problem with the path of its setting."""
    for each in err.errors(include_url=False, include_input=False):
        yield ConfigProblem(_dotted(each["loc"]), error_text(each["type"], each["msg"]))


def error_text(kind: str, message: str) -> str:
    """Return one line about a problem that pydantic found."""
    return _ERROR_TEXTS.get(kind) or one_line(message.removeprefix("Value error, "))


def one_line(text: str) -> str:
    """Return the text without line breaks."""
    return re.sub(r"\s+", " ", text)


def _dotted(location: tuple[int | str, ...]) -> str:
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return parts.removeprefix(".")

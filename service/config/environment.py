"""Reads settings from environment variables: `POSEWARDEN_REDIS__URL` sets `redis.url`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from service.config.problem import ConfigProblem
from service.config.settings import Settings

PREFIX = "POSEWARDEN_"
SECTIONS = frozenset({"redis", "alerts", "traces"})
# Lists and whole sections do not fit into plain text.
JSON_FIELDS = SECTIONS | {"cameras", "model_folders"}


def read_environment(variables: Mapping[str, str]) -> tuple[dict[str, Any], list[ConfigProblem]]:
    """Return the settings that the variables name, and what is wrong with these names and values.

    A variable of a section's field wins over one that holds the section as JSON.
    """
    ours = sorted(
        (name[len(PREFIX) :].lower().split("__"), name, value)
        for name, value in variables.items()
        if name.upper().startswith(PREFIX)
    )
    settings: dict[str, Any] = {}
    problems: list[ConfigProblem] = []
    for path, name, value in ours:  # a section sorts before its fields
        if found := list(_name_problems(name, path)):
            problems += found
            continue
        field, *rest = path
        try:
            if rest:
                settings.setdefault(field, {})["__".join(rest)] = value
            else:
                settings[field] = json.loads(value) if field in JSON_FIELDS else value
        except (ValueError, RecursionError):
            problems.append(ConfigProblem(f"environment {name}", "is not JSON, as lists must be"))
        except TypeError:
            problems.append(ConfigProblem(f"environment {name}", f"{field} is not an object"))
    return settings, problems


def _name_problems(name: str, path: list[str]) -> Iterator[ConfigProblem]:
    field, *rest = path
    if field not in Settings.model_fields:
        known = ", ".join(PREFIX + each.upper() for each in Settings.model_fields)
        yield ConfigProblem(f"environment {name}", f"no such setting; known are {known}")
    elif rest and field not in SECTIONS:
        yield ConfigProblem(f"environment {name}", f"{field} has no fields of its own")

"""Loads the configuration: flags over environment over YAML over defaults, checked as a whole.

Only the command line calls `load`; nothing else reads the environment.
"""

import os
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from service.config.environment import read_environment
from service.config.every_problem import every_problem
from service.config.problem import ConfigProblem
from service.config.secret_files import read_secrets
from service.config.settings import Settings
from service.config.validation import one_line
from tracker.errors import ConfigError

MAX_FILE_BYTES = 1_000_000


def _nothing_more(_: Mapping[str, Any]) -> Iterable[ConfigProblem]:
    return ()


def load(
    path: Path | None,
    overrides: Mapping[str, Any] | None = None,
    more_problems: Callable[[Mapping[str, Any]], Iterable[ConfigProblem]] = _nothing_more,
    *,
    without: Collection[str] = (),
) -> Settings:
    """Return the configuration.

    Args:
        path: the YAML file, or None for defaults and environment alone.
        overrides: the flags, as nested fields; they win over everything.
        more_problems: what else is wrong with the settings, whose types were not checked.
        without: settings that are not read, nor files that they name: who loads has no use for
            them, and may not have been given their secrets.

    Raises:
        ConfigError: names every problem with its path, one a line.
    """
    from_file = {} if path is None else _read(path)
    from_environment, problems = read_environment(os.environ)
    merged: dict[str, Any] = {}
    for layer in (from_file, from_environment, overrides or {}):
        # Secrets per layer, so that a secret of a higher layer wins over a file of a lower one.
        wanted = {key: value for key, value in layer.items() if key not in without}
        resolved, unread = read_secrets(wanted)
        merged = _merge(merged, resolved)
        problems += unread
    problems += _duplicate_names(merged.get("cameras"))
    problems += more_problems(merged)
    try:
        settings = Settings(**merged)
    except ValidationError:
        problems += every_problem(merged)
    if problems:
        origin = "configuration" if path is None else str(path)
        raise ConfigError("\n".join(f"{origin}: {problem}" for problem in problems))
    return settings


@dataclass(frozen=True, slots=True)
class Layers:
    """What was given where, as nested settings.

    Attributes:
        file: of the YAML file.
        environment: of POSEWARDEN_… variables, which win.
    """

    file: Mapping[str, Any]
    environment: Mapping[str, Any]


def read_layers(path: Path) -> Layers:
    """Return what the file and the environment give.

    Raises:
        ConfigError: the file does not read.
    """
    return Layers(_read(path), read_environment(os.environ)[0])


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise ConfigError(f"{path}: cannot be read: {err.strerror or err}") from err
    if len(text) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; that is no configuration")
    try:
        content = yaml.load(text, _UniqueKeys)  # noqa: S506 -- a SafeLoader
    # Values that cannot be read, such as a 13th month, raise what the constructor happens to meet.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as err:
        # The causes quote the file, which may hold passwords.
        raise ConfigError(f"{path}: not readable as YAML: {_problem(err)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError(f"{path}: must be a mapping of settings, such as `cameras: [...]`")
    return content


def _problem(err: Exception) -> str:
    """Say what is wrong with the YAML and where, without a quotation."""
    mark = getattr(err, "problem_mark", None)
    said = getattr(err, "problem", None) or getattr(err, "reason", None)
    what = said or "a value does not read as what it looks like"
    where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return one_line(f"{what}{where}")


class _UniqueKeys(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice, where plain YAML keeps the last silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                continue  # a list or mapping: the base class refuses it
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(below, value) if both else value  # type: ignore[arg-type] # both are
    return merged


def _duplicate_names(cameras: object) -> Iterator[ConfigProblem]:
    seen: set[str] = set()
    for index, camera in enumerate(cameras if isinstance(cameras, list | tuple) else ()):
        name = camera.get("name") if isinstance(camera, Mapping) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            yield ConfigProblem(f"cameras[{index}].name", f"{name!r} names another camera already")
        seen.add(name)

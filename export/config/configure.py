"""Configuration of a command: flags override a YAML file, which overrides defaults.

A configuration is a frozen dataclass of sections, each a frozen dataclass. Every field of a section
is one flag and one key of the file; its sentence in the docstring is the help. Also checks of flags
that several commands have: frame rates and output folders.
"""

import argparse
import inspect
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml

from tracker.errors import ConfigError
from tracker.limits import MAX_FPS
from tracker.sources.local_file import local_path

C = TypeVar("C")
# What YAML and dataclasses hold: mappings, lists and plain values, nested.
Plain: TypeAlias = Any  # Any: checked by msgspec against the dataclasses
# A field's type, or a form such as Literal[...] or int | None.
Kind: TypeAlias = Any  # Any: types and forms share no base
MAX_FILE_BYTES = 1_000_000
# Values that cannot be constructed, such as a 13th month, raise errors of several types.
NOT_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field of one section.

    Attributes:
        flag: its long flag, such as ``--learning-rate``.
        others: further flags for the same field.
        path: its key in the file, such as ``training.learning_rate``.
        kind: the field's type.
        default: its value where neither file nor flag gives one, such as ``0.1``.
        meaning: its sentence in the docstring, shown as help.
    """

    flag: str
    others: tuple[str, ...]
    path: str
    kind: Kind
    default: object
    meaning: str


def settings(kind: type, others: Mapping[str, Sequence[str]] | None = None) -> list[Setting]:
    """List every setting of a configuration, section by section.

    Args:
        others: further flags by field name, such as those of another program.
    """
    also = others or {}
    found = []
    for section in fields(kind):
        part = get_type_hints(kind)[section.name]
        hints, meanings = get_type_hints(part), _meanings(part)
        for field in fields(part):
            default = field.default if field.default is not MISSING else None
            found.append(
                Setting(
                    flag="--" + field.name.replace("_", "-"),
                    others=tuple(also.get(field.name, ())),
                    path=f"{section.name}.{field.name}",
                    kind=hints[field.name],
                    default=default,
                    meaning=meanings.get(field.name, ""),
                )
            )
    return found


def add_flags(
    parser: argparse.ArgumentParser,
    kind: type,
    others: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Declare `--config` and one flag for every setting."""
    parser.add_argument("--config", type=Path, help="YAML file of settings; flags override it")
    for setting in settings(kind, others):
        parser.add_argument(
            setting.flag,
            *setting.others,
            dest=setting.path,
            default=argparse.SUPPRESS,
            help=f"{setting.meaning} [{shown(setting.default)}]".replace("%", "%%"),
            **_argparse_keywords(setting.kind, setting.path),
        )


def configure(
    kind: type[C],
    arguments: argparse.Namespace,
    beneath: Callable[[dict[str, Plain]], dict[str, Plain]] | None = None,
) -> C:
    """Build the configuration from the flags and, if given, the file.

    Args:
        beneath: from the values given, returns values to use in place of the other defaults.

    Raises:
        ConfigError: the file cannot be read, or a key or value is wrong; the text names its path.
    """
    file = getattr(arguments, "config", None)
    content = read_file(file) if file else {}
    given = vars(arguments)
    for setting in settings(kind):
        if setting.path in given:
            section, name = setting.path.split(".")
            _section(content, section)[name] = given[setting.path]
    for name, section in (beneath(content) if beneath else {}).items():
        given_here = _section(content, name)
        given_here.update({k: value for k, value in section.items() if k not in given_here})
    return checked(kind, content, origin=str(file) if file else "the flags")


def read_file(file: Path) -> dict[str, Plain]:
    """Read a YAML file of sections.

    Raises:
        ConfigError: it is absent, too large, or not a mapping.
    """
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(f"{file} has more than {MAX_FILE_BYTES} bytes; is it the right file?")
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror or err}") from err
    except NOT_YAML as err:
        raise ConfigError(f"{file} does not read as YAML: {yaml_error_text(err)}") from err
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{file} holds a {type(content).__name__}; write sections with keys")
    return content


def yaml_error_text(err: Exception) -> str:
    """Return in one line what is wrong with a YAML file, and where."""
    mark = getattr(err, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    if isinstance(err, yaml.reader.ReaderError):
        where = f"character {err.position + 1}: "
    text = getattr(err, "problem", None) or getattr(err, "reason", None) or str(err)
    return " ".join(f"{where}{text}".split())


def checked(kind: type[C], content: Plain, *, origin: str) -> C:
    """Build a configuration from plain values, strictly.

    Args:
        origin: the source of the values, for the error's text.

    Raises:
        ConfigError: a key is unknown or a value is wrong; the text names its path.
    """
    unknown = list(_unknown(kind, content, ""))
    if unknown:
        raise ConfigError(f"{origin}: unknown {', '.join(unknown)}; see --help for what there is")
    try:
        return msgspec.convert(content, kind, dec_hook=_decode)
    except msgspec.ValidationError as err:
        raise ConfigError(f"{origin}: {str(err).replace('`$.', '`')}") from err


def plain(configuration: object) -> dict[str, Plain]:
    """Return the sections as plain values for YAML and checkpoints; `checked` reads them back."""
    content: dict[str, Plain] = msgspec.to_builtins(
        asdict(configuration),  # type: ignore[call-overload]  # a dataclass, as in `settings`
        enc_hook=str,
    )
    return content


def written(configuration: object) -> str:
    """Return the configuration as YAML text that `read_file` and `checked` read back."""
    return yaml.safe_dump(plain(configuration), sort_keys=False, allow_unicode=True)


def shown(default: object) -> str:
    """Format a default for help and documents."""
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return " ".join(map(shown, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def check_rates(arguments: argparse.Namespace, *names: str) -> None:
    """Require the named frame rates to lie in (0, MAX_FPS]; None is a flag that was not given.

    Raises:
        ConfigError: the text names the flag.
    """
    for name in names:
        fps = getattr(arguments, name)
        if fps is not None and not 0 < fps <= MAX_FPS:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(f"{flag} is {fps:g}; it must lie in (0, {MAX_FPS:g}]")


def footage_path(text: str) -> Path:
    """Return the path that a flag names, as a path or as a `file:` URL; argparse's `type`."""
    try:
        return local_path(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err


def make_out_folder(folder: Path, flag: str) -> None:
    """Create an output folder if needed, and check that it can be written to.

    Args:
        flag: the flag that named it, for the error's text.

    Raises:
        ConfigError: it cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigError(f"{flag} {folder} cannot be made: {err}") from err
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{flag} {folder} cannot be written to; choose another folder")


def _meanings(part: type) -> dict[str, str]:
    """Return the sentence of each field from the docstring's `Attributes`."""
    _, _, attributes = (inspect.getdoc(part) or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+(?:, \w+)*): ((?:.|\n {8})*)", attributes, re.MULTILINE)
    return {
        name: " ".join(sentence.split())
        for names, sentence in entries
        for name in names.split(", ")
    }


def _argparse_keywords(kind: Kind, path: str) -> dict[str, Any]:  # Any: argparse's keywords
    """Return the keywords of `add_argument` for a field's type."""
    origin: object = get_origin(kind)
    if origin in (Union, UnionType):
        return _argparse_keywords(
            next(part for part in get_args(kind) if part is not NoneType), path
        )
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    if origin is Literal:
        return {"choices": get_args(kind), "type": type(get_args(kind)[0])}
    shown_as = path.partition(".")[2].upper()
    if origin is tuple:
        return {"action": "append", "type": get_args(kind)[0], "metavar": shown_as}
    return {"type": kind, "metavar": shown_as}


def _section(content: dict[str, Plain], name: str) -> dict[str, Plain]:
    """Return the section to put flags into; one of the wrong type stays for `checked` to report."""
    section = content.get(name)
    if section is None:
        section = content[name] = {}
    return section if isinstance(section, dict) else {}


def _unknown(kind: Kind, content: Plain, path: str) -> Iterator[str]:
    if not (is_dataclass(kind) and isinstance(content, dict)):
        return
    hints = get_type_hints(kind)
    for key, value in content.items():
        if key not in hints:
            yield f"{path}{key}"
        else:
            yield from _unknown(hints[key], value, f"{path}{key}.")


def _decode(kind: type, value: Plain) -> object:
    if kind is Path or issubclass(kind, Path):
        if not isinstance(value, str | Path):
            raise ValueError(f"expected a path, got {value!r}")
        return Path(value)
    raise TypeError(f"a configuration cannot hold {kind}")

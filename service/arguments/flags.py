"""Flags that several commands share, and the settings that they make."""

import argparse
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from service.process.logs import add_log_flags

if TYPE_CHECKING:  # --help must not pay for the rest
    from service.config.settings import Settings

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_site(parser: argparse.ArgumentParser) -> None:
    """Add the flags of what runs a site."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
    parser.add_argument("--model", type=Path, metavar="FILE", help="ONNX file; default: bundled")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder for data (data)")
    add_log_flags(parser)


def add_actions(
    command: argparse.ArgumentParser,
    helps: Mapping[str, str],
    run: Callable[[argparse.Namespace], int],
    *,
    data: str,
) -> dict[str, argparse.ArgumentParser]:
    """Give a command actions, each with its help; `data` is the help of their folder."""
    group = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    actions = {name: group.add_parser(name, help=what) for name, what in helps.items()}
    for name, action in actions.items():
        action.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
        action.add_argument("--data", type=Path, metavar="DIR", help=data)
        action.set_defaults(run=run, action=name)
    return actions


def load_site(options: argparse.Namespace) -> "Settings":
    """Return the settings of a site that ran, or runs; say so where it is looked for in vain."""
    settings = load_settings(options)
    if "data" not in settings.model_fields_set and not settings.data.is_dir():
        print(
            f"note: no site ran in {settings.data.absolute()}; name the data folder of `up` "
            "by --data, by `data` in the site's file, or once for all by POSEWARDEN_DATA",
            file=sys.stderr,
        )
    return settings


def load_settings(options: argparse.Namespace, *, without: Collection[str] = ()) -> "Settings":
    """Return the settings of file, environment and flags, without some that are not used."""
    from service.config.load import load

    flags: dict[str, Any] = {
        name: value
        for name in ("model", "data", "host", "port", "metrics_port")
        if (value := getattr(options, name, None)) is not None
    }
    return load(options.config, flags, without=without)

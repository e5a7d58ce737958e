"""`posewarden-lab`: runs one command of the offline workshop."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from tracker.errors import WardenError

# Command to module, each with `add_arguments(parser)` and `run(arguments)`. Only the module of the
# given command is imported: torch alone takes seconds.
COMMANDS = {
    "export": "export.onnx_export.command",
    "train": "export.training.command",
    "evaluate": "export.evaluation.command",
    "extract": "export.extraction.command",
    "convert": "export.extraction.convert",
    "labels aihub": "export.data.labels.aihub",
    "labels from-csv": "export.data.labels.from_csv",
    "bundle": "export.bundled_model",
    "draw": "export.extraction.draw",
    "plan": "export.capacity",
    "bench flow": "export.bench.model.flow",
    "bench train": "export.bench.model.train",
    "bench evaluate": "export.bench.model.evaluate",
    "bench video": "export.bench.vision.video",
    "bench tracking": "export.bench.vision.tracking",
    "bench domain": "export.bench.vision.domain",
    "bench events": "export.bench.events.command",
    "bench examples": "export.bench.events.examples",
    "bench live": "export.bench.site.live",
    "bench outages": "export.bench.site.outages",
    "bench overload": "export.bench.site.overload",
    "bench load": "export.bench.site.load",
    "bench seeds": "export.bench.model.seeds",
    "bench candidates": "export.bench.model.candidates",
    "bench endurance": "export.bench.site.endurance",
}
HELP = ("-h", "--help")
USAGE_ERROR = 2  # as with argparse
INTERRUPTED = 130  # as in shells: 128 + SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; on an expected error print it on stderr and return 1."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = next((c for c in COMMANDS if words[: len(c.split())] == c.split()), None)
    if command is None:
        _exit_with_overview(words)
    module = importlib.import_module(COMMANDS[command])
    try:
        module.run(_parser(command, module).parse_args(words[len(command.split()) :]))
    except WardenError as err:
        print(f"posewarden-lab {command}: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"posewarden-lab {command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser(command: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"posewarden-lab {command}", description=(module.__doc__ or "").splitlines()[0]
    )
    module.add_arguments(parser)
    return parser


def _exit_with_overview(words: Sequence[str]) -> NoReturn:
    """Print the overview for --help or a missing command; fail on an unknown command."""
    given = [word for word in words if word not in HELP]
    group = next((word for word in given[:1] if any(_commands_of(word))), None)
    overview = _overview(group)
    if len(given) < len(words):
        overview.print_help()
        overview.exit()
    if len(given) == (0 if group is None else 1):
        overview.exit(USAGE_ERROR, overview.format_help())
    overview.error(f"unknown command {' '.join(given[:2])!r}; see --help")


def _commands_of(group: str) -> list[str]:
    return [command for command in COMMANDS if command.startswith(f"{group} ")]


def _overview(group: str | None) -> argparse.ArgumentParser:
    lines = "\n".join(f"  {command}" for command in (_commands_of(group) if group else COMMANDS))
    return argparse.ArgumentParser(
        prog="posewarden-lab",
        usage=f"posewarden-lab {group or 'COMMAND'} …",
        description=f"commands; each has its own --help:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


if __name__ == "__main__":
    sys.exit(main())

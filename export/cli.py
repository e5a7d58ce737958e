"""`posewarden-lab`: runs one command of the offline workshop."""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from tracker.errors import WardenError

# Command to its module, which has `add_arguments(parser)` and `run(arguments)`, and its summary in
# the overview. Only the module of the given command is imported: torch alone takes seconds.
COMMANDS = {
    "export": ("export.onnx_export.command", "write a checkpoint as a model file with its card"),
    "train": ("export.training.command", "train a flow on poses"),
    "evaluate": ("export.evaluation.command", "judge a model on a labelled data set"),
    "extract": (
        "export.extraction.command",
        "write pose files of videos, pictures or simulated people",
    ),
    "convert": ("export.extraction.convert", "write pose files from AlphaPose's results"),
    "labels aihub": ("export.data.labels.aihub", "convert AIHub's label files to frame masks"),
    "labels from-csv": (
        "export.data.labels.from_csv",
        "convert intervals in a CSV file to frame masks",
    ),
    "bundle": ("export.bundled_model", "train a candidate for the bundled model"),
    "rates": (
        "export.bench.events.rates",
        "count ordinary people's alerts, for a model's card",
    ),
    "draw": ("export.extraction.draw", "draw boxes and skeletons into frames of a video"),
    "plan": ("export.capacity.command", "say what to buy for a number of cameras"),
    "simulate": (
        "export.capacity.simulate_command",
        "simulate thousands of cameras over a day and deaths",
    ),
    "bench flow": ("export.bench.model.flow", "compare the exported flow's speed with torch's"),
    "bench train": ("export.bench.model.train", "measure how fast a flow trains"),
    "bench evaluate": (
        "export.bench.model.evaluate",
        "measure how long an evaluation takes, by stage",
    ),
    "bench video": ("export.bench.vision.video", "measure the speed from video to samples"),
    "bench sparing": (
        "export.bench.vision.sparing",
        "measure what fewer looks at calm people save",
    ),
    "bench tracking": ("export.bench.vision.tracking", "judge tracking by hand-drawn ground truth"),
    "bench engines": (
        "export.bench.vision.engines",
        "compare engines that run the networks of pictures",
    ),
    "bench canary": (
        "export.bench.vision.canary",
        "show a drawn fall to the networks, and blind ones",
    ),
    "bench domain": (
        "export.bench.vision.domain",
        "compare ordinary people's scores with a reference",
    ),
    "bench events": (
        "export.bench.events.command",
        "count falls and fights found, and false alarms",
    ),
    "bench examples": ("export.bench.events.examples", "draw examples of what is found and missed"),
    "bench live": ("export.bench.site.live", "measure the alerts of a running service"),
    "bench outages": (
        "export.bench.site.outages",
        "measure how soon a camera's outage is reported",
    ),
    "bench score": (
        "export.bench.site.score",
        "measure POST /score from many connections at once",
    ),
    "bench changes": (
        "export.bench.site.changes",
        "measure how soon changes of cameras are shown",
    ),
    "bench deliveries": (
        "export.bench.site.deliveries",
        "measure how soon alerts reach a webhook that was away, too",
    ),
    "bench broker": (
        "export.bench.site.broker",
        "count what a broker's consumer gets that is killed often",
    ),
    "bench overload": (
        "export.bench.site.overload",
        "measure how cameras share a machine that is too slow",
    ),
    "bench handover": (
        "export.bench.site.handover",
        "measure how long a roll-out leaves cameras unwatched",
    ),
    "bench failover": (
        "export.bench.site.failover",
        "kill the master of a cluster's or Sentinels' Redis",
    ),
    "bench deciders": (
        "export.bench.site.deciders",
        "measure how fast one, two and more processes decide",
    ),
    "bench load": (
        "export.bench.site.load",
        "add simulated cameras until a service cannot keep up",
    ),
    "bench stages": (
        "export.bench.site.stages",
        "say at which stage an alert's time goes",
    ),
    "bench subscribers": (
        "export.bench.site.subscribers",
        "measure how soon an alert is with the last of many clients",
    ),
    "bench seeds": (
        "export.bench.model.seeds",
        "train one setting with several seeds, and judge each",
    ),
    "bench replay": (
        "export.bench.model.replay",
        "make alerts, and decide each once more from its record",
    ),
    "bench candidates": (
        "export.bench.model.candidates",
        "compare model files with the bundled one",
    ),
    "bench archive": (
        "export.bench.site.archive",
        "measure pages of an archive of very many alerts",
    ),
    "bench budget": (
        "export.bench.budget.command",
        "promise false alarms a day, and count what is raised",
    ),
    "bench drift": (
        "export.bench.drift.command",
        "count false alarms of drift; say how soon it is found",
    ),
    "bench watched": (
        "export.bench.drift.watched",
        "say how much of people's time is not watched",
    ),
    "bench explanation": (
        "export.bench.explanation.command",
        "replace joints' motion, compare the score's fall with maps",
    ),
    "bench endurance": (
        "export.bench.site.endurance",
        "record latency and memory of a site over time",
    ),
}
HELP = ("-h", "--help")
OURS = ("", "export", "inference", "service", "tracker")
LACKING = (
    "the package {package} is not installed: a site does without the workshop's packages; "
    "`make setup` installs them, or pip install 'posewarden[lab]'"
)
USAGE_ERROR = 2  # as with argparse
INTERRUPTED = 130  # as in shells: 128 + SIGINT


def _loaded(name: str) -> ModuleType:
    """Import a module while the garbage collector rests: what is loaded stays."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; on an expected error print it on stderr and return 1."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = next((c for c in COMMANDS if words[: len(c.split())] == c.split()), None)
    if command is None:
        _exit_with_overview(words)
    try:
        module = _loaded(COMMANDS[command][0])
        module.run(_parser(command, module).parse_args(words[len(command.split()) :]))
    except WardenError as err:
        print(f"posewarden-lab {command}: {err}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as err:
        if (package := (err.name or "").partition(".")[0]) in OURS:
            raise  # a mistake of ours, not of who installed it
        print(f"posewarden-lab {command}: {LACKING.format(package=package)}", file=sys.stderr)
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
    listed = _commands_of(group) if group else [*COMMANDS]
    width = max(map(len, listed))
    lines = "\n".join(f"  {command:<{width}}  {COMMANDS[command][1]}" for command in listed)
    return argparse.ArgumentParser(
        prog="posewarden-lab",
        usage=f"posewarden-lab {group or 'COMMAND'} …",
        description=f"commands; each has its own --help:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


if __name__ == "__main__":
    sys.exit(main())

"""`posewarden archive`, `backup`, `restore` and `dead`: what lies in the data folder."""

import argparse
from pathlib import Path

from service.arguments.flags import Commands, add_actions, load_site


def add_archive(commands: Commands) -> None:
    """Add `archive`."""
    archive = commands.add_parser(
        "archive", help="check the archive, forget alerts, write judged ones as a data set"
    )
    helps = {
        "check": "read everything in it; exit 1 on any damage",
        "forget": "delete a camera's closed alerts of a time, in Redis, too; recorded",
        "verdicts": "write judged alerts as a data set that `posewarden-lab evaluate` reads",
    }
    actions = add_actions(archive, helps, _archive, data="data folder of `up` (data)")
    forget = actions["forget"]
    forget.add_argument("--camera", required=True, metavar="NAME", help="whose alerts")
    forget.add_argument(
        "--from", dest="since", required=True, metavar="TIME", help="2026-11-28T14:30, in UTC"
    )
    forget.add_argument(
        "--to", dest="until", required=True, metavar="TIME", help="opened before this time"
    )
    verdicts = actions["verdicts"]
    verdicts.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    verdicts.add_argument(
        "--fps", type=_rate, default=24.0, metavar="N", help="rate of the clips (%(default)g)"
    )


def add_replay(commands: Commands) -> None:
    """Add `replay`."""
    command = commands.add_parser(
        "replay", help="decide alerts once more from what was recorded; exit 1 if any differs"
    )
    command.add_argument(
        "alerts", nargs="*", metavar="ALERT", help="ids; default: all that were recorded"
    )
    command.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
    command.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    command.add_argument("--model", type=Path, metavar="FILE", help="another ONNX file")
    command.set_defaults(run=_replay)


def add_backup(commands: Commands) -> None:
    """Add `backup` and `restore`."""
    helps = {
        "backup": "save the data folder's alerts into one file, while the site runs",
        "restore": "fill an empty data folder from such a file",
    }
    for name, what in helps.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("file", type=Path, metavar="FILE", help="the backup, a .tar.gz")
        command.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
        command.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
        command.set_defaults(run=_backup, action=name)


def add_dead(commands: Commands) -> None:
    """Add `dead`."""
    dead = commands.add_parser(
        "dead", help="list, show or clear dead letters: windows that no worker could score"
    )
    helps = {
        "list": "show each with its reason, newest first",
        "show": "print one as JSON, with its poses",
        "clear": "delete them all",
    }
    actions = add_actions(dead, helps, _dead, data="data folder of `up` (data)")
    actions["show"].add_argument("id", metavar="ID", help="the id that `list` shows")


def _rate(text: str) -> float:
    from tracker.limits import MAX_FPS

    fps = float(text)
    if not 0 < fps <= MAX_FPS:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, {MAX_FPS:g}]")
    return fps


def _archive(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.archive import (
        ForgetRequest,
        check,
        forget_alerts,
        write_verdicts,
    )

    if options.action == "forget":
        request = ForgetRequest(camera=options.camera, since=options.since, until=options.until)
        print(forget_alerts(settings, request))
        return 0
    if options.action == "verdicts":
        print(write_verdicts(settings, options.out, options.fps))
        return 0
    held, problems = check(settings)
    print(*held, *(f"problem: {each}" for each in problems), sep="\n")
    print("the archive is sound" if not problems else f"problems: {len(problems)}")
    return 1 if problems else 0


def _replay(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.replay import replay_alerts

    number = differing = 0
    for line, holds in replay_alerts(settings, options.alerts):
        print(line)
        number, differing = number + 1, differing + (not holds)
    print(f"{number - differing} of {number} decisions are the same")
    return 1 if differing else 0


def _backup(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.backup import backup, restore

    print((backup if options.action == "backup" else restore)(settings, options.file))
    return 0


def _dead(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.dead_letters import clear_dead, list_dead, show_dead

    if options.action == "show":
        print(show_dead(settings, options.id))
    elif options.action == "clear":
        print(clear_dead(settings))
    else:
        print(*list_dead(settings), sep="\n")
    return 0

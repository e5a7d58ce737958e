"""`posewarden profile`: draws where a running role spends its time."""

import argparse
from pathlib import Path

from service.arguments.flags import Commands
from service.process.running_roles import ROLES


def add_profile(commands: Commands) -> None:
    """Add `profile`."""
    profile = commands.add_parser(
        "profile", help="draw a flame graph of a running role; needs py-spy"
    )
    process = profile.add_mutually_exclusive_group(required=True)
    process.add_argument("--role", choices=ROLES, help="the role; one process of yours runs it")
    process.add_argument(
        "--pid", type=int, metavar="N", help="any Python process, such as one of several"
    )
    profile.add_argument(
        "--seconds", type=_seconds, default=30, metavar="S", help="how long to watch (%(default)s)"
    )
    profile.add_argument(
        "--output",
        type=Path,
        default=Path("profile.svg"),
        metavar="FILE",
        help="a new file, for a browser (%(default)s)",
    )
    profile.set_defaults(run=_profile)


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not in [1, 3600]")
    return seconds


def _profile(options: argparse.Namespace) -> int:
    from service.commands.profile import profile
    from service.process.running_roles import process_of

    pid = process_of(options.role) if options.pid is None else options.pid
    profile(pid, options.seconds, options.output)
    print(f"{options.output}: {options.seconds} s of process {pid}; open it in a browser")
    return 0

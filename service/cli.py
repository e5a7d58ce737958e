"""`posewarden`: a command per role, and `up` for all roles on one machine."""

import argparse
import logging
import os
import select
import sys
from collections.abc import Callable, Sequence

from service.arguments.calibration_command import add_calibration
from service.arguments.data_commands import add_archive, add_backup, add_dead, add_replay
from service.arguments.flags import Commands
from service.arguments.model_commands import add_models
from service.arguments.output_commands import add_outputs
from service.arguments.people_commands import add_keys, add_users
from service.arguments.probe_command import add_probe
from service.arguments.profile_command import add_profile
from service.arguments.role_commands import add_roles
from service.arguments.site_commands import add_check, add_demo, add_export
from service.arguments.what_if_command import add_what_if
from service.process.logs import add_log_flags, read_log_flags
from tracker.errors import Fatal, WardenError

DESCRIPTION = """\
Watches a site's cameras and raises an alert when a person moves abnormally, from body poses alone.

Settings: flags win over the environment (POSEWARDEN_…, nested with __), that over --config's YAML,
that over the defaults."""
EPILOG = """\
examples:
  posewarden up                           the API alone, on http://127.0.0.1:8000
  posewarden up --config site.yaml        a whole site on this machine
  posewarden --log-format json up         with a log for machines to read
  posewarden check-config site.yaml       every problem with its path in the file
  posewarden probe rtsp://user:pw@host/   a camera's codec, size and rate, or why it fails
  posewarden models pull                  download the weights for pose estimation"""
SIGPIPE_EXIT = 141  # 128 + SIGPIPE, as of other programs
# In the order of the help. A new command has its line here.
_COMMANDS: tuple[Callable[[Commands], None], ...] = (
    add_roles,
    add_check,
    add_export,
    add_users,
    add_keys,
    add_outputs,
    add_models,
    add_dead,
    add_archive,
    add_calibration,
    add_replay,
    add_what_if,
    add_backup,
    add_probe,
    add_profile,
    add_demo,
)


class _ShowVersion(argparse.Action):
    """Prints the version; looks it up only when asked, to keep every other start fast."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"posewarden {version('posewarden')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        if not _has_no_reader():
            raise
        return SIGPIPE_EXIT
    except WardenError as err:
        _report_error(options, err)
        return _exit_status(options, err)
    except KeyboardInterrupt:
        return 0


def _has_no_reader() -> bool:
    """Tell whether nobody reads on what is printed, as behind `| head`; drop the rest then."""
    output = sys.stdout.fileno()
    waiting = select.poll()
    waiting.register(output, 0)
    gone = any(event & select.POLLERR for _, event in waiting.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return gone


def _report_error(options: argparse.Namespace, err: WardenError) -> None:
    has_log = bool(logging.getLogger().handlers)  # `set_up` ran: the command is a role
    if has_log and read_log_flags(options).format == "json":
        logging.getLogger("posewarden").critical(str(err))
    else:
        # A prefix for each: a file's problems are lines for grep, too.
        print(*(f"posewarden: {line}" for line in str(err).splitlines()), sep="\n", file=sys.stderr)


def _exit_status(options: argparse.Namespace, err: WardenError) -> int:
    from service.lifecycle import FATAL_EXIT

    supervised = getattr(options, "parent", None) is not None
    return FATAL_EXIT if supervised and isinstance(err, Fatal) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "posewarden",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version")
    add_log_flags(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in _COMMANDS:
        add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

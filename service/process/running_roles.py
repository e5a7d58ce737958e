"""Which processes on this machine run a role of ours."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tracker.errors import ConfigError

ROLES = ("camera", "worker", "api", "decide", "up")


def process_of(role: str) -> int:
    """Return the only process of this user that runs a role.

    Raises:
        ConfigError: none runs it, or several do; the text names them.
    """
    found = sorted(processes_of(role))
    if not found:
        raise ConfigError(
            f"no process of yours runs the role {role}; start a site by `posewarden up`, or name "
            "another user's process by --pid"
        )
    if len(found) > 1:
        raise ConfigError(
            f"{len(found)} processes run the role {role}: {', '.join(map(str, found))}; name one "
            "by --pid"
        )
    return found[0]


def processes_of(role: str) -> Iterator[int]:
    """Yield the processes of this user that run a role."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile
            if folder.stat().st_uid == os.geteuid():
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if _command(words) == role:
                    yield int(folder.name)


def _command(words: Sequence[str]) -> str | None:
    """Return the command of ours that a process' words start."""
    for place, word in enumerate(words[:5]):  # the interpreter, its flags, the program
        if word == "service.cli" or Path(word).name == "posewarden":
            return _first_command(words[place + 1 :])
    return None


def _first_command(words: Sequence[str]) -> str | None:
    flags_value = False
    for word in words:
        if word.startswith("-"):
            flags_value = word == "--log-format"  # the only flag before commands that has one
        elif not flags_value:
            return word
        else:
            flags_value = False
    return None

"""Frame rates that flags give."""

import argparse

from tracker.errors import ConfigError
from tracker.limits import MAX_FPS


def check_rates(arguments: argparse.Namespace, *names: str) -> None:
    """Refuse a rate out of range; a flag that was left out is None.

    Raises:
        ConfigError: the text names the flag.
    """
    for name in names:
        fps = getattr(arguments, name)
        if fps is not None and not 0 < fps <= MAX_FPS:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(f"{flag} is {fps:g}; it must lie in (0, {MAX_FPS:g}]")

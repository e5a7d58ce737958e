"""Folders that results go into."""

import os
from pathlib import Path

from tracker.errors import ConfigError


def ready(folder: Path, flag: str) -> None:
    """Make a folder if need be, before anything long begins.

    Args:
        flag: that named it.

    Raises:
        ConfigError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigError(f"{flag} {folder} cannot be made: {err}") from err
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{flag} {folder} cannot be written to; choose another folder")

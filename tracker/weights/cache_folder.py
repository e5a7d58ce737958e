"""Where downloads and records are kept that a command's user shares between runs."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return the user's cache folder for one kind of files; it need not exist.

    `$XDG_CACHE_HOME`, else `~/.cache`. A user without a home, as containers have that run under a
    number of their own, gets `.cache` in the working directory.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(given) if given.startswith("/") else Path.home() / ".cache"
    except RuntimeError:  # neither HOME nor an entry in the system's list of users
        base = Path(".cache")
    return base / "posewarden" / name

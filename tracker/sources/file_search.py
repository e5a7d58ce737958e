"""Find files in a folder and all folders below it, symbolic links included."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder; a folder is entered once, however many links lead to it.

    A folder's own place counts before links to it, so its files keep their usual names. Links to
    nothing are yielded, too, so that whoever wanted the file can say so. Hidden files and folders,
    whose names begin with a dot, are left out.
    """
    entered = {_identity(folder)}
    waiting, links = deque([folder]), deque[Path]()
    while waiting or links:
        if not waiting:
            link = links.popleft()
            identity = _identity(link)
            if identity in entered:
                continue
            entered.add(identity)
            waiting.append(link)
        place = waiting.popleft()
        for entry in sorted(os.scandir(place), key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            path = place / entry.name
            if not entry.is_dir():
                yield path
            elif entry.is_symlink():
                links.append(path)
            else:
                entered.add(_identity(path))
                waiting.append(path)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino

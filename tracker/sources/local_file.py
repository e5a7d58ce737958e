"""Names of local files: plain paths, and `file:` URLs with percent escapes."""

from pathlib import Path
from urllib.parse import unquote

_SCHEME = "file:"


def local_path(text: str) -> Path:
    """Return the path that a name stands for: itself, or where a `file:` URL points to.

    A file that is there under the very name is always meant.

    Raises:
        ValueError: the URL is of another machine, or empty; the text holds the remedy.
    """
    if text[: len(_SCHEME)].lower() != _SCHEME or is_file(text):
        return Path(text)
    place = text[len(_SCHEME) :]
    if place.startswith("//"):
        host, slash, rest = place[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise ValueError(
                f"{text!r} is on the machine {host!r}; write file:///path, or mount it and give "
                "its path here"
            )
        place = slash + rest
    if not place:
        raise ValueError(f"{text!r} names no file; write file:///path or the path itself")
    return Path(unquote(place))


def is_file(text: str) -> bool:
    """Return whether there is a file of this very name."""
    try:
        return bool(text) and Path(text).is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def split_settings(text: str) -> tuple[str, str]:
    """Split a local source into its name and the settings behind its last question mark.

    The names of files may hold question marks, too.
    """
    place, _, settings = text.rpartition("?")
    if not place or is_file(text) or ("=" not in settings and "." in settings):
        return text, ""
    return place, settings

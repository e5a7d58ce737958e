"""Which sources may be set over the API: the site's file is the machine's own, the API is not."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

from tracker.errors import WardenError
from tracker.sources.source_url import parse_source

# Cameras of V4L2; other files under /dev are nobody's business over the network.
_CAMERA_DEVICE = re.compile(r"/dev/(video[0-9]{1,3}|v4l/by-(id|path)/[\w.:@+-]+)")
# Where clouds tell every process its credentials; no camera is there.
_METADATA = frozenset(
    ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")
)


def source_problem(source: str, media_folder: Path | None) -> str | None:
    """Return why a source may not be set over the API, with the remedy; None if it may.

    Args:
        media_folder: below which video and pose files may be played.
    """
    try:
        parsed = parse_source(source)
    except WardenError as err:
        return str(err)
    if parsed.kind in ("file", "poses"):
        return _file_problem(Path(parsed.place), media_folder)
    if parsed.kind == "usb" and not _CAMERA_DEVICE.fullmatch(parsed.place):
        return "it is no camera's device; write usb:0, /dev/video0 or /dev/v4l/by-id/…"
    if parsed.kind == "stream" and _is_metadata(parsed.place):
        return "it is the address where clouds keep credentials, and no camera's"
    return None


def _file_problem(path: Path, media_folder: Path | None) -> str | None:
    if media_folder is None:
        return (
            "files are played over the API only from the folder that media_folder of the site's "
            "file names; set it, or put this camera into the file"
        )
    # Links in it are followed as well: what they lead to must lie there, too.
    if not path.resolve().is_relative_to(media_folder.resolve()):
        return f"the file does not lie below media_folder, {media_folder}; move it there"
    return None


def _is_metadata(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return ipaddress.ip_address(host) in _METADATA
    except ValueError:  # a name
        return False

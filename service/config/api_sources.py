"""Which sources may be set over the API: the site's file is the machine's own, the API is not."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

from service.sentences.cameras import (
    METADATA_ADDRESS,
    NO_CAMERA_DEVICE,
    NO_MEDIA_FOLDER,
    OUTSIDE_FOLDER,
)
from tracker.errors import WardenError
from tracker.sources.source_url import parse_source
from tracker.wording import Sentence, sentence_of

# Cameras of V4L2; other files under /dev are nobody's business over the network.
_CAMERA_DEVICE = re.compile(r"/dev/(video[0-9]{1,3}|v4l/by-(id|path)/[\w.:@+-]+)")
# Where clouds tell every process its credentials; no camera is there.
_METADATA = frozenset(
    ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")
)


def source_problem(source: str, media_folder: Path | None) -> Sentence | None:
    """Return why a source may not be set over the API, with the remedy; None if it may.

    Args:
        media_folder: below which video and pose files may be played.
    """
    try:
        parsed = parse_source(source)
    except WardenError as err:
        return sentence_of(err)
    if parsed.kind in ("file", "poses"):
        return _file_problem(Path(parsed.place), media_folder)
    if parsed.kind == "usb" and not _CAMERA_DEVICE.fullmatch(parsed.place):
        return NO_CAMERA_DEVICE()
    if parsed.kind == "stream" and _is_metadata(parsed.place):
        return METADATA_ADDRESS()
    return None


def _file_problem(path: Path, media_folder: Path | None) -> Sentence | None:
    if media_folder is None:
        return NO_MEDIA_FOLDER()
    # Links in it are followed as well: what they lead to must lie there, too.
    if not path.resolve().is_relative_to(media_folder.resolve()):
        return OUTSIDE_FOLDER(folder=str(media_folder))
    return None


def _is_metadata(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return ipaddress.ip_address(host) in _METADATA
    except ValueError:  # a name
        return False

"""Read what a camera's session description (SDP) says of its video."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_FIXED = {"26": "JPEG", "31": "H261", "32": "MPV", "33": "MP2T", "34": "H263"}
_RTPMAP = re.compile(r"a=rtpmap:([0-9]{1,3})\s+([A-Za-z0-9.+-]{1,30})/")
_CONTROL = re.compile(r"(?m)^a=control:[ \t]*(\S{1,1000})")


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """One video of a session description.

    Attributes:
        codecs: names in upper case.
        encrypted: it is offered as SRTP alone.
        control: what SETUP names, relative or absolute; empty if it is not said.
    """

    codecs: tuple[str, ...]
    encrypted: bool
    control: str

    @classmethod
    def parse(cls, media: str) -> Self | None:
        """Parse what follows `m=` up to the next; None if that is no video."""
        words = media.split("\n", 1)[0].split()
        if len(words) < 4 or words[0] != "video":
            return None
        names = {number: name.upper() for number, name in _RTPMAP.findall(media)}
        codecs = [names.get(number) or _FIXED.get(number, "UNKNOWN") for number in words[3:]]
        control = _CONTROL.search(media)
        return cls(tuple(codecs), "/SAVP" in words[2].upper(), control[1] if control else "")


def videos(description: str) -> list[VideoMedia]:
    """Return every video that a session description offers."""
    found = (VideoMedia.parse(media) for media in re.split(r"(?m)^m=", description)[1:])
    return [media for media in found if media is not None and media.codecs]


def session_control(description: str) -> str:
    """Return what PLAY names, relative or absolute; empty if it is not said."""
    control = _CONTROL.search(re.split(r"(?m)^m=", description, maxsplit=1)[0])
    return "" if control is None else control[1]


def resolve(base: str, control: str) -> str:
    """Return the target that a control names, as FFmpeg and the cameras' own viewers read it."""
    if control in ("", "*"):
        return base
    if re.match(r"(?i)rtsps?://", control):
        return control
    return base + ("" if base.endswith("/") or control.startswith("?") else "/") + control


def names_other_host(control: str, host: str) -> str | None:
    """Return the host of an absolute control if it is not that of the camera's address."""
    try:
        other = urlsplit(control).hostname
    except ValueError:
        return None
    if other is None or other.lower() == host.lower():
        return None
    return other if re.fullmatch(r"[A-Za-z0-9.:-]{1,100}", other) else None

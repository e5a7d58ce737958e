"""Derive the addresses of a camera's other streams from its vendor's address format.

Most cameras offer a large stream for recording and smaller ones for viewing.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Form:
    """How one vendor's addresses name the stream.

    Attributes:
        before, after: regular expressions for the text around the stream's name.
        names: the streams, the largest usually first.
    """

    before: str
    names: tuple[str, ...]
    after: str = r"(?![\w.-])"


_FORMS = (
    _Form(r"/Streaming/Channels/[0-9]{1,3}0", ("1", "2", "3")),  # Hikvision
    _Form(r"/h264/ch[0-9]{1,3}/", ("main", "sub"), r"(?=/av_stream)"),  # Hikvision, old
    _Form(r"[?&]subtype=", ("0", "1", "2")),  # Dahua, Amcrest, Lorex
    _Form(r"/h26[45]Preview_[0-9]{2}_", ("main", "sub")),  # Reolink
    _Form(r"/Preview_[0-9]{2}_", ("main", "sub")),  # Reolink, new
    _Form(r"/unicast/c[0-9]{1,3}/s", ("0", "1", "2"), r"(?=/live)"),  # Uniview
    _Form(r"/(?:media/)?video", ("1", "2", "3")),  # Uniview, old; Sony
    _Form(r"/profile", ("1", "2", "3", "4"), r"(?=/media\.smp)"),  # Hanwha
    _Form(r"/profile", ("1", "2", "3")),  # Avycon
    _Form(r"/stream", ("1", "2")),  # Tapo, Pelco
    _Form(r"/video", ("Main", "Sub")),  # Foscam
    _Form(r"/[0-9]/h264", ("major", "minor")),  # Infinova
    _Form(r"/LiveMedia/ch[0-9]{1,3}/Media", ("1", "2")),  # Huawei
    _Form(r"/ch[0-9]{1,3}_", ("0", "1"), r"(?=\.h?264)"),  # CamHi
    _Form(r"[?&_]stream=", ("0", "1"), r"(?=\.sdp)"),  # XMEye
    _Form(r"[?&]inst=", ("1", "2")),  # Bosch
    _Form(r"/", ("main", "sub")),
)
_PARTS = re.compile(r"([A-Za-z]+://[^/?#]*)(.*)", re.DOTALL)
_AXIS = re.compile(r"/axis-media/media\.amp(?=\?|$)", re.IGNORECASE)
_AXIS_SIZES = ("1280x720", "640x480", "640x360")


def siblings(address: str) -> list[str]:
    """Return the addresses of the same camera's other streams; none if its format is unknown."""
    parts = _PARTS.fullmatch(address)
    if parts is None:
        return []
    server, path = parts[1], parts[2]
    if _AXIS.match(path):
        paths = [_with_resolution(path, size) for size in _AXIS_SIZES]
        return [server + other for other in paths if other != path]
    for form in _FORMS:
        found = re.search(
            f"({form.before})({'|'.join(form.names)}){form.after}", path, re.IGNORECASE
        )
        if found is not None:
            head, tail = path[: found.end(1)], path[found.end(2) :]
            others = [name for name in form.names if name.lower() != found[2].lower()]
            return [server + head + name + tail for name in others]
    return []


def _with_resolution(path: str, size: str) -> str:
    """Return an Axis camera's path with this resolution."""
    place, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("resolution=")]
    return f"{place}?{'&'.join([*kept, f'resolution={size}'])}"

"""Check a camera's network address before anything connects: signs, placeholders, other tools.

Messages name the sign or the part that is wrong, never a secret.
"""

import re
from urllib.parse import quote, urlsplit

from tracker import sentences as said

MAX_PORT = 65535
PLAYLIST_PROBLEM = (
    "is a playlist (HLS), whose pictures come late and in pieces of seconds; write the RTSP "
    "address of the same camera"
)
STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")
# Sources of go2rtc and Frigate that are commands or protocols of theirs.
_FOREIGN = re.compile(
    r"(?i)(?:(ffmpeg|v4l2|exec|echo|expr|webrtc|hass|homekit|alsa):|"
    r"(onvif|dvrip|tapo|kasa|vigi|isapi|bubble|ring|nest|wyze|doorbird|rtmps?|srt|udp)://)"
)
_FILLED_IN_ELSEWHERE = re.compile(r"\$\{[^}\s]*\}|\{FRIGATE_\w+\}|\{\{.*?\}\}")
_NAME_IN_BRACKETS = re.compile(r"\{[A-Za-z_]\w*\}|<[A-Za-z][\w .-]*>|\$[A-Z_]+")
_HOST_BEHIND_SIGN = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+(?:%\w+)?\]|(?:\d{1,3}\.){3}\d{1,3}|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d))"
    r"(?::\d{1,5})?(?=[/?#]|$)"
)
_ZONE = re.compile(r"(?<=[0-9A-Fa-f:.])%(?:25)?([\w.~-]+)(?=\])")


def network_address_problem(address: str) -> str | None:
    """Return what is wrong with an RTSP or HTTP address, with the remedy; None if nothing is."""
    if _has_placeholder(address):
        return said.PLACEHOLDER()
    if (sign := unescaped_sign(address)) is not None:
        return sign_problem(sign)
    if re.search(r"\s", address):
        return said.SPACE()
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return said.HOST_OR_PORT()
    if not host:
        return said.NO_HOST()
    if parts.path.lower().endswith((".m3u8", ".m3u")):
        return said.PLAYLIST()
    if parts.fragment:
        return _fragment_problem(parts.fragment)
    return None


def foreign_source_problem(source: str) -> str | None:
    """Return why a source of another tool, such as go2rtc's `ffmpeg:…`, is none here; or None."""
    if source.lower().startswith("rtspx://"):
        return said.GO2RTC_WORD()
    found = _FOREIGN.match(source)
    if found is None:
        return None
    if found[1] is not None and found[1].lower() in ("ffmpeg", "v4l2"):
        return said.OTHER_TOOL(word=found[1])
    return said.NOT_SPOKEN(word=found[1] or found[2])


def sign_problem(sign: str) -> str:
    """Return the sentence about a sign that `unescaped_sign` found."""
    return said.SIGN_UNESCAPED(sign=sign, written=quote(sign, safe=""))


def unescaped_sign(address: str) -> str | None:
    """Return the sign in user or password that makes the address mean something else; or None.

    A parser ends the host at the first of `/ ? #`, so that `rtsp://admin:a#b@host/` would name
    the host `admin`. An `@` in the path, as in `rtsp://host:554/live@1`, is left alone.
    """
    rest = address.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, _, host_port = authority.rpartition("@")
    bracket = re.search(r"[\[\]]", user)
    if bracket is not None:
        return bracket[0]
    tail = rest[len(authority) :]
    if "@" not in tail:
        return None
    if host_port.startswith("["):
        return None if "]" in host_port else "["
    host, colon, port = host_port.rpartition(":")
    if colon and (not host or not port.isdigit() or int(port) > MAX_PORT):
        return tail[0]
    return tail[0] if _hides_host(host_port, tail) else None


def without_zone_escape(address: str) -> str:
    """Return the address as FFmpeg reads it: `[fe80::1%25eth0]` becomes `[fe80::1%eth0]`."""
    scheme, separator, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host_port = authority.rpartition("@")
    return f"{scheme}{separator}{user}{at}" + _ZONE.sub(r"%\1", host_port) + slash + path


def _has_placeholder(address: str) -> bool:
    """Return whether a part of the address waits for another tool to fill it in."""
    if _FILLED_IN_ELSEWHERE.search(address) is not None:
        return True
    authority = address.partition("://")[2].partition("/")[0]
    user_info, _, host_port = authority.rpartition("@")
    user, _, password = user_info.partition(":")
    parts = (user, password, re.sub(r":\d+$", "", host_port))
    return any(_NAME_IN_BRACKETS.fullmatch(part) for part in parts)


def without_zone(host_port: str) -> str:
    """Return host and port without an IPv6 zone, which means something on this machine only."""
    return _ZONE.sub("", host_port)


def _hides_host(host_port: str, tail: str) -> bool:
    """Return whether the host rather is a user's name, and the real host comes behind an `@`."""
    between, _, behind = tail.rpartition("@")
    if ":" not in host_port + between:  # no user and password
        return False
    if tail[0] == "#":  # what servers are never asked for
        return True
    host = host_port.partition(":")[0]
    known = "." in host or host == "localhost" or "=" in between
    return not known and _HOST_BEHIND_SIGN.match(behind) is not None


def _fragment_problem(fragment: str) -> str:
    if "transport=udp" in fragment:
        return "what follows the # is go2rtc's; leave it out, and write transport: udp below source"
    return (
        "what follows the # is no part of an address (#backchannel=0 and the like are go2rtc's); "
        "leave it out, or write a # of the path as %23"
    )

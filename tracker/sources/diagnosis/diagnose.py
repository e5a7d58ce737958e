"""Finds out why a camera did not open, and whether one that was lost answers again."""

import errno
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient, Reply
from tracker.sources.diagnosis.http_auth import Login, authorize

Reason: TypeAlias = Literal[
    "auth",
    "dns",
    "refused",
    "unreachable",
    "timeout",
    "tls",
    "not-found",
    "codec",
    "no-video",
    "closed",
    "broken",
    "device",
    "open",
]
_REASONS: dict[str, Reason] = {reason: reason for reason in get_args(Reason)}
DECODED = (
    *("H264", "H265", "HEVC", "JPEG", "MP4V-ES", "VP8", "VP9", "AV1", "H261", "H263"),
    *("H263-1998", "H263-2000", "MPV", "MP2T"),
)
BUSY = (453, 503)
BUSY_S = 0.5
_FIXED = {"26": "JPEG", "31": "H261", "32": "MPV", "33": "MP2T", "34": "H263"}
_RTPMAP = re.compile(r"a=rtpmap:([0-9]{1,3})\s+([A-Za-z0-9.+-]{1,30})/")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a source did not open.

    Attributes:
        reason: `open` when nothing wrong was found.
        text: a sentence for an operator, with the remedy and without credentials.
        codec: the video's, where the camera tells it.
    """

    reason: Reason
    text: str
    codec: str | None = None


def diagnose(address: str | int, within_s: float = 5.0) -> Diagnosis:
    """Ask a camera what is wrong with it.

    Args:
        address: an RTSP or HTTP address, or the number of a local device.
        within_s: after so long the camera counts as silent.
    """
    if isinstance(address, int):
        return _diagnose_device(_device(address))
    try:
        parsed = Address.parse(address)
    except ValueError:
        text = "this is no camera's address; write rtsp://user:password@host:554/path"
        return Diagnosis("broken", text)
    until_s = time.monotonic() + within_s
    try:
        with CameraClient(parsed, within_s) as dialogue:
            reply = _describe(dialogue, parsed, within_s)
    except CameraLost as err:
        if err.reason == "closed" and _speaks_tls(parsed, until_s - time.monotonic()):
            text = f"{parsed.place} speaks TLS; write {parsed.scheme}s:// with this port"
            return Diagnosis("tls", text)
        return Diagnosis(_REASONS[err.reason], str(err))
    if reply.status != 200:
        return _refusal(parsed, reply)
    return _judge_sdp(parsed, reply) if parsed.protocol == "RTSP" else _judge_type(parsed, reply)


def is_reachable(address: str | int, within_s: float = 1.0) -> bool:
    """Tell whether the server behind an address answers at all, be it to say no."""
    if isinstance(address, int):
        return _diagnose_device(_device(address)).reason == "open"
    try:
        parsed = Address.parse(address)
        with CameraClient(parsed, within_s) as dialogue:
            dialogue.ask("OPTIONS" if parsed.protocol == "RTSP" else "HEAD")
    except (ValueError, CameraLost):
        return False
    return True


def _speaks_tls(address: Address, within_s: float) -> bool:
    """Tell whether a server that hung up on plain words would have answered to TLS."""
    if address.encrypted:
        return False
    try:
        with CameraClient(replace(address, scheme=f"{address.scheme}s"), within_s) as dialogue:
            dialogue.ask("OPTIONS")
    except CameraLost:
        return False
    return True


def _describe(dialogue: CameraClient, address: Address, within_s: float) -> Reply:
    """Ask for the stream; once more if the camera is busy, perhaps with our last visit's end."""
    reply = _ask(dialogue, address)
    if reply.status in BUSY and within_s > 2 * BUSY_S:
        time.sleep(BUSY_S)
        with suppress(CameraLost):  # it may have hung up after its first answer
            reply = _ask(dialogue, address)
    return reply


def _ask(dialogue: CameraClient, address: Address) -> Reply:
    """Ask for the stream, with user and password if they are asked for and there."""
    method = "DESCRIBE" if address.protocol == "RTSP" else "GET"
    reply = dialogue.ask(method)
    if reply.status != 401 or address.user is None:
        return reply
    login = Login(address.user, address.password, method, address.target)
    answer = authorize(reply.all("www-authenticate"), login, secrets.token_hex(8))
    return reply if answer is None else dialogue.ask(method, ("Authorization", answer))


def _refusal(address: Address, reply: Reply) -> Diagnosis:
    """Explain a reply that is not the stream."""
    place, status = address.place, reply.status
    if status == 401:
        return Diagnosis("auth", f"{place} {_login_fault(address, reply)}")
    if status in (403, 407):
        remedy = "give the user the right to watch it, or check the camera's list of addresses"
        return Diagnosis("auth", f"{place} forbids this stream (status {status}); {remedy}")
    if status in (404, 410, 454):
        remedy = "look up the path in the camera's manual or pages"
        return Diagnosis("not-found", f"{place} has no stream of this path ({status}); {remedy}")
    if 300 <= status < 400:
        return Diagnosis("not-found", f"{place} {_redirection(reply)}")
    if status in BUSY:
        remedy = "it has too many viewers, or is still starting"
        return Diagnosis("broken", f"{place} has no stream to give now ({status}); {remedy}")
    remedy = "check path and camera settings; restart the camera"
    return Diagnosis("broken", f"{place} answers with status {status}; {remedy}")


def _login_fault(address: Address, reply: Reply) -> str:
    if address.user is None:
        return f"asks for user and password; write {address.scheme}://user:password@host…"
    login = Login(address.user, address.password, "", "")
    if authorize(reply.all("www-authenticate"), login, "") is None:
        return "asks for the password in a way unknown here; set it to Basic or Digest with MD5"
    return "refuses user or password; check both, and write signs such as @ : / # ? as %40 %3A…"


def _redirection(reply: Reply) -> str:
    try:
        parts = urlsplit(next(iter(reply.all("location")), ""))
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,100}", host):
        return "sends elsewhere; write the address that the camera's pages give"
    return f"sends to another address at {host} ({parts.scheme[:10]}); write that one"


def _judge_sdp(address: Address, reply: Reply) -> Diagnosis:
    """Look for video, and for a codec that is known, in an RTSP description."""
    codecs = _codecs(reply.body.decode("latin-1"))
    if not codecs:
        text = "describes a stream without video; choose another path, or switch its video on"
        return Diagnosis("no-video", f"{address.place} {text}")
    known = [codec for codec in codecs if codec in DECODED]
    if not known:
        text = f"sends {codecs[0]} video, which is unknown here; set the camera to H.264"
        return Diagnosis("codec", f"{address.place} {text}", codecs[0])
    codec = known[0]
    text = f"answers and offers {codec}; nothing wrong was found"
    return Diagnosis("open", f"{address.place} {text}", codec)


def _codecs(description: str) -> list[str]:
    """Return the names of all video codecs that a session description offers."""
    codecs: list[str] = []
    for media in re.split(r"(?m)^m=", description)[1:]:
        words = media.split("\n", 1)[0].split()
        if len(words) < 4 or words[0] != "video":
            continue
        names = {number: name.upper() for number, name in _RTPMAP.findall(media)}
        codecs += [names.get(number) or _FIXED.get(number, "UNKNOWN") for number in words[3:]]
    return codecs


def _judge_type(address: Address, reply: Reply) -> Diagnosis:
    """Look at what an HTTP server says that it sends."""
    kind = next(iter(reply.all("content-type")), "").partition(";")[0].strip().lower()
    if kind.startswith("text/"):
        text = "answers with a page instead of video; write the address of its video stream"
        return Diagnosis("no-video", f"{address.place} {text}")
    if kind.startswith(("image/", "audio/")):
        what = "single pictures" if kind.startswith("image/") else "sound alone"
        text = f"answers with {what}; write the address of its video stream"
        return Diagnosis("no-video", f"{address.place} {text}")
    codec = "JPEG" if kind.startswith("multipart/") else None
    return Diagnosis("open", f"{address.place} answers with data; nothing wrong was found", codec)


def _device(number: int) -> Path:
    return Path(f"/dev/video{number}")


def _diagnose_device(device: Path) -> Diagnosis:
    """Look whether a local camera is there, ours to use, and free."""
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        text = f"there is no {device}; plug the camera in, or try another number"
    except PermissionError:
        text = f"{device} may not be used by this user; add the user to the group video"
    except OSError as err:
        cause = "in use by another program; end it" if err.errno == errno.EBUSY else "not usable"
        text = f"{device} is {cause} ({os.strerror(err.errno or 0)})"
    else:
        text = f"{device} is there and free; if it gives no pictures, try the numbers beside it"
        return Diagnosis("open", text)
    return Diagnosis("device", text)

"""Find out why a camera did not open, and whether a lost one is reachable again."""

import re
import secrets
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient, Reply
from tracker.sources.diagnosis.device import diagnose_device
from tracker.sources.diagnosis.diagnosis import Diagnosis, Reason
from tracker.sources.diagnosis.http_auth import Login, authorize

_REASONS: dict[str, Reason] = {reason: reason for reason in get_args(Reason)}
DECODED = (
    *("H264", "H265", "HEVC", "JPEG", "MP4V-ES", "VP8", "VP9", "AV1", "H261", "H263"),
    *("H263-1998", "H263-2000", "MPV", "MP2T"),
)
BUSY = (453, 503)
BUSY_S = 0.5
_FIXED = {"26": "JPEG", "31": "H261", "32": "MPV", "33": "MP2T", "34": "H263"}
_RTPMAP = re.compile(r"a=rtpmap:([0-9]{1,3})\s+([A-Za-z0-9.+-]{1,30})/")


def diagnose(address: str | Path, within_s: float = 5.0) -> Diagnosis:
    """Ask a camera what is wrong with it.

    Args:
        address: an RTSP or HTTP address, or the path of a local device.
        within_s: after this time the camera counts as silent.
    """
    if isinstance(address, Path):
        return diagnose_device(address)
    try:
        parsed = Address.parse(address)
    except ValueError:
        text = "this is no camera's address; write rtsp://user:password@host:554/path"
        return Diagnosis("broken", text)
    until_s = time.monotonic() + within_s
    try:
        with CameraClient(parsed, within_s) as client:
            reply = _describe(client, parsed, within_s)
    except CameraLost as err:
        if err.reason == "closed" and _speaks_tls(parsed, until_s - time.monotonic()):
            text = f"{parsed.endpoint} speaks TLS; write {parsed.scheme}s:// with this port"
            return Diagnosis("tls", text)
        return Diagnosis(_REASONS[err.reason], str(err))
    if reply.status != 200:
        return _refusal(parsed, reply)
    return (
        _check_description(parsed, reply)
        if parsed.protocol == "RTSP"
        else _check_content_type(parsed, reply)
    )


def is_reachable(address: str | Path, within_s: float = 1.0) -> bool:
    """Return whether the server behind an address answers at all, even with a refusal."""
    if isinstance(address, Path):
        return diagnose_device(address).reason == "open"
    try:
        parsed = Address.parse(address)
        with CameraClient(parsed, within_s) as client:
            client.ask("OPTIONS" if parsed.protocol == "RTSP" else "HEAD")
    except (ValueError, CameraLost):
        return False
    return True


def _speaks_tls(address: Address, within_s: float) -> bool:
    """Return whether a server that closed an unencrypted connection answers over TLS."""
    if address.encrypted:
        return False
    try:
        with CameraClient(replace(address, scheme=f"{address.scheme}s"), within_s) as client:
            client.ask("OPTIONS")
    except CameraLost:
        return False
    return True


def _describe(client: CameraClient, address: Address, within_s: float) -> Reply:
    """Ask for the stream; again if the camera is busy, maybe with our previous connection."""
    reply = _ask(client, address)
    if reply.status in BUSY and within_s > 2 * BUSY_S:
        time.sleep(BUSY_S)
        with suppress(CameraLost):  # it may close the connection after its first answer
            reply = _ask(client, address)
    return reply


def _ask(client: CameraClient, address: Address) -> Reply:
    """Ask for the stream, with user and password if the camera demands them and we have them."""
    method = "DESCRIBE" if address.protocol == "RTSP" else "GET"
    reply = client.ask(method)
    if reply.status != 401 or address.user is None:
        return reply
    login = Login(address.user, address.password, method, address.target)
    answer = authorize(reply.all("www-authenticate"), login, secrets.token_hex(8))
    return reply if answer is None else client.ask(method, ("Authorization", answer))


def _refusal(address: Address, reply: Reply) -> Diagnosis:
    """Return why a reply is not the stream."""
    endpoint, status = address.endpoint, reply.status
    if status == 401:
        return Diagnosis("auth", f"{endpoint} {_login_fault(address, reply)}")
    if status in (403, 407):
        remedy = "give the user the right to watch it, or check the camera's list of addresses"
        return Diagnosis("auth", f"{endpoint} forbids this stream (status {status}); {remedy}")
    if status in (404, 410, 454):
        remedy = "look up the path in the camera's manual or pages"
        return Diagnosis("not-found", f"{endpoint} has no stream of this path ({status}); {remedy}")
    if 300 <= status < 400:
        return Diagnosis("not-found", f"{endpoint} {_redirection(reply)}")
    if status in BUSY:
        remedy = "it has too many viewers, or is still starting"
        return Diagnosis("broken", f"{endpoint} has no stream to give now ({status}); {remedy}")
    remedy = "check path and camera settings; restart the camera"
    return Diagnosis("broken", f"{endpoint} answers with status {status}; {remedy}")


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


def _check_description(address: Address, reply: Reply) -> Diagnosis:
    """Check that an RTSP description offers video in a known codec."""
    codecs = _codecs(reply.body.decode("latin-1"))
    if not codecs:
        text = "describes a stream without video; choose another path, or switch its video on"
        return Diagnosis("no-video", f"{address.endpoint} {text}")
    known = [codec for codec in codecs if codec in DECODED]
    if not known:
        text = f"sends {codecs[0]} video, which is unknown here; set the camera to H.264"
        return Diagnosis("codec", f"{address.endpoint} {text}", codecs[0])
    codec = known[0]
    text = f"answers and offers {codec}; nothing wrong was found"
    return Diagnosis("open", f"{address.endpoint} {text}", codec)


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


def _check_content_type(address: Address, reply: Reply) -> Diagnosis:
    """Check that an HTTP server sends video."""
    kind = next(iter(reply.all("content-type")), "").partition(";")[0].strip().lower()
    if kind.startswith("text/"):
        text = "answers with a page instead of video; write the address of its video stream"
        return Diagnosis("no-video", f"{address.endpoint} {text}")
    if kind.startswith(("image/", "audio/")):
        what = "single pictures" if kind.startswith("image/") else "sound alone"
        text = f"answers with {what}; write the address of its video stream"
        return Diagnosis("no-video", f"{address.endpoint} {text}")
    codec = "JPEG" if kind.startswith("multipart/") else None
    return Diagnosis(
        "open", f"{address.endpoint} answers with data; nothing wrong was found", codec
    )

"""Find out why a camera did not open, and whether a lost one is reachable again."""

import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient
from tracker.sources.diagnosis.device import diagnose_device
from tracker.sources.diagnosis.diagnosis import Diagnosis, Transport
from tracker.sources.diagnosis.http_auth import Login, authorize
from tracker.sources.diagnosis.reply import Reply
from tracker.sources.diagnosis.rtsp_dialogue import BUSY, RtspDialogue, check_session
from tracker.sources.diagnosis.session_description import VideoMedia, videos
from tracker.sources.http_stream import content_type, get, is_playlist
from tracker.sources.network_address import PLAYLIST_PROBLEM

DECODED = (
    *("H264", "H265", "HEVC", "JPEG", "MP4V-ES", "VP8", "VP9", "AV1", "H261", "H263"),
    *("H263-1998", "H263-2000", "MPV", "MP2T"),
)


def diagnose(
    address: str | Path, within_s: float = 5.0, transport: Transport = "auto"
) -> Diagnosis:
    """Ask a camera what is wrong with it.

    Args:
        address: an RTSP or HTTP address, or the path of a local device.
        within_s: after this time the camera counts as silent.
        transport: what RTP comes over; `auto` tries TCP, then UDP.
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
            if parsed.protocol == "RTSP":
                return _ask_rtsp(client, parsed, transport)
            return _ask_http(client, parsed)
    except CameraLost as err:
        if err.reason == "closed" and _speaks_tls(parsed, until_s - time.monotonic()):
            text = f"{parsed.endpoint} speaks TLS; write {parsed.scheme}s:// with this port"
            return Diagnosis("tls", text)
        return Diagnosis.of(err.reason, str(err))


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


def _ask_rtsp(client: CameraClient, address: Address, transport: Transport) -> Diagnosis:
    """Ask for the description, and play what it describes."""
    dialogue = RtspDialogue(client, address)
    reply = dialogue.ask_patiently("DESCRIBE")
    if reply.status != 200:
        return _refusal(address, reply)
    media, found = _check_description(address, reply)
    if media is None:
        return found
    try:
        wrong = check_session(dialogue, reply, media, transport)
    except CameraLost as err:
        return Diagnosis.of(err.reason, f"{err} (after it described its stream)")
    return replace(found, needs_relay=dialogue.needs_relay) if wrong is None else wrong


def _ask_http(client: CameraClient, address: Address) -> Diagnosis:
    reply = get(client, address)
    if is_playlist(reply):
        return Diagnosis("transport", f"{address.endpoint} {PLAYLIST_PROBLEM}")
    return _check_content_type(address, reply) if reply.status == 200 else _refusal(address, reply)


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
        return Diagnosis("busy", f"{endpoint} has no stream to give now ({status}); {remedy}")
    remedy = "check path and camera settings; restart the camera"
    return Diagnosis("broken", f"{endpoint} answers with status {status}; {remedy}")


def _login_fault(address: Address, reply: Reply) -> str:
    if address.user is None:
        return f"asks for user and password; write {address.scheme}://user:password@host…"
    login = Login(address.user, address.password, "", "")
    if authorize(reply.all("www-authenticate"), login, "") is None:
        return "asks for the password in a way unknown here; set it to Digest, or to Basic"
    return (
        "refuses user or password; check both, and write signs such as @ : / # ? % as %40 %3A… "
        "(a % before two digits already means a sign)"
    )


def _redirection(reply: Reply) -> str:
    try:
        parts = urlsplit(next(iter(reply.all("location")), ""))
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,100}", host):
        return "sends elsewhere; write the address that the camera's pages give"
    return f"sends to another address at {host} ({parts.scheme[:10]}); write that one"


def _check_description(address: Address, reply: Reply) -> tuple[VideoMedia | None, Diagnosis]:
    """Return the video that an RTSP description offers in a known codec, and what is found."""
    offered = videos(reply.body.decode("latin-1"))
    codecs = [codec for media in offered for codec in media.codecs]
    if not codecs:
        text = "describes a stream without video; choose another path, or switch its video on"
        return None, Diagnosis("no-video", f"{address.endpoint} {text}")
    known = [codec for codec in codecs if codec in DECODED]
    if not known:
        text = f"sends {codecs[0]} video, which is unknown here; set the camera to H.264"
        return None, Diagnosis("codec", f"{address.endpoint} {text}", codecs[0])
    text = f"answers and offers {known[0]}; nothing wrong was found"
    media = next(media for media in offered if known[0] in media.codecs)
    return media, Diagnosis("open", f"{address.endpoint} {text}", known[0])


def _check_content_type(address: Address, reply: Reply) -> Diagnosis:
    """Check that an HTTP server sends video."""
    kind = content_type(reply)
    if kind.startswith("text/"):
        text = "answers with a page instead of video; write the address of its video stream"
        return Diagnosis("no-video", f"{address.endpoint} {text}")
    endless = kind.startswith("image/") and not reply.all("content-length")
    if kind.startswith(("image/", "audio/")) and not endless:
        what = "single pictures" if kind.startswith("image/") else "sound alone"
        text = f"answers with {what}; write the address of its video stream"
        return Diagnosis("no-video", f"{address.endpoint} {text}")
    codec = "JPEG" if endless or kind.startswith("multipart/") else None
    return Diagnosis(
        "open", f"{address.endpoint} answers with data; nothing wrong was found", codec
    )

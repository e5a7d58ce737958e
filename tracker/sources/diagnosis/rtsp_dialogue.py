"""Take each step of an RTSP session, as FFmpeg does, and say which one the camera refuses.

OpenCV only reports that a camera did not open. What refuses may be SETUP or PLAY, behind a good
description: the transport, the number of viewers, the user's rights, a proxy between.
"""

import re
import secrets
import time
from contextlib import suppress

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient
from tracker.sources.diagnosis.diagnosis import Diagnosis, Transport
from tracker.sources.diagnosis.http_auth import Login, authorize, ffmpeg_answers
from tracker.sources.diagnosis.reply import Reply
from tracker.sources.diagnosis.session_description import (
    VideoMedia,
    names_other_host,
    resolve,
    session_control,
)
from tracker.sources.diagnosis.udp_ports import UdpPorts

BUSY = (453, 503)
BUSY_S = 0.5
_BASE = re.compile(r"(?i)rtsps?://(?!rtsps?:)[^/\s]+\S*")
BUSY_TRIES = 2
FORBIDDEN = (401, 403, 407)
MISSING = (404, 410)
NO_SUCH_TRANSPORT = 461
LISTEN_S = 2.0
LEAVE_S = 0.2  # kept back for the answer


class RtspDialogue:
    """Asks one camera, with user and password whenever it demands them and we have them."""

    def __init__(self, client: CameraClient, address: Address) -> None:
        self.client = client
        self.address = address
        self._challenges: list[str] = []
        self._answers = 0
        self._malformed_base = False

    def ask_patiently(
        self, method: str, *headers: tuple[str, str], target: str | None = None
    ) -> Reply:
        """Send a request; again if the camera is busy, maybe with our previous connection."""
        reply = self.ask(method, *headers, target=target)
        for _ in range(BUSY_TRIES):
            if reply.status not in BUSY or self.client.left_s < 2 * BUSY_S:
                break
            time.sleep(BUSY_S)
            with suppress(CameraLost):  # it may close the connection after its first answer
                reply = self.ask(method, *headers, target=target)
        return reply

    @property
    def needs_relay(self) -> bool:
        """Whether FFmpeg does not know the login, or misreads the camera's own address."""
        unknown_login = bool(self._challenges) and not ffmpeg_answers(self._challenges)
        return unknown_login or self._malformed_base

    def ask(self, method: str, *headers: tuple[str, str], target: str | None = None) -> Reply:
        """Send a request; once more if the camera demands a login, or a new one."""
        named = target or self.address.target
        reply = self.client.ask(method, *headers, *self.login(method, named), target=named)
        if reply.status != 401:
            return reply
        self._challenges, self._answers = reply.all("www-authenticate"), 0
        login = self.login(method, named)
        return self.client.ask(method, *headers, *login, target=named) if login else reply

    def base(self, described: Reply) -> str:
        """Return the address that the description's own parts add to.

        Some cameras write `rtsp://rtsp://host/` or leave `rtsp://` out.
        """
        base = next(iter(described.all("content-base")), "")
        self._malformed_base = bool(base) and _BASE.fullmatch(base) is None
        return base if base and not self._malformed_base else self.address.target

    def tell(self, method: str, *headers: tuple[str, str], target: str) -> None:
        """Send a request without waiting for its reply, at the end."""
        self.client.tell(method, *headers, *self.login(method, target), target=target)

    def login(self, method: str, target: str) -> list[tuple[str, str]]:
        """Return the header that answers the newest challenge; none before there is one."""
        if self.address.user is None or not self._challenges:
            return []
        self._answers += 1
        login = Login(self.address.user, self.address.password, method, target, self._answers)
        answer = authorize(self._challenges, login, secrets.token_hex(8))
        return [] if answer is None else [("Authorization", answer)]


def check_session(
    dialogue: RtspDialogue, described: Reply, media: VideoMedia, transport: Transport
) -> Diagnosis | None:
    """Set the stream up, play it, and wait for its first packet.

    Args:
        described: the reply to DESCRIBE.
        media: what to set up.

    Returns:
        What is wrong; None if packets come.

    Raises:
        CameraLost: the camera fell silent or hung up at one of the steps.
    """
    if media.encrypted:
        return _wrong(
            dialogue,
            "transport",
            "offers its video as SRTP alone (RTP/SAVP), which is not read here; switch SRTP off, "
            "or let the camera encrypt by RTSPS",
        )
    base = dialogue.base(described)
    with UdpPorts(dialogue.client.camera_host) as ports:
        over, reply = _set_up(dialogue, resolve(base, media.control), transport, ports)
        if reply.status != 200:
            return _setup_refusal(dialogue, reply.status, media.control, transport)
        session = next(iter(reply.all("session")), "").partition(";")[0]
        control = resolve(base, session_control(described.body.decode("latin-1")))
        headers = (("Session", session), ("Range", "npt=0.000-"))
        reply = dialogue.ask("PLAY", *headers, target=control)
        if reply.status != 200:
            return _play_refusal(dialogue, reply.status)
        began_s = time.monotonic()
        heard = _hears_packet(dialogue.client, ports if over == "udp" else None)
        waited_s = time.monotonic() - began_s
        dialogue.tell("TEARDOWN", ("Session", session), target=control)
    return None if heard else _silence(dialogue, over, waited_s)


def _set_up(
    dialogue: RtspDialogue, target: str, transport: Transport, ports: UdpPorts
) -> tuple[str, Reply]:
    """Ask for the transport, as FFmpeg does: over TCP, and over UDP if that is refused."""
    tcp = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
    udp = ("Transport", f"RTP/AVP/UDP;unicast;client_port={ports.first}-{ports.first + 1}")
    if transport == "udp":
        return "udp", dialogue.ask("SETUP", udp, target=target)
    reply = dialogue.ask("SETUP", tcp, target=target)
    if reply.status == NO_SUCH_TRANSPORT:
        return "udp", dialogue.ask("SETUP", udp, target=target)
    return "tcp", reply


def _hears_packet(client: CameraClient, ports: UdpPorts | None) -> bool:
    within_s = min(LISTEN_S, client.left_s - LEAVE_S)
    if ports is not None:
        return ports.hears_packet(within_s)
    return client.interleaved(within_s) is not None


def _setup_refusal(
    dialogue: RtspDialogue, status: int, control: str, transport: Transport
) -> Diagnosis:
    other = names_other_host(control, dialogue.address.host)
    if other is not None and status not in (*FORBIDDEN, *BUSY):
        remedy = "set the address that the camera, or the proxy before it, gives for itself"
        text = f"describes its stream as one of {other}, and refuses it (status {status} at SETUP)"
        return _wrong(dialogue, "not-found", f"{text}; {remedy}")
    if status == NO_SUCH_TRANSPORT:
        return _wrong(dialogue, "transport", f"{_TRANSPORT_TEXTS[transport]} (status 461 at SETUP)")
    if status in FORBIDDEN:
        remedy = "give the user the right to view it live, not only to log in"
        text = f"describes its stream to this user but refuses it (status {status} at SETUP)"
        return _wrong(dialogue, "auth", f"{text}; {remedy}")
    if status in MISSING:
        text = f"describes a stream that it then does not have (status {status} at SETUP)"
        return _wrong(dialogue, "not-found", f"{text}; check the path, or restart the camera")
    return _failure(dialogue, "SETUP", status)


_TRANSPORT_TEXTS: dict[Transport, str] = {
    "udp": "does not send over UDP; leave transport: udp out",
    "auto": "sends neither over TCP nor over UDP, maybe by multicast only; set it to unicast",
}


def _play_refusal(dialogue: RtspDialogue, status: int) -> Diagnosis:
    if status in FORBIDDEN:
        text = f"sets its stream up for this user but refuses to play it (status {status} at PLAY)"
        return _wrong(dialogue, "auth", f"{text}; give the user the right to view it live")
    if status == 454:
        remedy = "restart the camera; a proxy between must send all requests to one server"
        text = "forgets the session that it has just set up (status 454 at PLAY)"
        return _wrong(dialogue, "broken", f"{text}; {remedy}")
    return _failure(dialogue, "PLAY", status)


def _failure(dialogue: RtspDialogue, step: str, status: int) -> Diagnosis:
    if status in BUSY:
        remedy = "close other viewers, or lower the bit rate or the number of its streams"
        text = f"has no capacity for one more viewer (status {status} at {step})"
        return _wrong(dialogue, "busy", f"{text}; {remedy}")
    if status >= 500:
        remedy = "restart it; if that does not help, try its substream and a newer firmware"
        text = f"fails by itself (status {status} at {step})"
        return _wrong(dialogue, "broken", f"{text}; {remedy}")
    text = f"describes its stream but answers {step} with status {status}"
    return _wrong(dialogue, "broken", f"{text}; check the path, or restart the camera")


def _silence(dialogue: RtspDialogue, over: str, waited_s: float) -> Diagnosis:
    if over == "udp":
        remedy = "let the firewall and NAT between pass its UDP, or let the camera send over TCP"
    else:
        remedy = "restart it, or write transport: udp"
    text = f"plays over {over.upper()}, but no packet came in {waited_s:.1f} s"
    return _wrong(dialogue, "timeout", f"{text}; {remedy}")


def _wrong(dialogue: RtspDialogue, reason: str, text: str) -> Diagnosis:
    return Diagnosis.of(reason, f"{dialogue.address.endpoint} {text}")

"""Stand between FFmpeg and one RTSP camera, for what OpenCV cannot ask FFmpeg for.

FFmpeg logs in by Basic and MD5 alone, and takes a malformed Content-Base as it is. And OpenCV takes
FFmpeg's options from one variable of the whole process, so that no single camera can be asked to
send over UDP: here SETUP over TCP is refused as a camera does that sends over UDP only, and FFmpeg
goes on to UDP by itself. RTP over UDP goes to FFmpeg directly; over TCP it is passed on.
"""

import contextlib
import select
import socket
from dataclasses import dataclass, replace
from threading import Thread
from urllib.parse import urlsplit

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.diagnosis.reply import Reply
from tracker.sources.diagnosis.rtsp_dialogue import RtspDialogue

HEAD_BYTES = 32_768
CHUNK_BYTES = 65_536
STUCK_S = 30.0  # for so long neither side takes what the other sends
JOIN_S = 1.0
# What we say ourselves, or FFmpeg cannot know.
_OURS = frozenset({"cseq", "user-agent", "accept", "authorization"})
_NO_TCP = b"RTSP/1.0 461 Unsupported Transport\r\nCSeq: %d\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Request:
    """One request of FFmpeg."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """Return a header's value; empty if it is absent."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class RtspRelay:
    """Listens on this machine for one connection of FFmpeg, until it is closed.

    Args:
        address: of the camera, with user and password.
        within_s: how long the dialogue up to PLAY may take.
    """

    def __init__(self, address: str, transport: Transport, within_s: float) -> None:
        self._address = Address.parse(address)
        self._transport = transport
        self._within_s = within_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(within_s)
        self._here = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}"
        parts = urlsplit(self._address.target)
        self._there = f"{parts.scheme}://{parts.netloc}"
        self._open: list[socket.socket] = []
        self._thread = Thread(target=self._serve, name="rtsp-relay", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What FFmpeg shall open in place of the camera's address."""
        return self._here + self._address.target.removeprefix(self._there)

    def close(self) -> None:
        """End both connections, and the thread."""
        self._shut(self._listener)
        self._thread.join(JOIN_S)  # it passes FFmpeg's farewell on, then ends by itself
        for one in self._open:
            self._shut(one)
        self._thread.join(JOIN_S)

    @staticmethod
    def _shut(one: socket.socket) -> None:
        with contextlib.suppress(OSError):  # not connected, or closed already
            one.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with contextlib.suppress(OSError, CameraLost, ValueError):  # FFmpeg sees the end of it
            with self._listener:
                ffmpeg, _ = self._listener.accept()
            self._open.append(ffmpeg)
            with ffmpeg, CameraClient(self._address, self._within_s) as client:
                ffmpeg.settimeout(STUCK_S)
                dialogue = RtspDialogue(client, self._address)
                waiting = self._introduce(ffmpeg, dialogue)
                camera, early = client.take_connection()
                with camera:
                    self._open.append(camera)
                    ffmpeg.sendall(early)
                    self._pass_on(ffmpeg, camera, dialogue, waiting)

    def _introduce(self, ffmpeg: socket.socket, dialogue: RtspDialogue) -> bytes:
        """Answer FFmpeg's requests up to PLAY; return what it sent behind that."""
        waiting = b""
        while True:
            request, waiting = _read_request(ffmpeg, waiting)
            sequence = int(request.value("cseq") or 0)
            if self._refuses(request):
                ffmpeg.sendall(_NO_TCP % sequence)
                continue
            headers = [pair for pair in request.headers if pair[0].lower() not in _OURS]
            ask = dialogue.ask_patiently if request.method == "DESCRIBE" else dialogue.ask
            reply = ask(request.method, *headers, target=self._at_camera(request.target))
            if request.method == "DESCRIBE":
                reply = _with_base(reply, dialogue.base(reply))
            ffmpeg.sendall(_serialized(reply, sequence, dialogue.client.camera_host))
            if request.method == "PLAY" and reply.status == 200:
                return waiting

    def _pass_on(
        self, ffmpeg: socket.socket, camera: socket.socket, dialogue: RtspDialogue, waiting: bytes
    ) -> None:
        """Pass on what both sides send, until one ends; log in for FFmpeg's requests."""
        camera.settimeout(STUCK_S)
        while True:
            while waiting:
                sent, waiting = self._take(ffmpeg, dialogue, waiting)
                camera.sendall(sent)
            readable, _, _ = select.select([ffmpeg, camera], [], [])
            if camera in readable and not _forward(camera, ffmpeg):
                return
            if ffmpeg in readable:
                waiting = ffmpeg.recv(CHUNK_BYTES)
                if not waiting:
                    return

    def _take(
        self, ffmpeg: socket.socket, dialogue: RtspDialogue, waiting: bytes
    ) -> tuple[bytes, bytes]:
        """Return FFmpeg's next packet or request, as the camera shall get it, and the rest."""
        if waiting.startswith(b"$"):
            while len(waiting) < 4 or len(waiting) < _packet_bytes(waiting):
                waiting += _more(ffmpeg)
            end = _packet_bytes(waiting)
            return waiting[:end], waiting[end:]
        request, waiting = _read_request(ffmpeg, waiting)
        target = self._at_camera(request.target)
        headers = [pair for pair in request.headers if pair[0].lower() != "authorization"]
        headers += dialogue.login(request.method, target)
        lines = [f"{request.method} {target} RTSP/1.0", *(f"{k}: {v}" for k, v in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace"), waiting

    def _refuses(self, request: _Request) -> bool:
        over_tcp = "/TCP" in request.value("transport").upper()
        return self._transport == "udp" and request.method == "SETUP" and over_tcp

    def _at_camera(self, target: str) -> str:
        if target == self._here or target.startswith(f"{self._here}/"):
            return self._there + target.removeprefix(self._here)
        return target


def _read_request(ffmpeg: socket.socket, waiting: bytes) -> tuple[_Request, bytes]:
    """Return FFmpeg's next request, and what was received behind it.

    Raises:
        ValueError: it is none.
    """
    while (end := waiting.find(b"\r\n\r\n")) < 0:
        if len(waiting) > HEAD_BYTES:
            raise ValueError("a request without an end")
        waiting += _more(ffmpeg)
    first, *lines = waiting[:end].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    return _Request(method, target, headers), waiting[end + 4 :]


def _with_base(reply: Reply, base: str) -> Reply:
    """Return a description with this address in place of the camera's own one."""
    kept = tuple(pair for pair in reply.headers if pair[0] != "content-base")
    given = (("content-base", base),) if reply.all("content-base") else ()
    return replace(reply, headers=kept + given)


def _serialized(reply: Reply, sequence: int, camera_host: str) -> bytes:
    """Return a reply as FFmpeg shall get it: with its own number, and where UDP comes from."""
    lines = [f"RTSP/1.0 {reply.status} -", f"CSeq: {sequence}"]
    for name, value in reply.headers:
        if name == "transport" and "/TCP" not in value.upper() and "source=" not in value.lower():
            lines.append(f"{name}: {value};source={camera_host}")
        elif name not in ("cseq", "content-length", "www-authenticate"):
            lines.append(f"{name}: {value}")
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + reply.body


def _forward(camera: socket.socket, ffmpeg: socket.socket) -> bool:
    """Pass on what has come from the camera; return whether it goes on."""
    data = camera.recv(CHUNK_BYTES)
    ffmpeg.sendall(data)
    # TLS decrypts whole records: what it holds already makes no socket readable.
    while data and (held := getattr(camera, "pending", int)()):
        data = camera.recv(held)
        ffmpeg.sendall(data)
    return bool(data)


def _packet_bytes(data: bytes) -> int:
    return 4 + int.from_bytes(data[2:4], "big")


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(CHUNK_BYTES)
    if not data:
        raise ConnectionResetError
    return data

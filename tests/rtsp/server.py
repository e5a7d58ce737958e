#!/usr/bin/python3
"""Serve clips of encode.py as the cameras of an RTSP server, in real time and for ever.

Run by the system's Python, which has GStreamer's bindings. Prints `ready PORT` when it listens.

    server.py [--port N] [--user U --password P [--digest]] [--certificate PEM] MOUNT…

A MOUNT is NAME=CLIP[,CLIP…][?SETTING=NUMBER&…]; the clips (.h264, .h265, .jpeg) follow each other,
so that clips of two sizes make a camera that changes its size. `NAME=audio` is one without video.
Settings:

    fps         frames per second (25)
    describe_s  seconds before it answers DESCRIBE (0)
    first_s     seconds between PLAY and the first picture (0)
    stall_s     after so many seconds no picture comes any more, the connection stays (never)
    shared      0: every client sees the clips from their beginning (1: all see the same)
    start       number of the picture that each client or, if shared, the first one sees first (0)
    over        1: it sends over UDP only; 2: over TCP only (0: over both)
    unknown     1: its codec has a name that nobody knows (0)
"""

import argparse
import time
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl

import gi

for _name in ("Gst", "GstApp", "GstRtsp", "GstRtspServer"):
    gi.require_version(_name, "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 (versions first)

PAYLOADERS = {
    "h264": (
        "video/x-h264,stream-format=byte-stream,alignment=au",
        "rtph264pay config-interval=-1",
    ),
    "h265": (
        "video/x-h265,stream-format=byte-stream,alignment=au",
        "rtph265pay config-interval=-1",
    ),
    "jpeg": ("image/jpeg", "rtpjpegpay"),
    "audio": ("audio/x-alaw,rate=8000,channels=1", "rtppcmapay"),
}
LOWER_TRANSPORTS = {1: GstRtsp.RTSPLowerTrans.UDP, 2: GstRtsp.RTSPLowerTrans.TCP}
SILENCE = (b"\xd5" * 320,)  # 40 ms of A-law
UNKNOWN = "! capssetter caps=application/x-rtp,encoding-name=X-ODD"
NEVER_S = 3600.0
WHOLE = ("fps", "over", "shared", "start", "unknown")
# NAL units that tell sizes and profiles but hold no picture, by codec.
HEADERS = {"h264": {7, 8, 9}, "h265": {32, 33, 34, 35}}


class Clips(GstRtspServer.RTSPMediaFactory):
    """Makes the stream of one mount for each client, or one for all."""

    def __init__(self, clips: str, fps: int = 25, describe_s: float = 0.0, first_s: float = 0.0,
                 stall_s: float = NEVER_S, shared: int = 1, start: int = 0,
                 over: int = 0, unknown: int = 0) -> None:  # fmt: skip
        super().__init__()
        self.describe_s, self._first_s, self._stall_s, self._fps = describe_s, first_s, stall_s, fps
        self._start = start
        names = clips.split(",")
        self._codec = "audio" if clips == "audio" else Path(names[0]).suffix[1:]
        self._units = SILENCE if clips == "audio" else [u for name in names for u in units(name)]
        caps, payloader = PAYLOADERS[self._codec]
        caps += "" if self._codec == "audio" else f",framerate={fps}/1"
        caps += size(clips) if self._codec == "jpeg" else ""
        self.set_launch(
            "( appsrc name=source is-live=false block=true format=time max-buffers=4 "
            f"caps={caps} ! {payloader} pt=96 {UNKNOWN if unknown else ''} name=pay0 )"
        )
        self.set_shared(bool(shared))
        if over:
            self.set_protocols(LOWER_TRANSPORTS[over])
        self.connect("media-configure", lambda _, media: self._feed(media))

    def _feed(self, media: GstRtspServer.RTSPMedia) -> None:
        buffers = self._buffers()
        source = media.get_element().get_child_by_name("source")
        source.connect("need-data", lambda element, _: element.emit("push-buffer", next(buffers)))

    def _buffers(self):  # noqa: ANN202 (the system's Python has no stubs of Gst)
        """Yield what is played; the pipeline's end waits until each one's time has come."""
        # The SDP needs the headers; without them the server would not even answer DESCRIBE.
        if (self._first_s or self._start) and self._codec in HEADERS:
            yield timed(headers(self._units[0], HEADERS[self._codec], self._codec), 0.0)
        for number in count():
            at_s = number / self._fps
            late_s = NEVER_S if at_s >= self._stall_s else 0.0
            yield timed(
                self._units[(self._start + number) % len(self._units)],
                at_s + self._first_s + late_s,
            )


def timed(unit: bytes, at_s: float) -> Gst.Buffer:
    """Return the access unit as a buffer that is due then."""
    buffer = Gst.Buffer.new_wrapped(unit)
    buffer.pts = buffer.dts = int(at_s * Gst.SECOND)
    return buffer


def units(clip: str) -> list[bytes]:
    """Return a clip's access units."""
    data, found, start = Path(clip).read_bytes(), [], 4
    while start < len(data):
        end = start + 4 + int.from_bytes(data[start : start + 4], "big")
        found.append(data[start + 4 : end])
        start = end
    return found


def size(clip: str) -> str:
    """Return a clip's size as GStreamer's caps."""
    with Path(clip).open("rb") as file:
        width_px, height_px = (int.from_bytes(file.read(2), "big") for _ in range(2))
    return f",width={width_px},height={height_px}"


def headers(unit: bytes, kinds: set[int], codec: str) -> bytes:
    """Return the access unit without its picture."""
    parts = [part.rstrip(b"\0") for part in unit.split(b"\0\0\1")[1:]]
    kept = [p for p in parts if (p[0] & 31 if codec == "h264" else p[0] >> 1 & 63) in kinds]
    return b"".join(b"\0\0\0\1" + part for part in kept)


def protect(server: GstRtspServer.RTSPServer, options: argparse.Namespace) -> None:
    """Ask for user and password, speak TLS: whichever is wanted."""
    auth = GstRtspServer.RTSPAuth()
    if options.certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.certificate))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if options.user is None:
        auth.set_default_token(token)
    elif options.digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    else:
        basic = GstRtspServer.RTSPAuth.make_basic(options.user, options.password)
        auth.add_basic(basic, token)
    server.set_auth(auth)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="0")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("mounts", nargs="+")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=options.port)
    server.get_thread_pool().set_max_threads(16)  # a mount that makes clients wait delays no other
    delays_s = {}
    for mount in options.mounts:
        name, _, rest = mount.partition("=")
        clips, _, settings = rest.partition("?")
        numbers = {k: (int if k in WHOLE else float)(v) for k, v in parse_qsl(settings)}
        factory = Clips(clips, **numbers)
        factory.add_role_from_structure(viewer())
        server.get_mount_points().add_factory(f"/{name}", factory)
        delays_s[f"/{name}"] = factory.describe_s
    if options.user is not None or options.certificate:
        protect(server, options)

    def describe(_client, context) -> GstRtsp.RTSPStatusCode:  # noqa: ANN001 (no stubs of Gst)
        time.sleep(delays_s.get(context.uri.abspath, 0.0))
        return GstRtsp.RTSPStatusCode.OK

    server.connect("client-connected", lambda _, c: c.connect("pre-describe-request", describe))
    if not server.attach(None):
        parser.error(f"port {options.port} is taken; choose another")
    print("ready", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


def viewer() -> Gst.Structure:
    """Return what the role of all users may do."""
    rights = "media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
    return Gst.Structure.from_string(f"viewer, {rights}")[0]


if __name__ == "__main__":
    main()

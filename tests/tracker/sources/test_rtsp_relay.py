"""Cameras that OpenCV alone cannot watch: other logins than MD5, and UDP for one camera of many."""

import contextlib
import re
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import pytest
from support.rtsp import Encode, StartRtsp
from support.rtsp_steps import StepCamera
from support.waiting import eventually

from tracker.errors import CameraLost
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.live_stream import VideoStream
from tracker.types import Frame

pytestmark = pytest.mark.slow
SECRET = "s3cret@:/w"


def frames(stream: VideoStream, count: int = 5) -> list[Frame]:
    """The stream's first frames; it is closed."""
    return list(islice(stream, count))


def relays() -> list[threading.Thread]:
    """The relays that run."""
    return [thread for thread in threading.enumerate() if thread.name == "rtsp-relay"]


def udp_ports() -> int:
    """How many UDP sockets this machine's IPv4 has open."""
    return len(Path("/proc/self/net/udp").read_text().splitlines())


@pytest.mark.parametrize("algorithms", [["MD5", "SHA-256"], ["SHA-256"], ["SHA-512-256"]])
def test_a_login_that_ffmpeg_does_not_know(
    rtsp: StartRtsp, step_camera: Callable[..., StepCamera], algorithms: list[str]
) -> None:
    """A camera that asks by SHA-256 is watched, though FFmpeg answers MD5 alone."""
    behind = ("127.0.0.1", rtsp().port)
    camera = step_camera(login=("me", SECRET), algorithms=algorithms, behind=behind)
    stream = VideoStream("gate", camera.url(f"me:{quote(SECRET, safe='')}"), label="the camera")

    def watched() -> bool:
        with contextlib.suppress(CameraLost):  # the server may still be busy with the last viewer
            return [frame.height_px for frame in frames(stream)] == [240] * 5
        return False

    eventually(watched)
    eventually(watched)

    eventually(lambda: not relays())


@pytest.mark.parametrize(
    "base", [b"rtsp://rtsp://h/cam/", b"127.0.0.1/cam/", b"rtsp://10.9.9.9/cam/"]
)
def test_a_camera_that_misspells_its_own_address(
    rtsp: StartRtsp, step_camera: Callable[..., StepCamera], base: bytes
) -> None:
    """A Content-Base that is no address is ignored; one of another host is the camera's to know."""
    camera = step_camera(
        behind=("127.0.0.1", rtsp().port),
        rewrite=lambda said: re.sub(rb"Content-Base: [^\r]*", b"Content-Base: " + base, said),
    )

    def watched() -> bool:
        with contextlib.suppress(CameraLost):  # the server may still be busy with the last viewer
            return len(frames(VideoStream("gate", camera.url(), label="the camera"))) == 5
        return False

    eventually(watched)


def test_a_wrong_password_stays_wrong(
    rtsp: StartRtsp, step_camera: Callable[..., StepCamera]
) -> None:
    """It is told as that, and tried no more often than with MD5."""
    camera = step_camera(
        login=("me", SECRET), algorithms=["SHA-256"], behind=("127.0.0.1", rtsp().port)
    )

    with pytest.raises(CameraLost, match="refuses user or password") as caught:
        frames(VideoStream("gate", camera.url("me:no"), label="the camera"))

    assert caught.value.reason == "auth"
    assert not relays()


def test_two_cameras_of_one_process_each_over_its_own_transport(
    rtsp: StartRtsp, encoded: Encode
) -> None:
    """One is asked for UDP and one for TCP at the same time, each of a kind that refuses the other.

    OpenCV takes FFmpeg's options from one variable of the whole process.
    """
    server = rtsp({"udp": f"{encoded()}?over=1", "tcp": f"{encoded()}?over=2"})
    found: dict[str, list[Frame]] = {}
    streams = {
        "udp": VideoStream("u", server.url("udp"), label="u", transport="udp"),
        "tcp": VideoStream("t", server.url("tcp"), label="t"),
    }

    def watch(name: str) -> None:
        found[name] = frames(streams[name])

    threads = [threading.Thread(target=watch, args=(name,)) for name in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name: len(seen) for name, seen in found.items()} == {"udp": 5, "tcp": 5}


def test_udp_is_used_where_it_is_asked_for(rtsp: StartRtsp, encoded: Encode) -> None:
    """Of a camera that sends over both, the packets come by UDP; `auto` takes TCP, or else UDP."""
    server = rtsp({"both": f"{encoded()}?shared=0", "udp": f"{encoded()}?over=1&shared=0"})

    def uses_udp(name: str, transport: Transport) -> bool:
        before = udp_ports()
        stream = iter(VideoStream("gate", server.url(name), label="x", transport=transport))
        next(stream)
        opened = udp_ports() - before
        stream.close()  # type: ignore[attr-defined] # a generator
        eventually(lambda: udp_ports() <= before)
        return opened > 0

    assert uses_udp("both", "udp")
    assert not uses_udp("both", "auto")
    assert uses_udp("udp", "auto")


def test_a_camera_that_refuses_udp_is_told(rtsp: StartRtsp, encoded: Encode) -> None:
    """`transport: udp` at a camera without UDP names the setting."""
    server = rtsp({"tcp": f"{encoded()}?over=2"})

    with pytest.raises(CameraLost, match="leave transport: udp out") as caught:
        frames(VideoStream("gate", server.url("tcp"), label="x", transport="udp"))

    assert caught.value.reason == "transport"


def test_a_relay_ends_with_its_stream(rtsp: StartRtsp) -> None:
    """No thread stays, whether the camera played or was away; TLS goes through it, too."""
    server = rtsp(tls=True, user="me", password=SECRET)
    url = server.url("cam", "me", SECRET)

    assert len(frames(VideoStream("gate", url, label="x", transport="udp"))) == 5
    eventually(lambda: not relays())
    server.kill()
    with pytest.raises(CameraLost, match="refuses connections"):
        frames(VideoStream("gate", url, label="x", transport="udp"))
    eventually(lambda: not relays())

"""Why a camera does not open: asked of real servers."""

import socket
from collections.abc import Callable
from contextlib import closing

import pytest
from support.diagnosed import diagnose, is_reachable
from support.rtsp import Encode, StartRtsp

from tracker.sources.diagnosis.diagnosis import Diagnosis

SECRET = "s3cret@:/w"


def free_port() -> int:
    """A port where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@pytest.mark.slow
def test_a_good_camera_has_nothing_wrong(rtsp: StartRtsp, encoded: Encode) -> None:
    """Nothing is found, and the codec is told, for each codec."""
    server = rtsp({codec: encoded(codec) for codec in ("h264", "h265", "jpeg")})

    found = [diagnose(server.url(codec)) for codec in ("h264", "h265", "jpeg")]

    assert [(one.reason, one.codec) for one in found] == [
        ("open", "H264"),
        ("open", "H265"),
        ("open", "JPEG"),
    ]
    assert is_reachable(server.url("h264"))


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.slow
def test_passwords(rtsp: StartRtsp, digest: bool, tls: bool) -> None:
    """A missing, a wrong and the right password are told apart, over TLS too; none is repeated."""
    server = rtsp(user="me", password=SECRET, digest=digest, tls=tls)

    missing, wrong, right = (
        diagnose(server.url("cam", *login)) for login in ((), ("me", "wr0ng"), ("me", SECRET))
    )

    assert missing.reason == wrong.reason == "auth"
    assert "asks for user and password" in missing.text
    assert "refuses user or password" in wrong.text
    assert "wr0ng" not in wrong.text
    assert right.reason == "open"
    assert is_reachable(server.url("cam"))


@pytest.mark.slow
def test_faults_of_a_real_server(rtsp: StartRtsp, encoded: Encode) -> None:
    """A wrong path, no video, an unknown codec and the wrong kind of connection have reasons."""
    server = rtsp({"cam": encoded(), "mute": "audio", "odd": f"{encoded()}?unknown=1"})
    encrypted = rtsp(tls=True)

    assert diagnose(server.url("nowhere")).reason == "not-found"
    assert diagnose(server.url("mute")).reason == "no-video"
    assert diagnose(server.url("odd")) == Diagnosis(
        "codec",
        f"127.0.0.1:{server.port} sends X-ODD video, which is unknown here; "
        "set the camera to H.264",
        "X-ODD",
    )
    assert diagnose(server.url("cam").replace("rtsp", "rtsps")).reason == "tls"
    assert diagnose(encrypted.url("cam").replace("rtsps", "rtsp")).reason == "tls"


@pytest.mark.slow
def test_a_frozen_and_a_killed_server(rtsp: StartRtsp) -> None:
    """A frozen camera is silent, a killed one refuses; once back it answers."""
    server = rtsp()
    url = server.url("cam")

    server.freeze()
    assert diagnose(url, 0.3).reason == "timeout"
    assert not is_reachable(url, 0.3)
    server.thaw()
    assert is_reachable(url)
    server.kill()
    assert diagnose(url).reason == "refused"
    assert not is_reachable(url)
    server.restart()
    assert is_reachable(url)


def test_a_slow_starter_answers_before_it_describes(rtsp: StartRtsp, encoded: Encode) -> None:
    """A camera that takes long to describe its stream is silent to that, but it does answer."""
    url = rtsp({"cam": f"{encoded()}?describe_s=2"}).url("cam")

    assert diagnose(url, 0.3).reason == "timeout"
    assert is_reachable(url)


def test_names_and_ports() -> None:
    """Unknown names, closed ports and IPv6 are told; nothing that is no address fails."""
    port = free_port()

    assert diagnose("rtsp://no-such-camera.invalid/x").reason == "dns"
    assert diagnose(f"rtsp://{'a' * 80}.invalid/").reason == "dns"
    assert diagnose(f"rtsp://127.0.0.1:{port}/").reason == "refused"
    assert diagnose(f"rtsp://[::1]:{port}/").reason in ("refused", "unreachable")
    for address in ("", "cam", "rtsp://", "rtsp://[::1/", "rtsp://h:99999/", "ftp://host/"):
        assert diagnose(address).reason == "broken"
        assert not is_reachable(address)


def test_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without a route is unreachable; one that swallows everything is a time-out."""

    def connect(error: type[OSError]) -> Callable[..., None]:
        def fail(*_: object) -> None:
            raise error(113, "No route to host") if error is OSError else error

        return fail

    for error, reason in ((OSError, "unreachable"), (TimeoutError, "timeout")):
        monkeypatch.setattr(socket.socket, "connect", connect(error))
        assert diagnose("rtsp://127.0.0.1/").reason == reason

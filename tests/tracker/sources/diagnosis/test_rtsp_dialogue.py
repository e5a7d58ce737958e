"""Each step of an RTSP session has its own diagnosis, and so has each way to log in."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from support.rtsp import Encode, StartRtsp
from support.rtsp_steps import SDP, StepCamera
from support.waiting import PATIENCE_S

from tracker.sources.diagnosis import rtsp_dialogue
from tracker.sources.diagnosis.diagnose import diagnose
from tracker.sources.diagnosis.http_auth import ffmpeg_answers

SECRET = "s3cret@:/w"


@pytest.mark.parametrize(
    ("answers", "sdp", "reason", "says"),
    [
        ({"SETUP": "461 Unsupported transport"}, SDP, "transport", "neither over TCP nor over UDP"),
        ({"SETUP": "453 Not Enough Bandwidth"}, SDP, "busy", "close other viewers"),
        ({"SETUP": "503 Unavailable"}, SDP, "busy", "(status 503 at SETUP)"),
        ({"SETUP": "500 Oops"}, SDP, "broken", "fails by itself (status 500 at SETUP)"),
        ({"SETUP": "401 Unauthorized"}, SDP, "auth", "the right to view it live"),
        ({"SETUP": "403 Forbidden"}, SDP, "auth", "the right to view it live"),
        ({"SETUP": "404 Not Found"}, SDP, "not-found", "(status 404 at SETUP); check the path"),
        ({"SETUP": "459 Aggregate"}, SDP, "broken", "answers SETUP with status 459"),
        ({"SETUP": ""}, SDP, "closed", "(after it described its stream)"),
        ({"PLAY": "503 Unavailable"}, SDP, "busy", "(status 503 at PLAY)"),
        ({"PLAY": "454 Session Not Found"}, SDP, "broken", "forgets the session"),
        ({"PLAY": "401 Unauthorized"}, SDP, "auth", "(status 401 at PLAY)"),
        ({"PLAY": "455 Not Valid"}, SDP, "broken", "answers PLAY with status 455"),
        ({}, SDP.replace("RTP/AVP", "RTP/SAVP"), "transport", "switch SRTP off"),
        (
            {"SETUP": "404 Not Found"},
            f"{SDP}a=control:rtsp://192.168.77.1/x\r\n",
            "not-found",
            "describes its stream as one of 192.168.77.1",
        ),
        ({}, SDP, "open", "offers H264; nothing wrong was found"),
        ({}, f"{SDP}a=control:rtsp://192.168.77.1/x\r\n", "open", "nothing wrong was found"),
    ],
)
def test_each_step_has_its_own_reason(
    step_camera: Callable[..., StepCamera],
    answers: dict[str, str],
    sdp: str,
    reason: str,
    says: str,
) -> None:
    """What refuses behind a good description is told with its status, its step and its remedy."""
    camera = step_camera(answers, sdp=sdp)

    found = diagnose(camera.url("me:s3cret"), PATIENCE_S)

    assert (found.reason, says in found.text) == (reason, True), found.text
    assert f"127.0.0.1:{camera.port} " in found.text
    assert "s3cret" not in found.text


def test_a_camera_that_plays_silence(
    step_camera: Callable[..., StepCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PLAY succeeds but nothing comes: the remedy is the other transport."""
    monkeypatch.setattr(rtsp_dialogue, "LISTEN_S", 0.1)
    camera = step_camera(packets=())

    found = diagnose(camera.url(), PATIENCE_S)

    assert found.reason == "timeout"
    assert "plays over TCP, but no packet came" in found.text
    assert "transport: udp" in found.text


def test_the_dialogue_names_what_ffmpeg_names(step_camera: Callable[..., StepCamera]) -> None:
    """SETUP takes the media's control, PLAY the session's; the session is torn down."""
    sdp = SDP.replace("m=video", "a=control:*\r\nm=video") + "a=control:trackID=1\r\n"
    camera = step_camera(sdp=sdp)

    assert diagnose(camera.url(path="live"), PATIENCE_S).reason == "open"

    plain = f"rtsp://127.0.0.1:{camera.port}/live"
    assert camera.requests[:3] == [("DESCRIBE", plain), ("SETUP", f"{plain}/trackID=1"),
                                   ("PLAY", plain)]  # fmt: skip


@pytest.mark.slow
def test_a_real_camera_over_either_transport(rtsp: StartRtsp, encoded: Encode) -> None:
    """A camera that sends over UDP only is good by itself; over TCP only it refuses UDP."""
    server = rtsp({"udp": f"{encoded()}?over=1", "tcp": f"{encoded()}?over=2"})

    assert diagnose(server.url("udp"), PATIENCE_S).reason == "open"
    assert diagnose(server.url("tcp"), PATIENCE_S).reason == "open"
    assert diagnose(server.url("udp"), PATIENCE_S, "udp").reason == "open"
    refused = diagnose(server.url("tcp"), PATIENCE_S, "udp")
    assert refused.reason == "transport"
    assert "leave transport: udp out" in refused.text


@pytest.mark.parametrize(
    ("algorithms", "own"),
    [
        (["MD5"], False),
        (["MD5", "SHA-256"], True),
        (["SHA-256", "MD5"], False),
        (["SHA-256"], True),
        (["SHA-512-256", "SHA-256", "MD5"], False),
    ],
)
def test_every_digest_of_rfc_7616(
    step_camera: Callable[..., StepCamera], algorithms: list[str], own: bool
) -> None:
    """We log in by whatever is offered, and know where FFmpeg cannot; a wrong password is told."""
    camera = step_camera(login=("me", SECRET), algorithms=algorithms)
    login = f"me:{quote(SECRET, safe='')}"

    right, wrong = (
        diagnose(camera.url(login), PATIENCE_S),
        diagnose(camera.url("me:no"), PATIENCE_S),
    )

    assert (right.reason, right.needs_relay) == ("open", own)
    assert wrong.reason == "auth"
    assert "refuses user or password" in wrong.text


@pytest.mark.parametrize(
    ("challenges", "answers"),
    [
        (['Digest realm="c", nonce="n"'], True),
        (['Digest realm="c", nonce="n", qop="auth-int"'], False),
        (['Basic realm="c"'], True),
        (['Basic realm="c"', 'Digest realm="c", nonce="n", algorithm=SHA-256'], False),
        (["Negotiate"], False),
    ],
)
def test_what_ffmpeg_can_answer(challenges: list[str], answers: bool) -> None:
    """FFmpeg looks at the last digest alone, and at Basic only without one."""
    assert ffmpeg_answers(challenges) == answers

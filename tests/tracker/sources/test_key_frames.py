"""A camera whose key frames are rare is waited for, and told apart from a silent one."""

import contextlib
import threading
from itertools import islice

import pytest
from support.rtsp import Encode, StartRtsp
from support.waiting import eventually

from tracker.errors import CameraLost
from tracker.sources import key_frames, stream_reader
from tracker.sources.key_frames import PATIENCE_S, RARE_S, KeyFrames
from tracker.sources.live_stream import VideoStream


def test_what_is_told_of_key_frames() -> None:
    """The wait is told while it lasts and afterwards, then the interval once it is known."""
    frames = KeyFrames(100.0)
    assert frames.note() == ""

    assert frames.wait_on(112.0)
    assert frames.note().startswith("waiting for a key frame, 12 s so far; set the camera's key")
    frames.picture(120.0, is_key=True)
    assert frames.note().startswith("the first key frame came after 20 s; set")
    for at_s in range(121, 160):
        frames.picture(at_s, is_key=False)
    frames.picture(160.0, is_key=True)
    assert frames.note().startswith("a key frame comes only every 40 s: ")
    assert frames.interval_s == 40.0


def test_usual_key_frames_need_no_word() -> None:
    """A key frame every few seconds, or every picture one, is nothing to tell."""
    frames = KeyFrames(0.0)
    for at_s in range(60):
        frames.picture(at_s, is_key=at_s % 4 == 0)

    assert frames.interval_s == 4.0 < RARE_S
    assert frames.note() == ""
    assert not frames.wait_on(PATIENCE_S + 1)


def lost(source: VideoStream) -> str:
    """Read the stream until it is lost; return the reason."""
    with pytest.raises(CameraLost) as caught:
        list(source)
    return caught.value.reason


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_rare_key_frames_are_waited_for(
    rtsp: StartRtsp, encoded: Encode, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    """Packets come but none decodes for many read time-outs: the stream stays open, and says so."""
    monkeypatch.setattr(stream_reader, "READ_TIMEOUT_S", 0.5)
    clip = encoded(codec, fps=10, seconds=4, group=40)
    server = rtsp({"cam": f"{clip}?fps=10&start=5&shared=0"})
    told: list[str] = []

    def watched() -> bool:
        """Watch it once; on a busy machine packets may come too late to be taken for any."""
        source, done = VideoStream("gate", server.url("cam"), label="the camera"), threading.Event()
        listener = threading.Thread(target=listen, args=(source, told, done))
        listener.start()
        sessions: set[str] = set()
        with contextlib.suppress(CameraLost):
            sessions = {frame.session for frame in islice(source, 5)}
        done.set()
        listener.join()
        return len(sessions) == 1

    eventually(watched)

    assert any(note.startswith("waiting for a key frame, ") for note in told)


def listen(source: VideoStream, told: list[str], done: threading.Event) -> None:
    """Keep what a source tells."""
    while not done.wait(0.02):
        told.extend(source.notes())


@pytest.mark.slow
def test_a_silent_camera_is_not_waited_for(
    rtsp: StartRtsp, encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without packets there is nothing to wait for: the read time-out ends it."""
    monkeypatch.setattr(stream_reader, "READ_TIMEOUT_S", 0.5)
    clip = encoded(fps=10, seconds=4, group=40)
    server = rtsp({"cam": f"{clip}?fps=10&start=5&shared=0&stall_s=3"})

    assert lost(VideoStream("gate", server.url("cam"), label="the camera")) == "timeout"


@pytest.mark.slow
def test_patience_has_an_end(
    rtsp: StartRtsp, encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera that never sends a key frame is told as that."""
    monkeypatch.setattr(stream_reader, "READ_TIMEOUT_S", 0.5)
    monkeypatch.setattr(key_frames, "PATIENCE_S", 0.6)
    server = rtsp({"cam": f"{encoded(fps=10, seconds=4, group=40)}?fps=10&start=1&shared=0"})

    def given_up() -> bool:
        source = VideoStream("gate", server.url("cam"), label="the camera")
        reason = lost(source)
        assert source.notes() == (), "a lost camera waits for nothing"
        return reason == "key-frame"

    eventually(given_up)

"""Video files and streams, with real small videos."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracker import video
from tracker.errors import CameraLost, ConfigError
from tracker.telemetry import Tally
from tracker.types import Frame
from tracker.video import VideoFile, VideoStream

FRAMES, FPS = 30, 10.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video whose frame n has brightness 8 n."""
    path = tmp_path_factory.mktemp("video") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for number in range(FRAMES):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    return path


def shown(image: np.ndarray | None) -> int:
    """The number of the frame in the picture."""
    assert image is not None
    return round(float(image.mean()) / 8)


def test_a_file_plays_in_real_time(clip: Path, time: Any) -> None:
    """Every frame comes when it is due, with its own picture, and then the source ends."""
    tally = Tally()

    frames = list(VideoFile("gate", clip, clock=time, stop=time.stop, telemetry=tally))

    assert [frame.seq for frame in frames] == list(range(FRAMES))
    assert [shown(frame.image) for frame in frames] == list(range(FRAMES))
    at = [frame.at - frames[0].at for frame in frames]
    np.testing.assert_allclose(at, np.arange(FRAMES) / FPS, atol=1e-6)
    assert (frames[0].width_px, frames[0].height_px) == (64, 48)
    assert tally.observed("stage_duration_seconds", stage="decode")[1] == FRAMES


def test_a_slow_reader_gets_the_newest_frame(clip: Path, time: Any) -> None:
    """Late frames are skipped; number, time and picture still belong together."""
    seen = []

    for frame in VideoFile("gate", clip, clock=time, stop=time.stop):
        seen.append(frame.seq)
        assert shown(frame.image) == frame.seq
        assert time.now - frame.at <= 0.1 + 1e-6
        time.now += 0.35

    assert seen[0] == 0
    assert 8 <= len(seen) <= 10


def test_offline_every_frame_comes_in_order(clip: Path) -> None:
    """Without pacing nothing is skipped or waited for, and time is the file's own."""
    frames = list(VideoFile("gate", clip, pace=False))

    assert [frame.at for frame in frames] == [number / FPS for number in range(FRAMES)]


def test_each_loop_is_a_new_session(clip: Path, time: Any) -> None:
    """A looping file begins a new session each time, from its first frame."""
    frames = []

    for frame in VideoFile("gate", clip, loop=True, clock=time, stop=time.stop):
        frames.append(frame)
        if len(frames) == 2 * FRAMES + 1:
            time.stop.set()

    assert [frame.seq for frame in frames] == [*range(FRAMES), *range(FRAMES), 0]
    assert len({frame.session for frame in frames}) == 3


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    """Something else than a video ends the camera with a reason, also when it is to loop."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video at all")

    with pytest.raises(ConfigError, match=r"clip\.mp4 cannot be read as video"):
        list(VideoFile("gate", path, loop=True))


def test_a_stream_hands_over_the_newest_frame(clip: Path) -> None:
    """While the reader is away the decoder runs on; the reader then gets the last frame only.

    A file read as fast as it goes stands in for a stream that is faster than its reader.
    """
    tally = Tally()
    stream = VideoStream("gate", str(clip), label="clip", telemetry=tally)
    frames = iter(stream)
    first = next(frames)
    _join_decoder()

    second = next(frames)

    assert second.seq == FRAMES - 1
    assert shown(second.image) == second.seq
    assert second.at >= first.at
    assert second.session == first.session
    with pytest.raises(CameraLost, match="clip closed the stream") as caught:
        next(frames)
    assert caught.value.reason == "closed"
    assert tally.observed("stage_duration_seconds", stage="decode")[1] == FRAMES


def test_a_stream_that_is_not_there_is_lost() -> None:
    """A refused connection is a lost camera, told without credentials."""
    stream = VideoStream("gate", "rtsp://admin:s3cret@127.0.0.1:1/x", label="rtsp://***@127.0.0.1")

    with pytest.raises(CameraLost) as caught:
        next(iter(stream))

    assert caught.value.reason == "refused"
    assert "s3cret" not in str(caught.value)


def test_a_reader_that_leaves_ends_the_decoder(clip: Path) -> None:
    """No decoder thread outlives the reader."""
    frames = iter(VideoStream("gate", str(clip), label="clip"))
    next(frames)

    frames.close()  # type: ignore[attr-defined]

    _join_decoder()


def test_stop_ends_the_stream(clip: Path) -> None:
    """A stream that was told to stop gives nothing more."""
    stop = threading.Event()
    frames = iter(VideoStream("gate", str(clip), label="clip", stop=stop))
    next(frames)

    stop.set()

    assert list(frames) == []


def _join_decoder() -> None:
    for thread in threading.enumerate():
        if thread.name == "decode-gate":
            thread.join(5)
            assert not thread.is_alive()


class _Mjpeg(BaseHTTPRequestHandler):
    """Serves 20 pictures as a camera does; under /frozen it then keeps silent."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=frame")
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may leave at any time
            for number in range(20):
                _good, jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), 8 * number, np.uint8))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg.tobytes() + b"\r\n")
            if self.path == "/frozen":
                self.server.thaw.wait(10)  # type: ignore[attr-defined]

    def log_message(self, *_args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def http() -> Iterator[str]:
    """The address of an HTTP camera."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mjpeg)
    server.thaw = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://user:s3cret@127.0.0.1:{server.server_port}"
    server.thaw.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize(("path", "reason"), [("/live", "closed"), ("/frozen", "timeout")])
def test_an_http_camera_streams_until_it_fails(
    http: str, path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures come over the network; a closed and a frozen stream are told apart."""
    monkeypatch.setattr(video, "READ_TIMEOUT_S", 0.5)
    frames: list[Frame] = []

    with pytest.raises(CameraLost) as caught:
        frames.extend(VideoStream("gate", http + path, label="http://***@127.0.0.1"))

    assert caught.value.reason == reason
    assert "s3cret" not in str(caught.value)
    assert frames
    assert all(abs(shown(frame.image) - frame.seq) <= 1 for frame in frames)

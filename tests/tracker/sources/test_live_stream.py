"""Live streams, from a real RTSP server that is killed, frozen and slow."""

import contextlib
import random
import socket
import threading
import time
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from support.live_streams import SECRET, lost, watch
from support.rtsp import Encode, RtspServer, StartRtsp
from support.waiting import PATIENCE_S, eventually

from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.sources import live_stream, stream_reader
from tracker.sources.retry_policy import RetryPolicy
from tracker.types import Frame

pytestmark = pytest.mark.slow
PRODUCT_TIMEOUTS_S = live_stream.OPEN_TIMEOUTS_S


def decoders() -> list[threading.Thread]:
    """The decoders that run."""
    return [thread for thread in threading.enumerate() if thread.name == "decode-gate"]


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_frames_come_as_they_are_captured(rtsp: StartRtsp, encoded: Encode, codec: str) -> None:
    """Times and numbers follow the camera's own rhythm, from the first frame on.

    What was buffered while the stream was opened is skipped and counted: shown in a burst it
    would show people who jump.
    """
    server, tally = rtsp({"cam": f"{encoded(codec)}?fps=25"}), InMemoryTelemetry()

    def even_and_fresh() -> bool:
        """Watch it once; a busy machine may disturb the times, but not for ever."""
        frames = list(islice(watch(server.url("cam"), telemetry=tally), 50))
        age_s = time.time() - frames[-1].at
        assert {frame.session for frame in frames} == {frames[0].session}
        assert all(after.seq > before.seq for before, after in pairwise(frames))
        assert (frames[0].width_px, frames[0].height_px) == (320, 240)
        steps_s = np.diff([frame.at for frame in frames]) / np.diff([frame.seq for frame in frames])
        even = steps_s.min() > 0.01 and np.median(steps_s) == pytest.approx(0.04, abs=0.004)
        return bool(even) and 0 <= age_s < 0.5

    eventually(even_and_fresh)
    if codec == "h264":  # FFmpeg looks at some frames before it calls the stream open
        assert tally.value("frames_dropped_total", camera="gate", reason="stale") > 0


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_camera_may_change_its_size_and_codec_parameters(
    rtsp: StartRtsp, encoded: Encode, codec: str
) -> None:
    """The stream goes on; pictures are scaled to the first size, so that coordinates stay."""
    clips = [
        encoded(codec, width_px=w, height_px=h, seconds=1) for w, h in ((320, 240), (640, 480))
    ]
    mount = f"{','.join(map(str, clips))}?shared=0"
    server = rtsp({"cam": mount})

    frames = list(islice(watch(server.url("cam")), 100))

    assert {frame.session for frame in frames} == {frames[0].session}
    assert {(frame.width_px, frame.height_px) for frame in frames} == {(320, 240)}
    balls = [ball(frame) for frame in frames]
    assert {round(y_px) for _, y_px in balls if y_px > 0} <= set(range(112, 129))
    assert max(x_px for x_px, _ in balls) - min(x_px for x_px, _ in balls) > 200


def ball(frame: Frame) -> tuple[float, float]:
    """The place of the yellow ball in px."""
    assert frame.image is not None
    rows, columns = np.nonzero(frame.image[:, :, 0] < 30)
    return (float(columns.mean()), float(rows.mean())) if len(rows) else (0.0, 0.0)


def test_encrypted_streams_play(rtsp: StartRtsp) -> None:
    """A camera may speak RTSPS, with a certificate of its own making and a password."""
    server = rtsp(tls=True, user="viewer", password=SECRET)

    frames = list(islice(watch(server.url("cam", "viewer", SECRET)), 3))

    assert [frame.height_px for frame in frames] == [240] * 3


def test_a_killed_server_is_noticed_at_once(
    rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream is closed, then refused, and can be had again when the server is back."""
    monkeypatch.setattr(stream_reader, "READ_TIMEOUT_S", PATIENCE_S)
    server = rtsp()
    source = watch(server.url("cam"))
    frames = iter(source)
    next(frames)

    server.kill()
    killed_s = time.monotonic()
    with pytest.raises(CameraLost) as caught:
        list(frames)
    assert caught.value.reason == "closed"
    assert time.monotonic() - killed_s < PATIENCE_S / 2
    assert lost(source).reason == "refused"
    assert source.is_reachable(30) is False
    server.start()
    assert source.is_reachable(30) is True
    assert next(iter(source)).seq == 0


def test_a_frozen_server_is_noticed(rtsp: StartRtsp) -> None:
    """No frame for the read time-out is told as that; what OpenCV then hands out is not shown."""
    server = rtsp()
    source = watch(server.url("cam"))
    frames = iter(source)
    shown = [next(frames)]

    server.freeze()
    frozen_at = time.time()
    with pytest.raises(CameraLost) as caught:
        shown.extend(frames)

    assert caught.value.reason == "timeout"
    assert stream_reader.READ_TIMEOUT_S - 0.5 < time.time() - frozen_at < PATIENCE_S
    # What OpenCV hands out after the time-out would carry its time.
    assert all(frame.at < frozen_at + 0.5 * stream_reader.READ_TIMEOUT_S for frame in shown)
    eventually(lambda: not decoders())


def test_a_thawed_server_is_not_waited_for(
    rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames are back within three seconds, however much was tried in vain meanwhile.

    Connections that a frozen server cannot accept fill its queue; TCP repeats what it could not
    deliver at ever longer intervals.
    """
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", PRODUCT_TIMEOUTS_S)
    server = rtsp()

    eventually(lambda: 0 <= back_after_s(server) < 3.5, within_s=2 * PATIENCE_S)


def back_after_s(server: RtspServer) -> float:
    """Freeze the server for nine seconds; return how long after it frames are back."""
    server.freeze()
    source, frames, thawed_at = watch(server.url("cam")), [], []
    retries = RetryPolicy(source, random.Random(1))
    thaw = threading.Timer(9, lambda: (server.thaw(), thawed_at.append(time.time())))
    with contextlib.ExitStack() as full:
        for _ in range(12):
            queued = full.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(("127.0.0.1", server.port))
        thaw.start()
        while not frames:
            try:
                frames.extend(islice(source, 1))
            except CameraLost as err:
                retries.wait(retries.next_delay_s(err.reason), err.reason, threading.Event())
        back_at = time.time()
        thaw.join()
    return back_at - thawed_at[0]


def test_patience_grows_until_a_slow_camera_is_reached(
    rtsp: StartRtsp, encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera that takes longer to start than we first wait is not given up."""
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (0.3, 0.6, 30.0, 60.0))
    monkeypatch.setattr(live_stream, "PROBE_TIMEOUT_S", 30.0)
    monkeypatch.setattr(live_stream, "SILENT_DIAGNOSE_S", 0.3)
    server = rtsp({"cam": f"{encoded()}?describe_s=1.0"})
    source = watch(server.url("cam"))

    first, second = lost(source), lost(source)

    assert (first.reason, second.reason) == ("timeout", "timeout")
    assert next(iter(source)).image is not None
    assert next(iter(source)).image is not None, "what sufficed once is granted from then on"


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_camera_whose_first_picture_is_late_is_reached(
    rtsp: StartRtsp, encoded: Encode, codec: str
) -> None:
    """A stream that starts long after it was promised is waited for, within our patience."""
    server = rtsp({"cam": f"{encoded(codec)}?first_s=3"})

    assert next(iter(watch(server.url("cam")))).image is not None


@pytest.mark.parametrize(
    ("mount", "user", "reason"),
    [
        ("cam", "admin", "auth"),
        ("elsewhere", "viewer", "not-found"),
        ("sound", "viewer", "no-video"),
        ("odd", "viewer", "codec"),
    ],
)
def test_why_a_stream_did_not_open_is_told(
    rtsp: StartRtsp, encoded: Encode, mount: str, user: str, reason: str
) -> None:
    """The reason is classified, and neither the error nor the standard error shows a password."""
    mounts = {"cam": encoded(), "sound": "audio", "odd": f"{encoded()}?unknown=1"}
    server = rtsp(mounts, user="viewer", password=SECRET, digest=True)

    assert lost(watch(server.url(mount, user, SECRET))).reason == reason


def test_ffmpeg_keeps_quiet(rtsp: StartRtsp, capfd: pytest.CaptureFixture[str]) -> None:
    """What FFmpeg and OpenCV have to say about a failure does not reach our log."""
    server = rtsp()
    frames = iter(watch(server.url("cam")))
    next(frames)
    server.kill()
    with pytest.raises(CameraLost):
        list(frames)

    lost(watch(f"rtsp://admin:{SECRET}@127.0.0.1:{server.port}/x"))
    lost(watch(f"http://admin:{SECRET}@127.0.0.1:{server.port}/x"))
    lost(watch(Path("/dev/video123")))

    assert capfd.readouterr() == ("", "")


def test_a_device_that_is_not_there_is_told() -> None:
    """A USB camera that is missing is a lost camera with a remedy, not an endless wait."""
    error = lost(watch(Path("/dev/video123")))

    assert error.reason == "device"
    assert "/dev/video123" in str(error)


def test_stop_is_prompt_though_the_decoder_hangs(
    rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop while a frozen server is being opened, the reader leaves at once.

    The decoder that is left behind ends by itself.
    """
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (2 * PATIENCE_S,))
    server, stop = rtsp(), threading.Event()
    server.freeze()
    threading.Timer(0.3, stop.set).start()
    began_s = time.monotonic()

    assert list(watch(server.url("cam"), stop=stop)) == []

    assert time.monotonic() - began_s < PATIENCE_S
    server.kill()
    eventually(lambda: not decoders())


def test_decoders_that_hang_do_not_pile_up(
    rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most two are left behind; further attempts fail until one of them has ended."""
    monkeypatch.setattr(live_stream, "WAIT_FOR_DECODER_S", 0.05)
    monkeypatch.setattr(live_stream, "OPEN_TIMEOUTS_S", (2 * PATIENCE_S,))  # so long they hang
    server, stop = rtsp(), threading.Event()
    server.freeze()  # before anything is read: a decoder with frames to spare would not hang
    source = watch(server.url("cam"), stop=stop)
    for hanging in (1, 2):
        stop.clear()
        leaving = threading.Thread(target=stop_once_running, args=(stop, hanging))
        leaving.start()
        assert list(source) == []
        leaving.join()

    stop.clear()
    refused = lost(source)

    assert refused.reason == "hanging"
    assert len(decoders()) == 2
    server.kill()
    eventually(lambda: not decoders())


def stop_once_running(stop: threading.Event, count: int) -> None:
    """Tell the reader to leave once so many decoders run."""
    eventually(lambda: len(decoders()) == count)
    stop.set()

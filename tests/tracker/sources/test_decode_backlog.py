"""Streams that come faster than they can be decoded, and those that only seem to."""

import time
from typing import Any

import cv2
import pytest
from support.rtsp import StartRtsp
from support.waiting import PATIENCE_S, eventually

from tracker.errors import CameraLost
from tracker.sources import opened_stream, stream_reader
from tracker.sources.decode_backlog import Backlog, busy_s
from tracker.sources.live_stream import VideoStream


class Slow:
    """A capture whose pictures take long to convert, as on a machine that is short of time."""

    def __init__(self, capture: cv2.VideoCapture, convert_s: float) -> None:
        self._capture, self._convert_s = capture, convert_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._capture, name)

    def retrieve(self) -> Any:
        until_s = time.thread_time() + self._convert_s
        while time.thread_time() < until_s:
            pass
        return self._capture.retrieve()


@pytest.mark.slow
def test_a_reader_that_is_too_slow_opens_anew(
    rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pictures never grow older than some seconds; it says what is wrong."""
    server, opened = rtsp(), opened_stream.open_address
    monkeypatch.setattr(opened_stream, "open_address", lambda *a, **k: Slow(opened(*a, **k), 0.08))
    began_s = time.monotonic()

    with pytest.raises(CameraLost, match="smaller stream") as caught:
        list(VideoStream("gate", server.url("cam"), label="the camera"))

    assert caught.value.reason == "behind"
    assert time.monotonic() - began_s < PATIENCE_S


@pytest.mark.slow
def test_a_slow_clock_is_no_backlog(rtsp: StartRtsp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a camera's own clock goes at half speed, the stream stays open."""
    server, position = rtsp(), stream_reader.StreamReader._position
    monkeypatch.setattr(stream_reader.StreamReader, "_position", lambda self: position(self) / 2)
    began_s = time.monotonic()

    frames = iter(VideoStream("gate", server.url("cam"), label="the camera"))
    while time.monotonic() - began_s < 7:
        next(frames)

    eventually(lambda: time.time() - next(frames).at < 0.5)


@pytest.mark.parametrize(("busy_part", "grows"), [(0.9, True), (0.1, False)])
def test_only_who_hardly_waits_has_a_backlog(busy_part: float, grows: bool) -> None:
    """Frames that are ever later are a backlog for a busy reader alone, and only once too late."""
    now_s = 100.0
    backlog = Backlog(lambda: busy_part * now_s)
    told = []

    for late_s in (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4):
        told.append(backlog.is_growing(late_s, now_s))
        now_s += 1.0

    assert told == [False] * 6 + [grows]


def test_waiting_is_not_being_busy() -> None:
    """A thread that sleeps is not busy, one that computes is."""

    def busy_asleep_s() -> float:
        before_s = busy_s()
        time.sleep(0.2)
        return busy_s() - before_s

    eventually(lambda: busy_asleep_s() < 0.1)  # waking up may take long on a busy machine
    slept_s = busy_s()
    until_s = time.thread_time() + 0.1
    while time.thread_time() < until_s:
        pass

    assert busy_s() - slept_s > 0.08

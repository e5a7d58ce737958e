"""The substream in place of the main one, as long as it serves."""

import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from support.rtsp import Encode, StartRtsp

from tracker.errors import CameraLost
from tracker.ports import FrameSource
from tracker.sources.live_stream import VideoStream
from tracker.sources.substream_fallback import SubstreamFallback
from tracker.types import Frame


class Played(FrameSource):
    """Each opening gives some frames of one height, then fails."""

    def __init__(self, name: str, height_px: int, frames: int = 3) -> None:
        self.name = name
        self.height_px = height_px
        self.frames = frames
        self.opened = 0
        self.open_now = 0

    def __iter__(self) -> Iterator[Frame]:
        self.opened += 1
        self.open_now += 1
        try:
            for seq in range(self.frames):
                yield Frame(self.name, f"s{self.opened}", seq, seq / 10, 640, self.height_px)
        finally:
            self.open_now -= 1
        raise CameraLost(f"{self.name} is gone", reason="closed")

    def is_reachable(self, within_s: float) -> bool | None:
        return within_s > 0


def watched(source: FrameSource) -> tuple[list[str], str]:
    """Watch until the source is lost; return the cameras of the frames and why it was lost."""
    seen: list[str] = []
    with pytest.raises(CameraLost) as caught:
        seen.extend(frame.camera for frame in source)
    return seen, str(caught.value)


def test_a_substream_that_serves_is_watched() -> None:
    """The main stream is not even opened, neither at first nor after a loss."""
    main, sub = Played("main", 1080), Played("sub", 360)
    source = SubstreamFallback(main, sub)

    assert watched(source) == (["sub"] * 3, "sub is gone")
    assert watched(source) == (["sub"] * 3, "sub is gone")
    assert (main.opened, source.notes(), source.is_reachable(1)) == (0, (), True)


def test_a_substream_that_is_too_small_is_given_up_for_good() -> None:
    """The source steps in at once, none of the small pictures is shown, and a note says why."""
    main, sub = Played("main", 1080), Played("sub", 288)
    source = SubstreamFallback(main, sub)

    assert watched(source)[0] == ["main"] * 3
    assert source.notes() == ("substream has 288 lines, fewer than 360; using the main stream",)
    assert watched(source)[0] == ["main"] * 3
    assert (sub.opened, sub.open_now) == (1, 0)


def test_a_substream_that_does_not_open_is_tried_again_later() -> None:
    """The source steps in; the next time the camera is opened the substream has its chance."""
    main, sub = Played("main", 1080), Played("sub", 480, frames=0)
    source = SubstreamFallback(main, sub)

    assert watched(source)[0] == ["main"] * 3
    assert source.notes() == ("substream unavailable (sub is gone); using the main stream",)
    sub.frames = 2
    assert watched(source)[0] == ["sub"] * 2
    assert source.notes() == ()


def test_where_neither_is_there_the_source_says_why() -> None:
    """What keeps the main stream from opening is what has to be mended."""
    source = SubstreamFallback(Played("main", 1080, frames=0), Played("sub", 480, frames=0))

    assert watched(source) == ([], "main is gone")


@pytest.mark.slow
@pytest.mark.parametrize(("height_px", "wanted"), [(360, 360), (240, 720)])
def test_both_streams_of_a_real_camera(
    rtsp: StartRtsp, encoded: Encode, height_px: int, wanted: int
) -> None:
    """Of two mounts of one server the one that serves is shown; nothing else stays open."""
    main, sub = (encoded(width_px=w, height_px=h) for w, h in ((1280, 720), (480, height_px)))
    server = rtsp({"main": main, "sub": sub})
    parts = [VideoStream("gate", server.url(name), label=name) for name in ("main", "sub")]

    frames = list(islice(SubstreamFallback(*parts), 5))

    assert {frame.height_px for frame in frames} == {wanted}
    assert not [each for each in threading.enumerate() if each.name == "decode-gate"]

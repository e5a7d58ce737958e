"""A camera that repeats one picture, and a scene in which nothing moves."""

import time
from collections.abc import Iterable
from itertools import cycle, islice

import numpy as np
import pytest
from support.rtsp import Encode, StartRtsp

from tracker.sources.frozen_picture import LONGEST_GROUP_S, StillPicture
from tracker.sources.live_stream import VideoStream
from tracker.types import Image

FPS = 10


def picture(seed: int = 1, noise: int = 20) -> Image:
    """The same wall each time, under noise of its own."""
    wall = np.full((480, 640, 3), 100, np.uint8)
    return wall + np.random.default_rng(seed).integers(0, noise, wall.shape, np.uint8)


def longest_s(pictures: Iterable[Image], *, every_frame_is_key: bool = False) -> float:
    """Show the pictures; return for how long at most they counted as unchanged."""
    still = StillPicture(every_frame_is_key=every_frame_is_key)
    return max(still.unchanged_s(each, 500 + n / FPS) for n, each in enumerate(pictures))


def test_repeated_key_frames_are_a_frozen_camera() -> None:
    """A picture that is sent anew each time and never differs is timed from its beginning on."""
    assert longest_s([picture()] * 121, every_frame_is_key=True) == pytest.approx(12)


def test_a_frozen_picture_that_is_encoded_again_and_again_is_found() -> None:
    """Key frame and refinements repeat themselves in each group; after the first that shows."""
    group = [picture(1), picture(2), *[picture(3)] * 18]

    assert longest_s(islice(cycle(group), 140)) == pytest.approx(13.5, abs=0.6)


def test_a_still_scene_is_not_frozen() -> None:
    """An encoder repeats a still scene bit by bit between key frames, but those are all new."""
    groups = [[picture(seed, noise=3)] * 300 for seed in range(4)]

    assert longest_s(each for group in groups for each in group) == 0


def test_no_key_frame_is_as_long_away_as_an_endless_repetition() -> None:
    """What never changes at all is frozen in the end, whatever the codec."""
    assert longest_s([picture()] * (round(LONGEST_GROUP_S) * FPS + 1)) == 0
    assert longest_s([picture()] * (round(LONGEST_GROUP_S) * FPS + 51)) > LONGEST_GROUP_S


def test_a_film_in_a_loop_is_not_frozen() -> None:
    """Pictures that come again are no frozen picture when something moves in them."""
    film = []
    for number in range(25):
        film.append(picture())
        film[-1][200:260, 20 * number : 20 * number + 30] = 255

    assert longest_s(islice(cycle(film), 400), every_frame_is_key=True) < 1


@pytest.mark.parametrize("place", [(8, 8), (250, 630), (479, 639)])
@pytest.mark.slow
def test_a_clock_in_a_corner_is_life(place: tuple[int, int]) -> None:
    """A change of few pixels once a second, such as a clock's, starts the time anew."""
    row, column = place
    pictures = []
    for number in range(200):
        pictures.append(picture())
        pictures[-1][row - 8 : row + 8, column - 8 : column + 8] = number // FPS

    assert longest_s(pictures, every_frame_is_key=True) < 1.6


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["h264", "h265", "jpeg"])
def test_real_streams(rtsp: StartRtsp, encoded: Encode, codec: str) -> None:
    """A stream of one picture counts as unchanged; one in which a ball rolls does not."""
    clips = {name: encoded(codec, still=name == "still") for name in ("still", "ball")}
    server = rtsp({name: f"{clip}?fps=25" for name, clip in clips.items()})
    longest: dict[str, float] = {}

    for name in clips:
        end_s = time.monotonic() + (60 if name == "still" else 3)
        for frame in VideoStream("gate", server.url(name), label=name):
            longest[name] = max(longest.get(name, 0.0), frame.still_s)
            if longest[name] > 1 or time.monotonic() > end_s:
                break

    assert longest["still"] > 1
    assert longest["ball"] < 0.5

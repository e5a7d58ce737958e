"""Video files, real small ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.stepped_time import SteppedTime

from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.sources.video_file import VideoFile

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


def test_a_file_plays_in_real_time(clip: Path, time: SteppedTime) -> None:
    """Every frame comes when it is due, with its own picture, and then the source ends."""
    tally = InMemoryTelemetry()

    frames = list(VideoFile("gate", clip, clock=time, stop=time.stop, telemetry=tally))

    assert [frame.seq for frame in frames] == list(range(FRAMES))
    assert [shown(frame.image) for frame in frames] == list(range(FRAMES))
    at = [frame.at - frames[0].at for frame in frames]
    np.testing.assert_allclose(at, np.arange(FRAMES) / FPS, atol=1e-6)
    assert (frames[0].width_px, frames[0].height_px) == (64, 48)
    assert tally.observed("stage_duration_seconds", stage="decode")[1] == FRAMES


def test_a_slow_reader_gets_the_newest_frame(clip: Path, time: SteppedTime) -> None:
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
    frames = list(VideoFile("gate", clip, real_time=False))

    at_s = [frame.at for frame in frames]
    assert at_s == pytest.approx([number / FPS for number in range(FRAMES)])


def test_each_loop_is_a_new_session(clip: Path, time: SteppedTime) -> None:
    """A looping file begins a new session each time, from its first frame."""
    frames = []

    for frame in VideoFile("gate", clip, loop=True, clock=time, stop=time.stop):
        frames.append(frame)
        if len(frames) == 2 * FRAMES + 1:
            time.stop.set()

    assert [frame.seq for frame in frames] == [*range(FRAMES), *range(FRAMES), 0]
    assert len({frame.session for frame in frames}) == 3
    lasted_s = frames[FRAMES].at - frames[0].at
    assert lasted_s == pytest.approx(FRAMES / FPS)  # the last frame is as long as any other


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    """Something else than a video ends the camera with a reason, also when it is to loop."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video at all")

    with pytest.raises(ConfigError, match=r"clip\.mp4 cannot be read as video"):
        list(VideoFile("gate", path, loop=True))

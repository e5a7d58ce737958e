"""Files of real containers: rates, lengths and times as their stamps have them."""

from pathlib import Path

import numpy as np
import pytest
from support.stamped_video import H264, X264, varying_rate, write_stamped
from support.stepped_time import SteppedTime

from tracker.sources.opencv_capture import open_address, open_file
from tracker.sources.video_file import VideoFile
from tracker.sources.video_times import look_through

EVEN = [number / 10 for number in range(60)]
NTSC = [number * 1001 / 30000 for number in range(60)]


def times(file: Path) -> list[float]:
    """Return when the frames of a file come."""
    return [frame.at for frame in VideoFile("gate", file, real_time=False)]


@pytest.mark.parametrize("suffix", [".ts", ".webm", ".mkv", ".flv"])
def test_a_container_without_rate_plays_by_its_stamps(tmp_path: Path, suffix: str) -> None:
    """Ten frames a second are ten, not 25 because the container states 90000 or 1000 or none."""
    file = write_stamped(tmp_path / f"even{suffix}", EVEN)

    found = look_through(file)

    assert times(file) == pytest.approx(EVEN, abs=2e-3)
    assert found.fps == pytest.approx(10.0, rel=1e-3)
    assert (found.frames, found.varying) == (60, False)
    assert found.length_s == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize("encoder", [H264, X264])
def test_a_field_rate_is_no_frame_rate(tmp_path: Path, encoder: str) -> None:
    """A transport stream of 29.97 frames/s is neither 59.94 nor 90000, once cameras were opened."""
    open_address("http://127.0.0.1:9/none", open_s=0.1, read_s=0.1).release()
    file = write_stamped(tmp_path / "ntsc.ts", NTSC, encoder=encoder, rate="30000/1001")
    capture = open_file(file)

    assert capture.get(5) == pytest.approx(29.97, abs=0.01)  # the file's own, probed
    assert look_through(file).fps == pytest.approx(29.97, abs=0.01)
    assert times(file) == pytest.approx(NTSC, abs=1e-3)
    capture.release()


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".mp4"])
def test_a_varying_rate_and_a_hole_stay(tmp_path: Path, suffix: str) -> None:
    """Frames come when their stamps say, also after 20 s of nothing."""
    at_s = varying_rate()
    file = write_stamped(tmp_path / f"varying{suffix}", at_s)

    seen_s = times(file)

    assert seen_s == pytest.approx(at_s[: len(seen_s)], abs=2e-3)
    assert len(seen_s) >= len(at_s) - 1  # MP4 states no duration of the last frame
    assert look_through(file).varying


def test_a_hole_lasts_as_long_in_real_time(tmp_path: Path, time: SteppedTime) -> None:
    """Played as a camera, each frame comes when it is due: a hole is no change of the clock."""
    at_s = varying_rate()
    file = write_stamped(tmp_path / "varying.mkv", at_s)
    began, seen_s = time.now, []

    for frame in VideoFile("gate", file, clock=time, stop=time.stop):
        assert time.now == pytest.approx(frame.at, abs=1e-3)
        seen_s.append(frame.at - began)

    assert seen_s == pytest.approx(at_s, abs=2e-3)


def test_a_slow_reader_of_a_varying_rate_skips_to_the_newest(
    tmp_path: Path, time: SteppedTime
) -> None:
    """Late frames are skipped by their times, whatever the rate; none is shown late."""
    at_s = varying_rate(hole_s=1.0)
    file = write_stamped(tmp_path / "varying.mkv", at_s)
    began, late_s, seen_s = time.now, [], []

    for frame in VideoFile("gate", file, clock=time, stop=time.stop):
        late_s.append(time.now - frame.at)
        seen_s.append(frame.at - began)
        time.now += 0.3

    assert max(late_s) <= 1 / 6 + 1e-3
    assert 25 <= len(seen_s) <= 35  # 9 s, every 0.3 s or so
    assert set(np.round(seen_s, 2)) <= set(np.round(at_s, 2))


def test_a_file_without_stamps_says_what_is_assumed(tmp_path: Path) -> None:
    """A bare H.264 stream plays at the rate FFmpeg assumes, and the camera's notes say so."""
    file = write_stamped(tmp_path / "bare.h264", EVEN, rate="10/1")
    source = VideoFile("gate", file, real_time=False)

    at_s = [frame.at for frame in source]

    assert at_s == pytest.approx([number / 25 for number in range(60)])
    assert source.notes() == ("no time stamps: 25 frames/s are assumed",)


def test_a_loop_says_it_once(
    tmp_path: Path, time: SteppedTime, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that plays again and again is no new line of the log each time; the note stays."""
    file = write_stamped(tmp_path / "bare.h264", EVEN, rate="10/1")
    source = VideoFile("gate", file, loop=True, clock=time, stop=time.stop)

    for number, _ in enumerate(source):
        if number == 150:
            time.stop.set()

    assert source.notes() == ("no time stamps: 25 frames/s are assumed",)
    assert len(caplog.records) == 1


def test_a_long_file_says_early_what_is_assumed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The note and one line of the log are there before the file has ended."""
    file = write_stamped(tmp_path / "bare.h264", EVEN, rate="10/1")
    source = VideoFile("gate", file, real_time=False)

    for frame in source:
        assert bool(source.notes()) == (frame.seq >= 49)

    assert len(caplog.records) == 1


def test_a_file_that_breaks_off_is_shorter_than_it_states(tmp_path: Path) -> None:
    """Of a Matroska file cut in half the container still tells how long it was."""
    file = write_stamped(tmp_path / "even.mkv", EVEN)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])

    assert len(times(file)) < 50
    assert look_through(file).frames == pytest.approx(60, abs=1)


def test_recordings_in_one_file_follow_each_other(tmp_path: Path) -> None:
    """Where stamps begin again the time goes on, at the same rate, and the note says so."""
    first = write_stamped(tmp_path / "first.ts", EVEN)
    second = write_stamped(tmp_path / "second.ts", [at_s + 0.05 for at_s in EVEN])
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    source = VideoFile("gate", both, real_time=False)

    at_s = [frame.at for frame in source]
    found = look_through(both)

    assert at_s == pytest.approx([number / 10 for number in range(120)], abs=2e-3)
    assert source.notes() == ("1 of 120 frames have no usable time stamp; estimated",)
    assert (found.fps, found.frames) == (pytest.approx(10.0, rel=1e-3), 120)
    assert (found.length_s, found.varying) == (pytest.approx(12.0, abs=0.05), False)


def test_reordered_frames_come_by_their_stamps(tmp_path: Path) -> None:
    """Frames that are coded before those that they come after change neither rate nor times."""
    reordering = f"{X264} ".replace("ultrafast", "medium bframes=3 b-adapt=false")
    file = write_stamped(tmp_path / "b.mkv", EVEN, encoder=reordering, rate="10/1")

    assert times(file) == pytest.approx(EVEN, abs=2e-3)
    assert look_through(file).fps == pytest.approx(10.0, rel=1e-3)


def test_what_is_no_video_has_no_frames(tmp_path: Path) -> None:
    """Something else than a video is told by the number of its frames."""
    (tmp_path / "none.ts").write_bytes(b"no video at all")

    assert look_through(tmp_path / "none.ts").frames == 0

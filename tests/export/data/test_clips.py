import numpy as np

from export.data.clips import Clip, live_windows, resampled, training_windows
from tracker.poses_file import PersonPoses


def clip(frames: list[int], fps: float = 24.0) -> Clip:
    """Return one person whose every coordinate is the frame number."""
    numbers = np.array(frames, dtype=np.int64)
    joints = np.ones((len(frames), 17, 3), np.float32) * numbers[:, None, None]
    return Clip("c", fps, {1: PersonPoses(numbers, joints.astype(np.float32))})


def starts(windows: np.ndarray) -> list[int]:
    """Return each window's first frame number."""
    return [int(window[0, 0, 0]) for window in windows]


def test_live_windows_begin_at_every_pose() -> None:
    """There are n - T + 1 windows; exactly T poses are one; fewer are none."""
    assert starts(live_windows(clip(list(range(10))), 8)) == [0, 1, 2]
    assert len(live_windows(clip(list(range(8))), 8)) == 1
    assert live_windows(clip([1, 2]), 8).shape == (0, 8, 17, 3)
    assert live_windows(clip([]), 8).shape == (0, 8, 17, 3)


def test_training_windows_leave_the_last_start_out() -> None:
    """There are ceil((n - T) / d) starts: exactly T poses give none."""
    assert starts(training_windows(clip(list(range(20))), 8, 6)) == [0, 6]
    assert starts(training_windows(clip(list(range(21))), 8, 6)) == [0, 6, 12]
    assert len(training_windows(clip(list(range(8))), 8, 6)) == 0


def test_training_windows_lack_at_most_two_frames() -> None:
    """Two missing frames are kept, three are not; live windows lack none."""
    two, three = clip([0, 1, 2, 5, 6, 7, 8, 9, 10]), clip([0, 1, 2, 6, 7, 8, 9, 10, 11])
    assert starts(training_windows(two, 8, 1)) == [0]
    assert starts(training_windows(three, 8, 1)) == []
    assert starts(live_windows(two, 8)) == []


def test_resampling_keeps_the_motion() -> None:
    """Twice the rate gives a pose between any two; poses still tell their time."""
    result = resampled(clip(list(range(5)), 12.0), 24.0).people[1]

    np.testing.assert_array_equal(result.frames, np.arange(9))
    np.testing.assert_allclose(result.joints[:, 0, 0], np.arange(9) / 2)


def test_resampling_bridges_short_gaps_and_keeps_long_ones() -> None:
    """Two missing frames are filled in; over a quarter of a second no window reaches."""
    short = resampled(clip([0, 1, 4, 5], 12.0), 24.0).people[1]
    gapped = resampled(clip([*range(80), *range(96, 176)], 60.0), 6.0)

    np.testing.assert_allclose(short.joints[:, 0, 0], np.arange(11) / 2)
    assert starts(live_windows(gapped, 8)) == [0, 96]


def test_the_same_rate_only_fills_gaps() -> None:
    """Poses that are there stay as they are; a short gap between them is filled."""
    result = resampled(clip([3, 4, 6, 7]), 24.0).people[1]

    np.testing.assert_array_equal(result.frames, [3, 4, 5, 6, 7])
    np.testing.assert_array_equal(result.joints[:, 0, 0], [3, 4, 5, 6, 7])

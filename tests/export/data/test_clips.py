import numpy as np

from export.data.clips import Clip, resampled
from tracker.sources.pose_file import PersonPoses


def clip(frames: list[int], fps: float = 24.0) -> Clip:
    """Return one person whose every coordinate is the frame number."""
    numbers = np.array(frames, dtype=np.int64)
    joints = np.ones((len(frames), 17, 3), np.float32) * numbers[:, None, None]
    return Clip("c", fps, {1: PersonPoses(numbers, joints.astype(np.float32))})


def test_resampling_keeps_the_motion() -> None:
    """Twice the rate gives a pose between any two; poses still tell their time."""
    result = resampled(clip(list(range(5)), 12.0), 24.0).people[1]

    np.testing.assert_array_equal(result.frames, np.arange(9))
    np.testing.assert_allclose(result.joints[:, 0, 0], np.arange(9) / 2)


def test_resampling_bridges_short_gaps_and_keeps_long_ones() -> None:
    """Two missing frames are filled in; a longer gap leaves three ticks empty at least."""
    short = resampled(clip([0, 1, 4, 5], 12.0), 24.0).people[1]
    gapped = resampled(clip([*range(80), *range(96, 176)], 60.0), 6.0).people[1]

    np.testing.assert_allclose(short.joints[:, 0, 0], np.arange(11) / 2)
    assert np.diff(gapped.frames).tolist() == [1] * 7 + [4] + [1] * 7


def test_the_same_rate_only_fills_gaps() -> None:
    """Poses that are there stay as they are; a short gap between them is filled."""
    result = resampled(clip([3, 4, 6, 7]), 24.0).people[1]

    np.testing.assert_array_equal(result.frames, [3, 4, 5, 6, 7])
    np.testing.assert_array_equal(result.joints[:, 0, 0], [3, 4, 5, 6, 7])

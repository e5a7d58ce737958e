import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.data.clips import Clip, resampled
from export.data.segments import live_segments, published_segments
from tracker.sources.pose_file import PersonPoses


def person(frames: list[int]) -> PersonPoses:
    """Return a person whose every coordinate is the frame number."""
    numbers = np.array(frames, dtype=np.int64)
    joints = np.ones((len(frames), 17, 3), np.float32) * numbers[:, None, None]
    return PersonPoses(numbers, joints.astype(np.float32))


def clip(*people: list[int], fps: float = 24.0) -> Clip:
    """Return a clip of people seen in these frames, numbered from 1."""
    return Clip("c", fps, {number: person(frames) for number, frames in enumerate(people, 1)})


def starts(windows: np.ndarray) -> list[int]:
    """Return each window's first frame number."""
    return [int(window[0, 0, 0]) for window in windows]


def literally(frames: list[int], length: int, stride: int) -> list[int]:
    """Return the published starts, by the rule word for word."""
    number = -(-max(len(frames) - length, 0) // stride)
    found = []
    for start in range(0, number * stride, stride):
        first = frames[start]
        within = [f for f in frames[start : start + length] if first <= f < first + length]
        if len(within) >= length - 2:
            found.append(first)
    return found


@given(
    st.lists(st.lists(st.integers(0, 60), unique=True).map(sorted), max_size=4),
    st.integers(2, 9),
    st.integers(1, 7),
)
@pytest.mark.slow
def test_published_segments_follow_the_rule(
    people: list[list[int]], length: int, stride: int
) -> None:
    """Any people, gaps, lengths and strides give what the rule gives one by one."""
    clips = [clip(*people), clip(*people[:1])]

    segments = published_segments(clips, length, stride)

    expected = [
        (index, number, first)
        for index, one in enumerate(clips)
        for number, who in one.people.items()
        for first in literally(who.frames.tolist(), length, stride)
    ]
    found = zip(segments.clip, segments.person, segments.first_frame, strict=True)
    assert [(int(c), int(p), int(f)) for c, p, f in found] == expected
    joints = segments.joints()
    assert joints.shape == (len(expected), length, 17, 3)
    np.testing.assert_array_equal(joints[:, 0, 0, 0], segments.first_frame)
    np.testing.assert_array_equal(joints[:, -1, 16, 2], segments.last_frame)


def test_live_segments_begin_at_every_pose() -> None:
    """There are n - T + 1 windows; exactly T poses are one; fewer are none."""
    assert starts(live_segments([clip([*range(10)])], 8).joints()) == [0, 1, 2]
    assert len(live_segments([clip([*range(8)])], 8)) == 1
    assert live_segments([clip([1, 2])], 8).joints().shape == (0, 8, 17, 3)
    assert live_segments([clip([])], 8).joints().shape == (0, 8, 17, 3)
    assert live_segments([], 8).joints().shape == (0, 8, 17, 3)


def test_published_segments_leave_the_last_start_out() -> None:
    """There are ceil((n - T) / d) starts: exactly T poses give none."""
    assert starts(published_segments([clip([*range(20)])], 8, 6).joints()) == [0, 6]
    assert starts(published_segments([clip([*range(21)])], 8, 6).joints()) == [0, 6, 12]
    assert len(published_segments([clip([*range(8)])], 8, 6)) == 0


def test_published_segments_lack_at_most_two_frames() -> None:
    """Two missing frames are kept, three are not; live windows lack none."""
    two, three = clip([0, 1, 2, 5, 6, 7, 8, 9, 10]), clip([0, 1, 2, 6, 7, 8, 9, 10, 11])
    assert starts(published_segments([two], 8, 1).joints()) == [0]
    assert starts(published_segments([three], 8, 1).joints()) == []
    assert starts(live_segments([two], 8).joints()) == []


def test_no_window_reaches_across_a_long_gap() -> None:
    """However coarse the grid that people are resampled to, live windows respect the gap."""
    gapped = resampled(clip([*range(80), *range(96, 176)], fps=60.0), 6.0)

    assert starts(live_segments([gapped], 8).joints()) == [0, 96]


@pytest.mark.parametrize("rows", [slice(1, 3), np.array([2, 0, 2])])
def test_rows_are_gathered_alone(rows: slice | np.ndarray) -> None:
    """Some windows are what all windows give at these rows, in their order."""
    segments = published_segments([clip([*range(12)], [*range(5, 17)])], 8, 1)

    np.testing.assert_array_equal(segments.joints(rows), segments.joints()[rows])
    np.testing.assert_array_equal(segments.take(rows).joints(), segments.joints()[rows])
    assert segments.take(rows).first_frame.tolist() == segments.first_frame[rows].tolist()


def test_windows_cost_their_starts_alone() -> None:
    """Cutting 20 000 windows of 24 poses needs some copies of the poses, not one per window."""
    clips = [clip([*range(20_024)])]
    size = clips[0].people[1].joints.nbytes

    tracemalloc.start()
    segments = published_segments(clips, 24, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(segments) == 20_000
    assert peak < 2 * size

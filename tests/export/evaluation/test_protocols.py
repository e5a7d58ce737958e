from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from export.data.clips import Clip
from export.data.labelled import LabelledClip
from export.data.segments import Segments
from export.evaluation.protocols import FLOOR, FrameScores, ProtocolOptions, frame_scores

T = 4
FPS = 10.0
Window = tuple[int, int, int, float]  # clip, person, last frame, score

scores = st.floats(-3, 30, width=32)
windows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(T - 1, 40), scores),
    unique_by=lambda window: window[:3],
    max_size=40,
)
lengths = st.lists(st.integers(0, 45), min_size=3, max_size=3)


def cut(found: list[Window]) -> tuple[Segments, np.ndarray]:
    """Return gapless windows and their scores."""
    clip, person, last = (
        np.array([window[axis] for window in found], np.int64) for axis in range(3)
    )
    poses = np.empty((0, 17, 3), np.float32)
    segments = Segments(poses, np.zeros_like(last), T, clip, person, last - T + 1, last)
    return segments, np.array([window[3] for window in found], np.float32)


def labelled(*frames: int, scored: bool = True) -> list[LabelledClip]:
    """Return clips of so many frames."""
    return [
        LabelledClip(Clip(f"c{n}", FPS, {}), "1", str(n), np.zeros(length, bool), scored=scored)
        for n, length in enumerate(frames)
    ]


def paper_by_definition(found: list[Window], frames: list[int]) -> list[np.ndarray]:
    """Follow the published protocol word for word, in its own polarity."""
    clips = [np.full(length, np.inf) for length in frames]
    for clip, _, last, nll in found:
        middle = last - T + 1 + T // 2
        if middle < frames[clip]:
            clips[clip][middle] = min(clips[clip][middle], -nll)
    known = [value for clip in clips for value in clip.tolist() if np.isfinite(value)]
    for clip in clips:
        clip[clip == np.inf] = max(known, default=0.0)
        for sigma in range(1, 7) if len(clip) else ():
            clip[:] = gaussian_filter1d(clip, sigma)
    return [-clip for clip in clips]


def causal_by_living(found: list[Window], frames: list[int], stride: int) -> list[np.ndarray]:
    """Live through every clip frame by frame, knowing the past alone."""
    options = ProtocolOptions(stride=stride)
    clips = []
    for clip, length in enumerate(frames):
        values = np.full(length, FLOOR)
        people: dict[int, tuple[float, int]] = {}
        for frame in range(length):
            for of_clip, person, last, nll in found:
                if (of_clip, last) == (clip, frame):
                    smoothed, before = people.get(person, (nll, frame))
                    share = -np.expm1(-(frame - before) / FPS / options.smoothing_s)
                    people[person] = (smoothed + share * (nll - smoothed), frame)
            here = [
                smoothed
                for smoothed, last in people.values()
                if frame - last < options.hold_frames(FPS)
            ]
            values[frame] = max(here, default=FLOOR)
        clips.append(values)
    return clips


@given(windows, lengths)
@pytest.mark.slow
def test_the_papers_protocol_is_the_published_one(found: list[Window], frames: list[int]) -> None:
    """Any people and clips give what the rule gives, one window after the other."""
    result = frame_scores(*cut(found), labelled(*frames), "paper")

    for ours, theirs in zip(result.by_clip, paper_by_definition(found, frames), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)


@given(windows, lengths, st.integers(1, 4))
@pytest.mark.slow
def test_the_causal_protocol_is_what_living_through_gives(
    found: list[Window], frames: list[int], stride: int
) -> None:
    """Computed at once, the values are those of somebody who meets one frame after the other."""
    options = ProtocolOptions(stride=stride)

    result = frame_scores(*cut(found), labelled(*frames), "causal", options)

    expected = causal_by_living(found, frames, stride)
    for ours, theirs in zip(result.by_clip, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_array_equal(result.covered, result.values > FLOOR)


@given(windows, windows, st.integers(0, 40))
@pytest.mark.slow
def test_the_future_never_changes_a_causal_value(
    found: list[Window], other: list[Window], now: int
) -> None:
    """Whatever windows end after a frame, of any clip, the values up to it stay the same."""
    past = [window for window in found if window[2] <= now]
    future = [window for window in other if window[2] > now]

    without = frame_scores(*cut(past), labelled(40, 40, 40), "causal").by_clip
    with_it = frame_scores(*cut(past + future), labelled(40, 40, 40), "causal").by_clip

    for before, after in zip(without, with_it, strict=True):
        np.testing.assert_array_equal(before[: now + 1], after[: now + 1])


def test_the_paper_does_look_into_the_future() -> None:
    """The counterpart that shows what the property above rules out."""
    past: list[Window] = [(0, 1, 5, 1.0)]

    without = frame_scores(*cut(past), labelled(40), "paper").by_clip[0]
    with_it = frame_scores(*cut([*past, (0, 1, 20, 9.0)]), labelled(40), "paper").by_clip[0]

    assert not np.allclose(without[:6], with_it[:6])


@pytest.mark.parametrize("protocol", ["paper", "causal"])
class TestBothProtocols:
    """What holds for either."""

    def test_the_most_unusual_person_counts(self, protocol: str) -> None:
        """Somebody ordinary beside somebody odd changes nothing."""
        odd = (0, 1, 9, 7.0)

        alone = score(protocol, [odd], 20)
        beside = score(protocol, [odd, (0, 2, 9, 1.0), (0, 2, 30, 1.0)], 20)

        assert alone.values.max() <= beside.values.max()
        assert beside.values[9] > 1.0

    def test_windows_without_a_score_count_nowhere(self, protocol: str) -> None:
        """Not-a-number neither covers a frame nor spreads."""
        known = score(protocol, [(0, 1, 9, 7.0)], 20)
        both = score(protocol, [(0, 1, 9, 7.0), (0, 1, 10, np.nan)], 20)

        np.testing.assert_array_equal(known.values, both.values)
        np.testing.assert_array_equal(known.covered, both.covered)

    def test_infinite_scores_leave_finite_frames(self, protocol: str) -> None:
        """No figure downstream meets an infinity."""
        result = score(protocol, [(0, 1, 9, 7.0), (0, 1, 10, np.inf), (0, 2, 8, 1.0)], 20)

        assert np.isfinite(result.values).all()

    def test_clips_that_are_not_scored_have_no_frames(self, protocol: str) -> None:
        """Nor do their windows fill anybody else's frames."""
        clips = [*labelled(20), *labelled(20, scored=False), *labelled(20)]
        found = [(0, 1, 9, 3.0), (1, 1, 9, 99.0), (2, 1, 9, 4.0)]

        result = frame_scores(*cut(found), clips, protocol)  # type: ignore[arg-type]

        assert [len(values) for values in result.by_clip] == [20, 0, 20]
        assert result.values.max() < 5

    def test_nobody_at_all_is_no_error(self, protocol: str) -> None:
        """Frames without any window are finite and not covered."""
        result = score(protocol, [], 20)

        assert np.isfinite(result.values).all()
        assert not result.covered.any()


def score(protocol: str, found: list[Window], frames: int) -> FrameScores:
    """Score one clip."""
    return frame_scores(*cut(found), labelled(frames), protocol)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stride", "fps", "frames"), [(1, 24.0, 6), (3, 24.0, 8), (1, 10.0, 3), (6, 30.0, 12)]
)
def test_scores_stand_until_the_next_is_due_and_gaps_are_bridged(
    stride: int, fps: float, frames: int
) -> None:
    """The stride, and the camera's bridge: a quarter of a second or two missing frames."""
    assert ProtocolOptions(stride=stride).hold_frames(fps) == frames


@pytest.mark.parametrize(
    "wrong", [lambda: ProtocolOptions(stride=0), lambda: ProtocolOptions(smoothing_s=-1)]
)
def test_options_out_of_range_are_refused(wrong: Callable[[], ProtocolOptions]) -> None:
    """Each says which and what."""
    with pytest.raises(ValueError, match="must be at least"):
        wrong()

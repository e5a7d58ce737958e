"""The model's time grid: what moves is sampled where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.resampled import ANNA, BEN, EPOCH_S, advance, body, grid, play, track

from tracker.options import WindowOptions
from tracker.resampling import Resampler, interpolate, resample
from tracker.types import Float32, PersonId, Pose, Track


@given(
    fps=st.sampled_from([5.0, 10.0, 12.5, 15.0, 23.976, 24.0, 25.0, 29.97, 30.0, 60.0]),
    frames=st.integers(2, 80),
)
@pytest.mark.slow
def test_linear_motion_stays_exact(fps: float, frames: int) -> None:
    """Whatever the camera's rate, motion at constant speed is sampled where it really was."""
    got = grid(play(Resampler(WindowOptions()), fps, range(frames)))

    assert len(got) == int((frames - 1) * 24 / fps + 1e-3) + 1
    want = np.arange(len(got)) * fps / 24
    np.testing.assert_allclose(got[:, 0, 0], want, atol=5e-3)


@given(
    jitter=st.lists(st.floats(-2e-6, 2e-6), min_size=40, max_size=40),
    start_at=st.floats(0, 2e9),
    fps=st.sampled_from([16.0, 24.0, 30.0]),
)
@pytest.mark.slow
def test_equal_rate_changes_nothing(jitter: list[float], start_at: float, fps: float) -> None:
    """A camera at the model's rate gives every pose as it is, microseconds of jitter or not."""
    resampler = Resampler(WindowOptions(fps=fps))
    poses = [np.float32(np.random.default_rng(i).random((17, 3))) for i in range(40)]
    tracks = [
        Track(ANNA, i, start_at + i / fps + jitter[i], Pose(pose, np.zeros(4, np.float32)))
        for i, pose in enumerate(poses)
    ]

    got = [advance(resampler, [one])[0].joints for one in tracks]

    assert all(np.array_equal(one, pose[None]) for one, pose in zip(got, poses, strict=True))


@given(st.lists(st.floats(0.001, 0.24), min_size=2, max_size=60))
def test_windows_hold_one_grid(steps_s: list[float]) -> None:
    """However irregular the frames, T samples span exactly (T - 1) / fps of one person's time."""
    resampler, at, samples = Resampler(WindowOptions()), EPOCH_S, []

    for seq, step_s in enumerate(steps_s):
        place = (at - EPOCH_S) * 24  # the place is the time, in ticks
        samples += advance(resampler, [track(seq, at, place)])
        at += step_s

    assert [one.restarts for one in samples] == [True] + [False] * (len(samples) - 1)
    got = grid(samples)[:, 0, 0]
    np.testing.assert_allclose(got, np.arange(len(got)), atol=2e-3)


@given(
    fps=st.sampled_from([10.0, 12.5, 15.0, 25.0, 30.0]),
    shifts=st.lists(st.floats(-0.2, 0.2), min_size=60, max_size=60),
    lost=st.sets(st.integers(1, 58), max_size=6),
)
@pytest.mark.slow
def test_bad_frames_stay_close_to_the_motion(
    fps: float, shifts: list[float], lost: set[int]
) -> None:
    """Early, late and lost frames move a sample no further than a straight line's worst error."""
    resampler, at_s, errors_px = Resampler(WindowOptions()), [], []
    reach_px, turns_per_s = 20.0, 1.0

    def place_px(elapsed_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return reach_px * np.sin(2 * np.pi * turns_per_s * elapsed_s)

    for seq in sorted(set(range(60)) - lost):
        at_s.append((seq + (shifts[seq] if seq else 0)) / fps)
        shown = track(seq, EPOCH_S + at_s[-1], float(place_px(np.array(at_s[-1]))))
        (samples,) = advance(resampler, [shown])
        if samples.restarts:
            ticks_s = at_s[-1] + np.arange(1000) / 24
        part, ticks_s = np.split(ticks_s, [len(samples.joints)])
        errors_px += (samples.joints[:, 0, 0] - place_px(part)).tolist()

    bend = reach_px * (2 * np.pi * turns_per_s) ** 2
    assert np.abs(errors_px).max() <= bend * np.diff(at_s).max() ** 2 / 8 + 1e-2


@given(
    scale=st.floats(0.1, 10), shift_px=st.floats(-500, 500), fps=st.sampled_from([10.0, 25.0, 30.0])
)
def test_place_and_size_do_not_matter(scale: float, shift_px: float, fps: float) -> None:
    """A person elsewhere, or nearer, gives the same samples elsewhere, or larger."""
    poses = [np.float32(np.random.default_rng(i).random((17, 3))) for i in range(12)]
    change = np.float32([scale, scale, 1]), np.float32([shift_px, -shift_px, 0])

    def sampled(bodies: list[Float32]) -> Float32:
        resampler, box = Resampler(WindowOptions()), np.zeros(4, np.float32)
        tracks = [Track(ANNA, i, i / fps, Pose(body, box)) for i, body in enumerate(bodies)]
        return grid([one for track in tracks for one in advance(resampler, [track])])

    moved = sampled([pose * change[0] + change[1] for pose in poses])

    np.testing.assert_allclose(moved, sampled(poses) * change[0] + change[1], rtol=1e-5, atol=1e-3)


@given(stride=st.integers(1, 7), frames=st.integers(1, 40))
def test_due_at_every_stride_th_frame(stride: int, frames: int) -> None:
    """A window is due at each stride-th camera frame of the person, no matter the model's rate."""
    samples = play(Resampler(WindowOptions(stride=stride)), 15, range(frames))

    assert [one.due for one in samples] == [(i + 1) % stride == 0 for i in range(frames)]


def test_two_people_have_grids_of_their_own() -> None:
    """Each person's grid starts at their own first pose and holds their poses only."""
    resampler = Resampler(WindowOptions())
    advance(resampler, [track(0, EPOCH_S, 5.0)])

    first, second = advance(
        resampler, [track(1, EPOCH_S + 0.1, 5.0), track(1, EPOCH_S + 0.1, 9.0, BEN)]
    )

    assert (first.person, len(first.joints), first.restarts) == (ANNA, 2, False)
    assert (second.person, len(second.joints), second.restarts) == (BEN, 1, True)
    assert (first.joints[..., 0] == 5).all()
    assert (second.joints[..., 0] == 9).all()


def test_between_two_poses_the_less_sure_one_counts() -> None:
    """An interpolated joint is no surer than either end; a pose on the tick keeps its own."""
    pair = np.stack([body(0, 0.9), body(10, 0.2)])

    got = interpolate(pair, np.array([0.0, 0.5, 1.0]))

    np.testing.assert_allclose(got[:, 0, 2], [0.9, 0.2, 0.2])
    np.testing.assert_allclose(got[:, 0, 0], [0, 5, 10])


@given(frames=st.integers(1, 100), fps=st.floats(1, 240))
def test_resampling_to_the_same_rate_is_identity(frames: int, fps: float) -> None:
    """Equal rates mean no resampling at all."""
    poses = np.float32(np.random.default_rng(frames).random((frames, 17, 3)))

    assert np.array_equal(resample(poses, fps, fps), poses)


@given(frames=st.integers(2, 100), fps=st.sampled_from([10.0, 15.0, 25.0, 29.97, 30.0, 50.0]))
@pytest.mark.slow
def test_offline_and_live_agree(frames: int, fps: float) -> None:
    """A whole sequence resampled at once equals the same one fed frame by frame."""
    poses = np.float32(np.random.default_rng(frames).random((frames, 17, 3)))
    resampler = Resampler(WindowOptions())

    live = [
        advance(resampler, [Track(ANNA, i, i / fps, Pose(pose, np.zeros(4, np.float32)))])[0]
        for i, pose in enumerate(poses)
    ]

    np.testing.assert_allclose(grid(live), resample(poses, fps, 24.0), atol=2e-3)


def carried(seq: int, at: float, person: PersonId = ANNA) -> Track:
    """Somebody nobody looked at in this frame, with joints far from where they are."""
    joints = body(999.0)
    return Track(person, seq, at, Pose(joints, np.zeros(4, dtype=np.float32), carried=True))


@given(looked=st.lists(st.booleans(), min_size=30, max_size=30))
def test_a_pose_that_was_carried_on_never_becomes_a_sample(looked: list[bool]) -> None:
    """The samples are those of the same person if the frame had been missed; none is lost."""
    looked = [seq % 5 == 0 or look for seq, look in enumerate(looked)]
    with_gaps, with_carried = Resampler(WindowOptions()), Resampler(WindowOptions())
    wanted, got = [], []
    for seq, look in enumerate(looked):
        at = EPOCH_S + seq / 25
        wanted += with_gaps.advance(seq, at, [track(seq, at)] if look else [])
        got += with_carried.advance(seq, at, [track(seq, at) if look else carried(seq, at)])

    np.testing.assert_array_equal(grid(got), grid(wanted))
    assert sum(each.restarts for each in got) == 1


@pytest.mark.parametrize(("fps", "every"), [(10.0, 2), (25.0, 5), (30.0, 6)])
def test_calm_people_are_scored_as_often_as_others(fps: float, every: int) -> None:
    """A window that would be due at a frame without a look is due at the next look."""
    resampler, due = Resampler(WindowOptions(stride=6)), 0
    for seq in range(60):
        at = EPOCH_S + seq / fps
        shown = carried(seq, at) if seq % every else track(seq, at)
        due += sum(each.due for each in advance(resampler, [shown]))

    assert due == pytest.approx(60 / 6, abs=1)


def test_nobody_begins_with_a_carried_pose() -> None:
    """After samples were lost a window begins with a pose that was seen."""
    resampler = Resampler(WindowOptions())
    play(resampler, 25, range(5))
    resampler.forget()

    (nothing,) = advance(resampler, [carried(5, EPOCH_S + 5 / 25)])
    (first,) = advance(resampler, [track(6, EPOCH_S + 6 / 25)])

    assert (len(nothing.joints), nothing.restarts) == (0, True)
    assert (len(first.joints), first.restarts) == (1, True)

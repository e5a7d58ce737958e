"""The candidates beside the camera's own interpolation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.bench.interpolation import CANDIDATES, Stretch, grid_s, linear, stretches
from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32, PersonId, Pose, Track

EVENLY_S = np.arange(30) / 10.0


def _bodies(places_px: np.ndarray) -> Float32:
    """Bodies all of whose joints lie in one place, with falling confidence."""
    joints = np.repeat(np.float32(places_px)[:, None, None], 17, axis=1).repeat(3, axis=2)
    joints[..., 2] = np.linspace(0.9, 0.5, len(places_px))[:, None]
    return joints


@pytest.mark.parametrize("name", CANDIDATES)
@given(steps_s=st.lists(st.floats(0.02, 0.24), min_size=4, max_size=40))
def test_every_candidate_keeps_steady_motion(name: str, steps_s: list[float]) -> None:
    """However irregular the frames, people at constant speed are where they really were."""
    at_s = np.cumsum([0.0, *steps_s])
    ticks_s = grid_s(Stretch(at_s, _bodies(at_s)), 24.0)

    got = CANDIDATES[name](at_s, _bodies(100 * at_s), ticks_s)

    np.testing.assert_allclose(got[:, 3, 0], 100 * ticks_s, atol=0.05)


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_is_as_sure_as_the_camera(name: str) -> None:
    """Whatever moves the joints, their confidence is the less sure neighbour's."""
    bodies, ticks_s = _bodies(EVENLY_S), np.arange(60) / 24

    got = CANDIDATES[name](EVENLY_S, bodies, ticks_s)

    np.testing.assert_array_equal(got[..., 2], linear(EVENLY_S, bodies, ticks_s)[..., 2])


@pytest.mark.parametrize("name", ["cubic, causal", "cubic, a frame ahead"])
def test_cubic_follows_a_thrown_ball(name: str) -> None:
    """Constant acceleration, which straight lines cut short, is followed once it is known."""
    ticks_s = np.arange(10, 60) / 24
    bodies = _bodies(50 * EVENLY_S**2)

    got = CANDIDATES[name](EVENLY_S, bodies, ticks_s)[:, 0, 0]

    np.testing.assert_allclose(got, 50 * ticks_s**2, atol=1e-3)
    cut_short_px = linear(EVENLY_S, bodies, ticks_s)[:, 0, 0] - 50 * ticks_s**2
    assert cut_short_px.max() > 0.1


def test_the_hat_is_linear_at_ten_frames_a_second() -> None:
    """Its width is that camera's step: faster cameras are brought down to it, it stays itself."""
    bodies = _bodies(np.random.default_rng(0).random(30) * 100)
    ticks_s = np.arange(60) / 24

    got = CANDIDATES["hat 0.1 s, a frame ahead"](EVENLY_S, bodies, ticks_s)

    want = linear(EVENLY_S, bodies, ticks_s)
    np.testing.assert_allclose(got[..., :2], want[..., :2], atol=0.1)


@given(
    steps=st.lists(st.integers(1, 12), min_size=3, max_size=40),
    fps=st.sampled_from([5.0, 10.0, 15.0, 30.0]),
)
def test_stretches_end_where_a_camera_starts_anew(steps: list[int], fps: float) -> None:
    """Gaps are bridged as live, so that the bench judges the windows which a camera would make."""
    frames = np.cumsum([0, 1, 1, *steps])
    person = PersonPoses(frames, _bodies(frames))

    found = list(stretches(person, fps, WindowOptions()))

    resampler, starts = Resampler(WindowOptions()), []
    for frame in range(frames[-1] + 1):
        pose = Pose(_bodies(np.zeros(1))[0], np.zeros(4, np.float32))
        anna = Track(PersonId("gate", "s", 1), frame, frame / fps, pose)
        samples = resampler.advance([anna] if frame in frames else [], frame, frame / fps)
        starts += [frame for one in samples if one.restarts]
    edges = [*starts, frames[-1] + 1]
    runs = [frames[(begin <= frames) & (frames < end)] for begin, end in pairwise(edges)]
    lengths = [len(run) for run in runs if len(run) > 1]
    assert [len(stretch.at_s) for stretch in found] == lengths

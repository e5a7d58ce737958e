"""Varied windows: what each variation does and leaves alone."""

import numpy as np
import pytest

from export.data.clips import Clip
from export.training.augmentation import AugmentOptions, jittered, varied_windows
from inference.flow_input import normalize
from tracker.simulator.source import Simulation, simulate
from tracker.sources.pose_file import PersonPoses


@pytest.fixture(scope="module")
def clip() -> Clip:
    """One simulated walker for four seconds at the model's rate."""
    record = simulate(Simulation(people=1, fps=24, seed=5), 4)
    return Clip("walk", 24.0, {1: PersonPoses(np.arange(96), record.joints[:, 0])})


def test_each_speed_and_shear_adds_its_windows(clip: Clip) -> None:
    """Twice as fast leaves half the poses; each shear repeats all windows."""
    plain = varied_windows(clip, 24, 6, AugmentOptions())
    faster = varied_windows(clip, 24, 6, AugmentOptions(speeds=(2.0,)))
    leant = varied_windows(clip, 24, 6, AugmentOptions(shears=(0.0, 0.1)))

    assert (len(plain), len(faster), len(leant)) == (12, 4, 24)
    np.testing.assert_array_equal(faster[0, 1], clip.people[1].joints[2])
    np.testing.assert_array_equal(leant[:12], plain)


def test_shear_leans_to_the_side_and_keeps_heights(clip: Clip) -> None:
    """X moves by a share of y; y and the confidence stay."""
    plain, leant = np.split(varied_windows(clip, 24, 6, AugmentOptions(shears=(0.0, 0.1))), 2)

    np.testing.assert_allclose(leant[..., 0] - plain[..., 0], 0.1 * plain[..., 1], atol=1e-3)
    np.testing.assert_array_equal(leant[..., 1:], plain[..., 1:])


def test_jitter_is_repeatable_and_in_proportion(clip: Clip) -> None:
    """The same generator state gives the same windows; joints move by shares of body height."""
    plain = varied_windows(clip, 24, 6, AugmentOptions())

    first, second = (jittered(plain, 0.01, np.random.default_rng(7)) for _ in range(2))

    np.testing.assert_array_equal(first, second)
    assert np.isfinite(normalize(first)).all()
    np.testing.assert_array_equal(first[..., 2], plain[..., 2])
    moved_px = np.abs(first - plain)[..., :2]
    heights_px = np.ptp(plain[..., 1], axis=(1, 2))
    assert 0.001 < np.median(moved_px / heights_px[:, None, None, None]) < 0.02

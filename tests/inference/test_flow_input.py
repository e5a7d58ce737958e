import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.flow_input import REFERENCE_PX, normalize, with_neck


def walkers(number: int, *, at_px: float, seed: int = 0) -> np.ndarray:
    """Return float32 (number, 24, 17, 3): bodies of about 100 px that drift and shake."""
    random = np.random.default_rng(seed)
    body = random.normal(at_px, (20, 40, 0), (number, 1, 17, 3))
    steps = random.normal(0, 2, (number, 24, 17, 3)).cumsum(axis=1)
    return (body + steps).astype(np.float32)


def by_definition(joints: np.ndarray) -> np.ndarray:
    """Normalise in double precision, word by word: neck, order, scale, centre, size."""
    points = with_neck(joints.astype(np.float64)[..., :2]) / REFERENCE_PX
    points -= points.mean(axis=(1, 2), keepdims=True)
    points /= points[..., 1].std(axis=(1, 2))[:, None, None, None]
    return points.transpose(0, 3, 1, 2)


@given(at_px=st.floats(0, 4000), seed=st.integers(0, 99))
def test_digits_survive_wherever_people_are(at_px: float, seed: int) -> None:
    """Far from the picture's corner a window is as exact as in it; published windows need 1e-5."""
    joints = walkers(4, at_px=at_px, seed=seed)

    assert np.abs(normalize(joints) - by_definition(joints)).max() < 3e-6


def test_channels_beyond_x_and_y_do_not_matter() -> None:
    """Poses with and without confidence give the same windows, contiguous float32."""
    joints = walkers(2, at_px=300)

    windows = normalize(joints)

    assert windows.dtype == np.float32
    assert windows.flags.c_contiguous
    np.testing.assert_array_equal(windows, normalize(joints[..., :2]))


@pytest.mark.parametrize("frames", [1, 16, 24])
def test_no_windows_give_no_windows(frames: int) -> None:
    """An empty batch keeps its shape."""
    assert normalize(np.empty((0, frames, 17, 3), np.float32)).shape == (0, 2, frames, 18)


def test_a_window_without_height_is_no_number() -> None:
    """All joints in one row: nothing to divide by, and no finite value pretends otherwise."""
    joints = walkers(1, at_px=300)
    joints[..., 1] = 200

    assert not np.isfinite(normalize(joints)).any()

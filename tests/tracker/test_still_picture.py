"""A camera that repeats one picture, and a scene in which nothing moves."""

import numpy as np
import pytest

from tracker.still_picture import StillPicture
from tracker.types import Image


def picture(seed: int = 1) -> Image:
    """A noisy picture."""
    return np.random.default_rng(seed).integers(0, 256, (120, 160, 3), np.uint8)


def test_the_same_picture_is_timed() -> None:
    """Copies of one picture count as unchanged since the first of them."""
    still = StillPicture()

    assert [still.unchanged_s(picture(), 100 + second) for second in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("pixel", [(0, 0, 0), (57, 101, 2), (119, 159, 1)])
def test_one_bit_of_one_pixel_is_life(pixel: tuple[int, int, int]) -> None:
    """The smallest change anywhere, as a clock in the corner makes it, starts the time anew."""
    still, changed = StillPicture(), picture()
    changed[pixel] ^= 1
    still.unchanged_s(picture(), 100)
    still.unchanged_s(picture(), 110)

    assert still.unchanged_s(changed, 111) == 0
    assert still.unchanged_s(changed, 112) == 1


def test_a_picture_of_another_size_is_another_picture() -> None:
    """A change of the resolution is a change."""
    still = StillPicture()
    still.unchanged_s(np.zeros((120, 160, 3), np.uint8), 100)

    assert still.unchanged_s(np.zeros((240, 320, 3), np.uint8), 105) == 0

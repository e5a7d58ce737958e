"""Pictures that are like the last one."""

import numpy as np
import pytest

from tracker.detection.unchanged import UnchangedPicture
from tracker.types import Image


def _scene(width_px: int, height_px: int) -> Image:
    """A smooth scene."""
    down, right = np.mgrid[0:height_px, 0:width_px]
    grey = 60 + 60 * down / height_px + 40 * right / width_px
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def _noisy(image: Image, seed: int) -> Image:
    """What a sensor makes of it: a standard deviation of 5 grey levels."""
    noise = np.random.default_rng(seed).normal(0, 5, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


@pytest.mark.parametrize("size_px", [(640, 360), (768, 576), (1920, 1080), (90, 40)])
def test_noise_changes_nothing(size_px: tuple[int, int]) -> None:
    """At any resolution; a tiny picture has too few pixels for noise to cancel out."""
    scene = _scene(*size_px)
    noisy = [_noisy(scene, seed) if size_px[0] > 96 else scene for seed in (1, 2)]
    picture = UnchangedPicture()
    picture.keep(noisy[0])

    assert picture.same(noisy[1])


@pytest.mark.parametrize("size_px", [(640, 360), (768, 576), (1920, 1080)])
def test_a_small_person_is_a_change(size_px: tuple[int, int]) -> None:
    """A twentieth of the picture's height, and twenty grey levels darker than the ground."""
    scene = _scene(*size_px)
    picture = UnchangedPicture()
    picture.keep(_noisy(scene, 1))
    tall = size_px[1] // 20
    scene[100 : 100 + tall, 200 : 200 + tall // 2] -= 20

    assert not picture.same(_noisy(scene, 2))


def test_without_a_picture_everything_is_new() -> None:
    """At first, after it was forgotten, and at another resolution."""
    picture, scene = UnchangedPicture(), _scene(640, 360)

    assert not picture.same(scene)
    picture.keep(scene)
    assert picture.same(scene)
    assert not picture.same(_scene(640, 480))
    picture.forget()
    assert not picture.same(scene)

"""Tells a camera that repeats one picture for ever from a scene in which nothing moves."""

import numpy as np

from tracker.types import Image

GRID_PX = 16


class StillPicture:
    """Measures how long pictures have been identical to the last bit.

    The noise of a living sensor changes some pixel in every picture, however still the scene.
    """

    def __init__(self) -> None:
        self._last: Image | None = None
        self._since_s = 0.0

    def unchanged_s(self, image: Image, now_s: float) -> float:
        """Return for how long the picture has been the same.

        Args:
            image: uint8 (H, W, 3); kept until the next call, so nobody may change it.
            now_s: monotonic.
        """
        if self._last is None or not _same(self._last, image):
            self._since_s = now_s
        self._last = image
        return now_s - self._since_s


def _same(one: Image, other: Image) -> bool:
    if one.shape != other.shape:
        return False
    # Of a living picture the coarse grid differs already; only a frozen one is compared in full.
    grid = np.s_[::GRID_PX, ::GRID_PX]
    return bool(np.array_equal(one[grid], other[grid])) and bool(np.array_equal(one, other))

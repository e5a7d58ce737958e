"""Tells whether a picture is still the one that was searched: then so is what was found in it."""

import cv2
import numpy as np

from tracker.types import Image

# A picture is compared as a mosaic of so many columns: each is the mean of some dozen pixels, so
# that a sensor's noise cancels out, and the smallest person is several of them.
_COLUMNS = 96
# Grey levels by which one of them must differ: noise is about one.
_CHANGED = 6
_SAMPLES = 4  # columns of pixels that are read of each column of the mosaic


class UnchangedPicture:
    """Remembers one picture, small and grey."""

    def __init__(self) -> None:
        self._kept: Image | None = None

    def keep(self, image: Image) -> None:
        """Remember this picture, uint8 (H, W, 3) BGR."""
        self._kept = _mosaic(image)

    def forget(self) -> None:
        """Let the next picture be another one whatever it shows."""
        self._kept = None

    def same(self, image: Image) -> bool:
        """Tell whether a picture shows nothing that the remembered one does not."""
        if self._kept is None:
            return False
        now = _mosaic(image)
        if now.shape != self._kept.shape:
            return False
        return int(cv2.absdiff(now, self._kept).max()) < _CHANGED


def _mosaic(image: Image) -> Image:
    """Return the picture as a mosaic, uint8 (h, w)."""
    height_px, width_px = image.shape[:2]
    step = max(width_px // (_COLUMNS * _SAMPLES), 1)
    sparse = cv2.cvtColor(np.ascontiguousarray(image[::step, ::step]), cv2.COLOR_BGR2GRAY)
    size = (min(_COLUMNS, width_px), max(round(height_px * _COLUMNS / width_px), 1))
    return np.asarray(cv2.resize(sparse, size, interpolation=cv2.INTER_AREA), np.uint8)

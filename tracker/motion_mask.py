"""Where a picture moves: MOG2 on a small copy, shadows removed."""

from typing import TypeAlias

import cv2
import numpy as np

from tracker.types import Image

Mask: TypeAlias = Image

_SHADOW = 127  # MOG2's own value for shadow; foreground is 255


class MotionMask:
    """Learns a fixed camera's background and tells what differs from it.

    Args:
        width_px: the picture is shrunk to this width first: a quarter of the work at half size.
        memory_frames: how many frames a thing must stand still to become background.
    """

    def __init__(self, *, width_px: int = 384, memory_frames: int = 300) -> None:
        self._width_px = width_px
        self._model = cv2.createBackgroundSubtractorMOG2(
            history=memory_frames, varThreshold=25, detectShadows=True
        )
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def apply(self, image: Image) -> tuple[Mask, float]:
        """Return the mask, uint8 (h, w) of 0 and 1, and the scale from frame to mask."""
        height_px, width_px = image.shape[:2]
        scale = min(1.0, self._width_px / width_px)
        size = (round(width_px * scale), round(height_px * scale))
        moving = self._model.apply(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        _, moving = cv2.threshold(moving, _SHADOW, 1, cv2.THRESH_BINARY)
        opened = cv2.morphologyEx(moving, cv2.MORPH_OPEN, self._kernel)
        return np.asarray(opened, dtype=np.uint8), scale

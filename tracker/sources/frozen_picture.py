"""Detect a camera that repeats one frozen picture, but not a scene in which nothing moves."""

import zlib

import cv2
import numpy as np

from tracker.types import Image

CHECK_EVERY_FRAMES = 5
COMPARED_LINES = 270  # the picture is reduced to about so many lines
REMEMBER_S = 20.0
# An encoder renders the same scene slightly differently from key frame to key frame.
SAME_SCENE_LEVELS = 64
LONGEST_GROUP_S = 60.0  # no camera sends key frames less often


class StillPicture:
    """Measures for how long a camera has only repeated pictures.

    The noise of a working sensor makes every key frame a new picture, even of a still scene.
    Between two key frames an encoder may repeat a still picture bit by bit: that only counts when
    it lasts longer than the interval between the key frames of any camera.

    Args:
        every_frame_is_key: the codec does not use earlier frames, as with JPEG.
    """

    def __init__(self, *, every_frame_is_key: bool) -> None:
        self._every_frame_is_key = every_frame_is_key
        self._frames = 0
        self._seen: dict[int, float] = {}
        self._last = 0
        self._since_s = 0.0
        self._reference: Image = np.empty((0, 0, 3), np.uint8)
        self._had_key_frame = False
        self._still_s = 0.0

    def unchanged_s(self, image: Image, now_s: float) -> float:
        """Return the seconds without a new picture; 0 while that can be a still scene.

        Args:
            image: uint8 (H, W, 3).
            now_s: monotonic.
        """
        if self._frames % CHECK_EVERY_FRAMES == 0:
            self._check(image, now_s)
        self._frames += 1
        return self._still_s

    def _check(self, image: Image, now_s: float) -> None:
        step_px = max(1, image.shape[0] // COMPARED_LINES)
        coarse = np.ascontiguousarray(image[::step_px, ::step_px])
        digest = zlib.crc32(coarse.data)
        if digest not in self._seen or self._moved(coarse):
            self._since_s, self._reference = now_s, coarse
            self._had_key_frame = self._every_frame_is_key
        elif digest != self._last:
            self._had_key_frame = True
        self._last = digest
        self._seen[digest] = now_s
        oldest_s = now_s - REMEMBER_S
        self._seen = {each: at_s for each, at_s in self._seen.items() if at_s >= oldest_s}
        still_s = now_s - self._since_s
        self._still_s = still_s if self._had_key_frame or still_s > LONGEST_GROUP_S else 0.0

    def _moved(self, coarse: Image) -> bool:
        """Return whether the scene changed: a film played in a loop repeats pictures, too."""
        if coarse.shape != self._reference.shape:
            return True
        return bool(cv2.absdiff(coarse, self._reference).max() > SAME_SCENE_LEVELS)

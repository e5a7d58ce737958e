"""Tells a camera that repeats one picture for ever from a scene in which nothing moves."""

import zlib

import cv2
import numpy as np

from tracker.types import Image

LOOK_EVERY = 5  # frames
LINES_PX = 270  # so many lines of the picture suffice, each as coarse
REMEMBER_S = 20.0
# An encoder pictures one and the same scene a little differently from key frame to key frame.
SAME_LEVELS = 64
LONGEST_GROUP_S = 60.0


class StillPicture:
    """Measures for how long a camera has shown nothing but pictures it had shown before.

    The noise of a living sensor makes every key frame a new picture, however still the scene.
    Between two key frames an encoder may repeat a still picture to the last bit: that alone says
    nothing, unless it goes on for longer than any camera's key frames are apart.

    Args:
        every_frame_is_key: the codec never builds on former frames, as JPEG does not.
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
        """Return for how long there has been no new picture; 0 while that may be chance.

        Args:
            image: uint8 (H, W, 3).
            now_s: monotonic.
        """
        if self._frames % LOOK_EVERY == 0:
            self._look(image, now_s)
        self._frames += 1
        return self._still_s

    def _look(self, image: Image, now_s: float) -> None:
        step_px = max(1, image.shape[0] // LINES_PX)
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
        """Tell a film that is played in a loop from a picture that stands."""
        if coarse.shape != self._reference.shape:
            return True
        return bool(cv2.absdiff(coarse, self._reference).max() > SAME_LEVELS)

"""Where a picture moves: MOG2 on a small copy, shadows removed."""

from typing import TypeAlias

import cv2
import numpy as np

from tracker.types import NO_BOXES, Float32, Image

Mask: TypeAlias = Image

_SHADOW = 127  # MOG2's own value for shadow; foreground is 255
_VARIANCES = 25.0  # how far a pixel must be from the background's colours, squared
# A new colour counts as background once it holds the share of a pixel's memory that the old
# colours leave over: OpenCV's own default.
_BACKGROUND_SHARE = 0.9
_FIRST_LESSONS = 10  # every picture counts until so many are known
_HASTY_LESSONS = 4  # as if no more were known: the next one weighs a tenth
_STEP_MAX_S = 1.0  # after a hole in the pictures the background must not change at one stroke
# Where people are, one lesson in so many counts; they are background after 17 times `memory_s`.
# With 7 and more they never would be: MOG2 takes 0.05 off a sixth, and 0.1 makes a background.
_SPARED_TURNS = 6


class MotionMask:
    """Learns a fixed camera's background and tells what differs from it.

    Pictures may change their size and clocks may jump: a new size begins a new background, a time
    that went back counts as no time.

    Args:
        width_px: the picture is shrunk to this width first: a quarter of the work at half size.
        memory_s: how long a thing must stand still to become background.
        lesson_s: the background is learned so often; a lesson costs as much as a look.

    Attributes:
        lessons: how many pictures this background was learned from.
    """

    def __init__(
        self, *, width_px: int = 384, memory_s: float = 5.0, lesson_s: float = 0.45
    ) -> None:
        self.lessons = 0
        self._width_px = width_px
        self._memory_s = memory_s
        self._lesson_s = lesson_s
        self._model = cv2.createBackgroundSubtractorMOG2(
            varThreshold=_VARIANCES, detectShadows=True
        )
        self._model.setBackgroundRatio(_BACKGROUND_SHARE)
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        self._small: Image = np.empty((0, 0, 3), np.uint8)
        self._scale = 1.0
        self._learned_at = 0.0

    @property
    def experienced(self) -> bool:
        """Whether the first pictures, each of which counts, are over."""
        return self.lessons >= _FIRST_LESSONS

    def look(self, image: Image) -> tuple[Mask, float]:
        """Return the mask, uint8 (h, w) of 0 and 1, and the scale from frame to mask."""
        height_px, width_px = image.shape[:2]
        self._scale = min(1.0, self._width_px / width_px)
        size = (round(width_px * self._scale), round(height_px * self._scale))
        before = self._small.shape
        self._small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._small.shape != before:
            self.lessons = 0
        if not self.lessons:
            return np.zeros(self._small.shape[:2], np.uint8), self._scale
        moving = self._model.apply(self._small, learningRate=0)
        _, moving = cv2.threshold(moving, _SHADOW, 1, cv2.THRESH_BINARY)
        opened = cv2.morphologyEx(moving, cv2.MORPH_OPEN, self._kernel)
        return np.asarray(opened, dtype=np.uint8), self._scale

    def learn(self, at: float, people_px: Float32 = NO_BOXES) -> None:
        """Make the picture last looked at part of the background.

        Args:
            people_px: float32 (N, 4) boxes in frame pixels that become background much more
                slowly: a person who stands still must not, a false one shall in the end.
        """
        since_s = at - self._learned_at
        if 0.0 <= since_s < self._lesson_s and self.lessons >= _FIRST_LESSONS:
            return
        counts = self.lessons % _SPARED_TURNS == 0  # the people, too
        rate = 1 - _BACKGROUND_SHARE ** (min(max(since_s, 0.0), _STEP_MAX_S) / self._memory_s)
        if not self.lessons:
            rate = 1.0  # forgets whatever was there before
        elif not counts or not len(people_px):
            # The first pictures are all there is to know; OpenCV begins in the same way.
            rate = max(rate, 1 / (2 * self.lessons + 2))
        self._model.apply(
            self._small if counts or not len(people_px) else self._without(people_px),
            learningRate=rate,
        )
        self.lessons += 1
        self._learned_at = at

    def hasten(self) -> None:
        """Learn the next pictures almost as fast as the first ones; what is known is not lost."""
        self.lessons = min(self.lessons, _HASTY_LESSONS)

    def _without(self, people_px: Float32) -> Image:
        """Return the picture with the background painted over the people."""
        background = self._model.getBackgroundImage()
        lesson = self._small.copy()
        for left, top, right, bottom in in_mask(people_px, self._scale, lesson.shape):
            lesson[top:bottom, left:right] = background[top:bottom, left:right]
        return lesson


def in_mask(boxes_px: Float32, scale: float, shape: tuple[int, ...]) -> np.ndarray:
    """Return boxes, int (N, 4), in whole pixels of a mask or small picture of this shape."""
    edges = (boxes_px[:, :4] * scale).round().astype(np.intp)
    edges[:, 0::2] = edges[:, 0::2].clip(0, shape[1])
    edges[:, 1::2] = edges[:, 1::2].clip(0, shape[0])
    return edges


def moved_share(mask: Mask, boxes: np.ndarray) -> Float32:
    """Return the share of each box that moves, float32 (N,), in [0, 1].

    Args:
        boxes: int (N, 4) in mask pixels, inside the mask.
    """
    total = cv2.integral(mask)  # (h + 1, w + 1)
    left, top, right, bottom = boxes.T
    moved = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
    area = np.maximum((right - left) * (bottom - top), 1)
    return np.asarray(moved / area, dtype=np.float32)

"""Person boxes from motion alone, and motion as a gate for a detector's boxes."""

from collections import deque

import cv2
import numpy as np

from tracker.motion_mask import Mask, MotionMask
from tracker.ports import BoxDetector
from tracker.types import Float32, Image

_BLOB_SCORE = 0.7
_NO_BOXES = np.empty((0, 5), np.float32)


class MotionBoxes(BoxDetector):
    """Takes moving blobs of a person's shape for people: where no detector's weights can be had.

    It sees people only while they move, and a group as one.

    Args:
        height_min: the smallest person, as a share of the picture's height.
        warm_up_frames: nothing is reported until the background is known.
    """

    def __init__(self, *, height_min: float = 0.06, warm_up_frames: int = 10) -> None:
        self._motion = MotionMask()
        self._height_min = height_min
        self._warm_up_frames = warm_up_frames
        # A body breaks into blobs above each other (legs, trunk, head): close upwards.
        self._joining = np.ones((9, 3), np.uint8)

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- frames are the clock
        mask, scale = self._motion.apply(image)
        if self._warm_up_frames:
            self._warm_up_frames -= 1
            return _NO_BOXES
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._joining)
        _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
        return self._person_shaped(stats[1:], mask.shape[0], scale)

    def _person_shaped(self, stats: np.ndarray, mask_height_px: int, scale: float) -> Float32:
        left, top, width, height, area = stats.T.astype(np.float32)
        fill = area / (width * height)
        upright = (height >= 0.8 * width) & (height <= 5.0 * width)
        lying = (width > 1.25 * height) & (width <= 4.0 * height)
        shaped = (fill > 0.3) & (upright | lying)
        tall = np.maximum(height, width) >= self._height_min * mask_height_px
        kept = shaped & tall
        boxes = np.stack([left, top, left + width, top + height], axis=1)[kept] / scale
        # A blob of this shape is as sure as motion can be: each may begin a person.
        scores = _BLOB_SCORE + (1 - _BLOB_SCORE) * fill[kept]
        return np.concatenate([boxes, scores[:, None]], axis=1).astype(np.float32)


class MotionGate(BoxDetector):
    """Keeps a detector's boxes only where something moved lately.

    A sign or a parked car that looks like a person never moves; a person who stands still was seen
    walking up.

    Args:
        memory_s: how long a place stays open after motion.
        moving_min: share of a box's area that must have moved within the memory.
    """

    def __init__(
        self,
        detector: BoxDetector,
        *,
        memory_s: float = 10.0,
        moving_min: float = 0.1,
        step_s: float = 1.0,
    ) -> None:
        self._detector = detector
        self._motion = MotionMask()
        self._memory_s = memory_s
        self._moving_min = moving_min
        self._step_s = step_s
        # One merged mask a step, not one a frame: ten small pictures remember ten seconds.
        self._steps: deque[tuple[float, Mask]] = deque()

    def detect(self, image: Image, at: float) -> Float32:
        mask, scale = self._motion.apply(image)
        self._remember(mask, at)
        boxes = self._detector.detect(image, at)
        if not len(boxes):
            return boxes
        return boxes[self._moved_share(boxes[:, :4] * scale) >= self._moving_min]

    def _remember(self, mask: Mask, at: float) -> None:
        if self._steps and (at < self._steps[-1][0] or self._steps[-1][1].shape != mask.shape):
            self._steps.clear()  # a clock set back or a camera's new resolution
        if self._steps and at - self._steps[-1][0] < self._step_s:
            np.maximum(self._steps[-1][1], mask, out=self._steps[-1][1])
        else:
            self._steps.append((at, mask.copy()))
        while at - self._steps[0][0] > self._memory_s:
            self._steps.popleft()

    def _moved_share(self, boxes_px: Float32) -> Float32:
        """Return the share of each box, in mask pixels, that moved within the memory."""
        recent = self._steps[0][1].copy()
        for _, mask in self._steps:
            np.maximum(recent, mask, out=recent)
        total = cv2.integral(recent)  # (h + 1, w + 1)
        corners = boxes_px.round().astype(np.intp)
        left, right = np.clip(corners[:, 0:4:2].T, 0, recent.shape[1])
        top, bottom = np.clip(corners[:, 1:4:2].T, 0, recent.shape[0])
        moved = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        area = np.maximum((right - left) * (bottom - top), 1)
        return np.asarray(moved / area, dtype=np.float32)

"""Person boxes from motion alone, and motion as a gate for a detector's boxes."""

import math
from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.boxes import overlap
from tracker.detection.motion_mask import Mask, MotionMask, in_mask, moved_share
from tracker.ports import BoxDetector
from tracker.types import NO_BOXES, Float32, Image

# A blob of a person's shape is as sure as motion can be: each may begin a person.
_BLOB_SCORE = 0.7
# Where somebody is expected a body may go on, but none may begin.
_EXPECTED_SCORE = 0.6
# IoU from which a box that did not move is the one that did not at the last look.
_STILL_THERE = 0.9
_NO_SCORED_BOXES = np.empty((0, 5), np.float32)


class MotionBoxes(BoxDetector):
    """Tells where people may be, where no detector's weights can be had.

    New people are moving blobs of a person's shape. Known people are looked for where they are
    expected, so that they may meet, hide each other and stand still: the background is not
    learned where they are.

    Args:
        height_min: the smallest person, as a share of the picture's height.
        warm_up: nobody is new until the background was learned from so many pictures.
        support_min: somebody expected is there while this share of the box differs from the
            background.
        flood_min: more than this share of the picture at once is the light, not people.
        flood_s: light that stays so long is the new background.
    """

    def __init__(
        self,
        *,
        height_min: float = 0.06,
        warm_up: int = 10,
        support_min: float = 0.15,
        flood_min: float = 0.7,
        flood_s: float = 1.0,
    ) -> None:
        self._motion = MotionMask()
        self._height_min = height_min
        self._warm_up = warm_up
        self._support_min = support_min
        self._flood_min = flood_min
        self._flood_s = flood_s
        self._flooded_at: float | None = None
        # A body breaks into blobs above each other (legs, trunk, head): close upwards.
        self._joining = np.ones((9, 3), np.uint8)

    def detect(self, image: Image, at: float) -> Float32:
        return self.propose(image, at, NO_BOXES)

    def propose(self, image: Image, at: float, expected: Float32) -> Float32:
        """Return boxes, float32 (N, 5), as `detect` does: the expected ones first.

        Args:
            expected: float32 (N, 4) boxes in frame pixels where people should be by now. Their
                score is too low to begin a person.
        """
        mask, scale = self._motion.look(image)
        if self._flooded(mask, at):
            return _scored(expected, _EXPECTED_SCORE)
        warm = self._motion.lessons >= self._warm_up
        self._motion.learn(at, expected)
        if not warm:
            return _scored(expected, _EXPECTED_SCORE)
        places = in_mask(expected, scale, mask.shape)
        there = moved_share(mask, places) >= self._support_min
        for left, top, right, bottom in places[there]:
            mask[top:bottom, left:right] = 0
        known = _scored(expected[there], _EXPECTED_SCORE)
        return np.concatenate([known, self._person_shaped(mask, scale)])

    def _flooded(self, mask: Mask, at: float) -> bool:
        """Tell whether the light has just changed; learn it in haste when it stays.

        People's places are spared even then: a new background would have them in it.
        """
        if not mask.size or mask.mean() < self._flood_min:
            self._flooded_at = None
            return False
        if self._flooded_at is None or at < self._flooded_at:
            self._flooded_at = at
        if at - self._flooded_at >= self._flood_s:
            self._motion.hasten()
            self._flooded_at = None
            return False
        return True

    def _person_shaped(self, mask: Mask, scale: float) -> Float32:
        """Return the blobs of a person's shape and size, float32 (N, 5)."""
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._joining)
        _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
        left, top, width, height, area = stats[1:].T.astype(np.float32)
        fill = area / (width * height)
        upright = (height >= 0.8 * width) & (height <= 5.0 * width)
        lying = (width > 1.25 * height) & (width <= 4.0 * height)
        tall = np.maximum(height, width) >= self._height_min * mask.shape[0]
        kept = (fill > 0.3) & (upright | lying) & tall
        boxes = np.stack([left, top, left + width, top + height], axis=1)[kept] / scale
        return _scored(boxes, _BLOB_SCORE + (1 - _BLOB_SCORE) * fill[kept])


class MotionGate(BoxDetector):
    """Keeps a detector's boxes only where something moved lately.

    A sign or a parked car that looks like a person never moves; a person who stands still was seen
    walking up. Whoever is surely a person is let through without: somebody may stand or sit there
    from the start. Motion is looked at twice a second, and whenever what is known of it would drop
    a box, but for one that did not move at the last look and is where it was.

    Args:
        memory_s: how long a place stays open after motion.
        moving_min: share of a box's area that must have moved within the memory.
        sure_min: boxes with this score need not move.
        look_s: how often motion is looked at while no box needs it; 0: in every picture.
    """

    def __init__(
        self,
        detector: BoxDetector,
        *,
        memory_s: float = 10.0,
        moving_min: float = 0.1,
        step_s: float = 1.0,
        sure_min: float = 0.7,
        look_s: float = 0.45,
    ) -> None:
        self._detector = detector
        self._motion = MotionMask(memory_s=3.0)
        self._memory_s = memory_s
        self._moving_min = moving_min
        self._step_s = step_s
        self._sure_min = sure_min
        self._look_s = look_s
        self._looked_at = -math.inf
        self._shape: tuple[int, ...] = ()  # of the picture that was looked at
        self._scale = 1.0
        self._dropped_px: Float32 = NO_BOXES  # at the last look
        # One merged mask a step, not one a frame: ten small pictures remember ten seconds.
        self._steps: deque[tuple[float, Mask]] = deque()
        self._recent: Mask = np.zeros((1, 1), np.uint8)  # all of them, merged

    def detect(self, image: Image, at: float) -> Float32:
        looked = self._due(image, at)
        if looked:
            self._look(image, at)
        boxes = self._detector.detect(image, at)
        kept = self._kept(boxes)
        if not looked and self._doubtful(boxes[~kept, :4]):
            self._look(image, at)
            kept, looked = self._kept(boxes), True
        if looked:
            self._dropped_px = boxes[~kept, :4]
        return boxes[kept]

    def _doubtful(self, boxes_px: Float32) -> bool:
        """Tell whether a look may show that one of these moves: not where the last showed none."""
        same = overlap(boxes_px, self._dropped_px).max(axis=1, initial=0.0)
        return bool((same < _STILL_THERE).any())

    def _due(self, image: Image, at: float) -> bool:
        """Tell whether it is time to look; the first pictures are all there is to learn from."""
        in_time = 0 <= at - self._looked_at < self._look_s
        return not in_time or image.shape != self._shape or not self._motion.experienced

    def _look(self, image: Image, at: float) -> None:
        mask, self._scale = self._motion.look(image)
        self._motion.learn(at)
        self._remember(mask, at)
        self._looked_at, self._shape = at, image.shape

    def _kept(self, boxes: Float32) -> NDArray[np.bool_]:
        """Tell which boxes are sure, or moved within the memory, bool (N,)."""
        kept = np.asarray(boxes[:, 4] >= self._sure_min)
        if kept.all():
            return kept
        places = in_mask(boxes, self._scale, self._recent.shape)
        return kept | (moved_share(self._recent, places) >= self._moving_min)

    def _remember(self, mask: Mask, at: float) -> None:
        if self._steps and (at < self._steps[-1][0] or self._steps[-1][1].shape != mask.shape):
            self._steps.clear()  # a clock set back or a camera's new resolution
        if self._steps and at - self._steps[-1][0] < self._step_s:
            np.maximum(self._steps[-1][1], mask, out=self._steps[-1][1])
        else:
            self._steps.append((at, mask.copy()))
        while at - self._steps[0][0] > self._memory_s:
            self._steps.popleft()
        self._recent = np.maximum.reduce([step for _, step in self._steps])


def _scored(boxes_px: Float32, scores: float | np.ndarray) -> Float32:
    if not len(boxes_px):
        return _NO_SCORED_BOXES
    column = np.broadcast_to(np.asarray(scores, np.float32), (len(boxes_px),))
    return np.column_stack([boxes_px, column]).astype(np.float32)

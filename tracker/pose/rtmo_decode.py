"""A frame into RTMO's picture, and RTMO's answer back into the frame."""

from dataclasses import dataclass

import cv2
import numpy as np

from tracker.types import Float32, Image, Pose

PAD = 114  # the grey that RTMO was trained with around the picture


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a frame lies in the network's picture: its shape kept, in the middle, grey around.

    Points name pixels by their centres: the first pixel's is (0, 0) in both pictures.

    Attributes:
        frame_px: width and height of the frame.
        inner_px: width and height of the frame's image in the network's picture.
        left_px, top_px: where that image begins.
    """

    frame_px: tuple[int, int]
    inner_px: tuple[int, int]
    left_px: int
    top_px: int

    def to_network(self, points_px: Float32) -> Float32:
        """Map points from the frame, float32 (..., 2), to the network's picture."""
        corner, scale = self._corner_and_scale()
        return np.asarray((points_px + 0.5) * scale - 0.5 + corner, np.float32)

    def to_frame(self, points_px: Float32) -> Float32:
        """Map points from the network's picture, float32 (..., 2), to the frame."""
        corner, scale = self._corner_and_scale()
        return np.asarray((points_px - corner + 0.5) / scale - 0.5, np.float32)

    def _corner_and_scale(self) -> tuple[Float32, Float32]:
        # Whole pixels make the two axes' scales differ a little.
        scale = np.divide(self.inner_px, self.frame_px, dtype=np.float32)
        return np.array((self.left_px, self.top_px), np.float32), scale

    def draw(self, image: Image, picture: Float32) -> None:
        """Write the frame's pixels as they are, BGR 0-255, into the picture, float32 (3, H, W).

        The grey around is left alone.
        """
        small = cv2.resize(image, self.inner_px)
        width_px, height_px = self.inner_px
        rows = slice(self.top_px, self.top_px + height_px)
        columns = slice(self.left_px, self.left_px + width_px)
        np.copyto(picture[:, rows, columns], small.transpose(2, 0, 1))


def letterbox(frame_px: tuple[int, int], picture_px: tuple[int, int]) -> Letterbox:
    """Return the largest place for a frame in a picture; both are width and height."""
    scale = min(inner / outer for inner, outer in zip(picture_px, frame_px, strict=True))
    # One pixel at least, so that even a very long frame is drawn.
    width_px, height_px = (max(round(length * scale), 1) for length in frame_px)
    left_px, top_px = (picture_px[0] - width_px) // 2, (picture_px[1] - height_px) // 2
    return Letterbox(frame_px, (width_px, height_px), left_px, top_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class RtmoOptions:
    """Which of RTMO's detections are people.

    Attributes:
        score_min: weaker ones are dropped; the official graph itself drops those below 0.15.
        overlap_max: of two boxes that overlap by more (IoU), the surer one stays; the official
            graph has the same limit inside.
    """

    score_min: float = 0.2
    overlap_max: float = 0.65


def decode(
    detections: Float32, keypoints: Float32, place: Letterbox, options: RtmoOptions
) -> list[Pose]:
    """Return the people of one picture, surest first.

    A joint's confidence is the network's own probability that it can be seen or told in the
    picture.

    Args:
        detections: float32 (N, 5): left, top, right, bottom in the network's pixels, score.
        keypoints: float32 (N, 17, 3), COCO-17 order: x, y in the network's pixels, confidence.
        place: where the frame lay in the picture.
    """
    finite = np.isfinite(detections).all(axis=1) & np.isfinite(keypoints).all(axis=(1, 2))
    seen = np.flatnonzero(finite & (detections[:, 4] >= options.score_min))
    boxes = place.to_frame(detections[seen, :4].reshape(-1, 2, 2))
    boxes = np.clip(boxes, 0, np.subtract(place.frame_px, 1, dtype=np.float32)).reshape(-1, 4)
    scores = np.minimum(detections[seen, 4], 1.0)
    joints = np.empty((len(seen), 17, 3), np.float32)
    joints[..., :2] = place.to_frame(keypoints[seen, :, :2])
    joints[..., 2] = np.clip(keypoints[seen, :, 2], 0.0, 1.0)
    return [
        Pose(joints=joints[index], box_px=boxes[index], score=float(scores[index]))
        for index in _surest_apart(boxes, scores, options)
    ]


def _surest_apart(boxes: Float32, scores: Float32, options: RtmoOptions) -> list[int]:
    """Return the boxes that no surer one covers.

    Needed for graphs that suppress by themselves too: in a batch the official one fills the rows
    of pictures with fewer people by repeating a row that may well be somebody's.
    """
    size = boxes[:, 2:] - boxes[:, :2]
    solid = np.flatnonzero((size > 0).all(axis=1))
    as_widths = np.concatenate([boxes[solid, :2], size[solid]], axis=1)
    kept = cv2.dnn.NMSBoxes(
        as_widths.tolist(), scores[solid].tolist(), options.score_min, options.overlap_max
    )
    return [int(index) for index in solid[np.asarray(kept, dtype=np.intp).reshape(-1)]]

"""Square crops of a picture, turned so that a body in them stands upright."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tracker.types import Float32, Image

SIDE_PX = 256
CROP = 1.25  # the crop is a square of this many times the box's longer side
# A box that the picture's upper or lower edge cuts shows a part of a body: the crop must leave room
# for the rest, or the network presses a whole body into the part. Half cut off below, 80 % of the
# visible joints are right instead of 50 %. Edges at the sides need nothing: boxes are tall.
_AT_EDGE_PX = 1.5
SLIM = 0.55  # width over height of a box of somebody upright, at most
_UPRIGHT = 2.5  # height over width of somebody standing
_LARGEST_REST = 1.6  # the whole is taken for at most this many times the visible part


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of the picture.

    Attributes:
        x_px, y_px: its middle.
        side_px: its side.
        turn_rad: how far the body in it is turned from upright, clockwise in the picture. The
            crop is turned back by as much.
        slim: the box is that of somebody who stands or walks.
    """

    x_px: float
    y_px: float
    side_px: float
    turn_rad: float = 0.0
    slim: bool = False

    @property
    def body_px(self) -> float:
        """Return how long a body is that fills the crop as usual."""
        return self.side_px / (CROP * _aslant(self.turn_rad))

    def cut(self, image: Image, out: Image) -> None:
        """Write the square into `out`, uint8 (SIDE_PX, SIDE_PX, 3); black outside the picture."""
        if self.turn_rad == 0:
            # Whole pixels, so that cutting copies nothing and resizing does the rest: a fifth of
            # the time of an affine warp.
            left_px, top_px, side_px = self._whole_pixels()
            cv2.resize(_cut(image, side_px, left_px, top_px), (SIDE_PX, SIDE_PX), dst=out)
            return
        cv2.warpAffine(image, self._to_crop(), (SIDE_PX, SIDE_PX), dst=out)

    def to_frame(self, points_px: Float32) -> Float32:
        """Return points of the crop in pixels of the picture, float32 (n, 2)."""
        if self.turn_rad == 0:
            left_px, top_px, side_px = self._whole_pixels()
            return np.asarray(points_px * (side_px / SIDE_PX) + (left_px, top_px), np.float32)
        cosine, sine = math.cos(self.turn_rad), math.sin(self.turn_rad)
        away = (points_px - SIDE_PX / 2) * (self.side_px / SIDE_PX)
        turned = away @ np.array([[cosine, sine], [-sine, cosine]], np.float32)
        return np.asarray(turned + np.array([self.x_px, self.y_px]), np.float32)

    def _whole_pixels(self) -> tuple[int, int, int]:
        """Return left, top and side in whole pixels of the picture."""
        # Two pixels at least, so that even an empty box in a corner cuts a bit of the picture.
        side_px = max(round(self.side_px), 2)
        return round(self.x_px - side_px / 2), round(self.y_px - side_px / 2), side_px

    def _to_crop(self) -> np.ndarray:
        """Return the affine map from the picture to the crop, float64 (2, 3)."""
        scale = SIDE_PX / max(self.side_px, 2.0)
        cosine, sine = scale * math.cos(self.turn_rad), scale * math.sin(self.turn_rad)
        turn = np.array([[cosine, sine], [-sine, cosine]])
        shift = SIDE_PX / 2 - turn @ (self.x_px, self.y_px)
        return np.column_stack([turn, shift])


def crop_of(box_px: Float32, turn_rad: float, picture_height_px: int) -> Crop:
    """Return the crop around a box that shows somebody turned by so much.

    Args:
        box_px: float32 (4,): left, top, right, bottom.
        turn_rad: 0 for somebody upright.
    """
    slim = turn_rad == 0 and box_px[2] - box_px[0] <= SLIM * (box_px[3] - box_px[1])
    if turn_rad == 0:
        box_px = _whole(box_px, picture_height_px)
    left_px, top_px, right_px, bottom_px = (float(edge) for edge in box_px)
    side_px = CROP * max(right_px - left_px, bottom_px - top_px)
    side_px *= _aslant(turn_rad)
    return Crop((left_px + right_px) / 2, (top_px + bottom_px) / 2, side_px, turn_rad, bool(slim))


def _aslant(turn_rad: float) -> float:
    """Return by how much a body that lies aslant is longer than the sides of its box."""
    return abs(math.cos(turn_rad)) + abs(math.sin(turn_rad))


def _whole(box_px: Float32, height_px: int) -> Float32:
    """Return the box with room for what the upper or lower edge of the picture cuts off."""
    left, top, right, bottom = box_px
    seen_px = bottom - top
    whole_px = min(_UPRIGHT * (right - left), _LARGEST_REST * seen_px)
    above, below = top <= _AT_EDGE_PX, bottom >= height_px - _AT_EDGE_PX
    # Who is wider than tall lies: nothing tells how far a lying body reaches.
    if above == below or whole_px <= seen_px or right - left > seen_px:
        return box_px
    if above:
        return np.array([left, bottom - whole_px, right, bottom], np.float32)
    return np.array([left, top, right, top + whole_px], np.float32)


def _cut(image: Image, side_px: int, left_px: int, top_px: int) -> Image:
    """Return the square, black where it leaves the picture; a view when it does not."""
    height_px, width_px = image.shape[:2]
    outside_px = (  # above, below, left, right
        max(-top_px, 0),
        max(top_px + side_px - height_px, 0),
        max(-left_px, 0),
        max(left_px + side_px - width_px, 0),
    )
    inside = image[max(top_px, 0) : top_px + side_px, max(left_px, 0) : left_px + side_px]
    if not any(outside_px):
        return inside
    return np.asarray(cv2.copyMakeBorder(inside, *outside_px, cv2.BORDER_CONSTANT), np.uint8)

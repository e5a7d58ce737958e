"""The stick figure of an alert as a small picture, drawn from poses: no pixel of the camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.flow_skeleton import FLOW_ORDER
from inference.types import AlertPoses
from tracker.skeleton import COCO_17
from tracker.types import Float32, Image

SIDE_PX = 320
MARGIN_PX = 28
SCALE_BITS = 4  # OpenCV draws to a sixteenth of a pixel
SEEN = 0.15
BONES = (
    (5, 7), (7, 9), (6, 8), (8, 10), (5, 6), (5, 11), (6, 12), (11, 12),
    (11, 13), (13, 15), (12, 14), (14, 16), (0, 5), (0, 6),
)  # fmt: skip
# Column of the joint map, which has the flow's joints, of each joint of COCO.
FLOW_COLUMN = [FLOW_ORDER.index(joint) for joint in range(len(COCO_17))]
# Blue, green, red, as OpenCV has them.
GROUND = (26, 20, 16)
SHADOW = (92, 78, 66)
CALM = np.array((208, 196, 170), np.float32)
MARKED = np.array((72, 81, 255), np.float32)
SHADOWS = (0.0, 0.35, 0.7)  # moments before the last that are drawn behind it, as parts of the clip


def figure_png(poses: AlertPoses) -> bytes:
    """Return a PNG of 320 × 320 px: how the person moved, and which joints stand out.

    The last pose of the clip is drawn over earlier ones; joints that made the window unusual are
    red. A clip without a visible joint gives an empty ground.
    """
    picture: Image = np.full((SIDE_PX, SIDE_PX, 3), GROUND, np.uint8)
    clip = np.asarray(poses.poses, np.float32).reshape(-1, 17, 3)
    seen = clip[..., 2] >= SEEN
    if seen.any():
        placed = _fitted(clip, seen)
        for part in SHADOWS:
            at = int(part * (len(clip) - 1))
            _draw(picture, placed[at], seen[at], np.tile(np.array(SHADOW, np.float32), (17, 1)), 2)
        _draw(picture, placed[-1], seen[-1], _colours(poses), 5)
    written, data = cv2.imencode(".png", picture)
    if not written:  # the picture is ours: only a broken OpenCV refuses it
        raise RuntimeError("OpenCV cannot write a PNG")
    return data.tobytes()


def _fitted(clip: Float32, seen: NDArray[np.bool_]) -> Float32:
    """Scale all poses alike so that every visible joint lies inside the margin; (T, 17, 2)."""
    points = clip[..., :2]
    low, high = points[seen].min(axis=0), points[seen].max(axis=0)
    scale = (SIDE_PX - 2 * MARGIN_PX) / max(float((high - low).max()), 1.0)
    placed: Float32 = (points - (low + high) / 2) * scale + SIDE_PX / 2
    return placed


def _colours(poses: AlertPoses) -> Float32:
    """Return a colour of each joint by its share of the alert's score; float32 (17, 3)."""
    shares = np.asarray(poses.joint_map, np.float32)
    if shares.ndim != 2 or shares.shape[1] <= max(FLOW_COLUMN):
        return np.tile(CALM, (17, 1))
    of_joint = shares.mean(axis=0)[FLOW_COLUMN]
    spread = float(of_joint.max() - of_joint.min())
    weight = ((of_joint - of_joint.min()) / spread if spread > 0 else np.zeros(17))[:, None]
    mixed: Float32 = CALM + (MARKED - CALM) * np.square(weight).astype(np.float32)
    return mixed


def _draw(
    picture: Image, points: Float32, seen: NDArray[np.bool_], colours: Float32, thick_px: int
) -> None:
    places = np.round(points * 2**SCALE_BITS).astype(int)
    for first, second in BONES:
        if seen[first] and seen[second]:
            colour = tuple(((colours[first] + colours[second]) / 2).tolist())
            ends = tuple(places[first].tolist()), tuple(places[second].tolist())
            cv2.line(picture, *ends, colour, thick_px, cv2.LINE_AA, SCALE_BITS)
    if seen[0]:
        colour = tuple(colours[0].tolist())
        radius = (2 * thick_px) << SCALE_BITS
        centre = tuple(places[0].tolist())
        cv2.circle(picture, centre, radius, colour, -1, cv2.LINE_AA, SCALE_BITS)

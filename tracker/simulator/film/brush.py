"""Draws rounded bodies with light, shade and folds into a part of a picture, the nearest in front.

Directions are the camera's own: to the right, down, ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from tracker.simulator.body import Floats
from tracker.simulator.film.eye import Eye
from tracker.simulator.film.figure import Cloth, Head, Limb
from tracker.types import Float32

_LIGHT = np.array([-0.35, -0.45, -0.8])  # where it comes from: left, above, behind the camera
_LIGHT /= np.linalg.norm(_LIGHT)
_AMBIENT, _DIRECT = 0.42, 0.62
_FOLDS: Mapping[Cloth, float] = {"shirt": 0.06, "trousers": 0.06}
_SMOOTH = 0.02  # of skin and leather
_PATTERN = 64
_FARTHEST_M = 1e9
_DARK_EYES, _LIPS = (45.0, 45.0, 55.0), (90.0, 85.0, 150.0)


@dataclass(eq=False)
class Brush:
    """Draws into a patch of the picture.

    Attributes:
        patch: float32 (h, w, 3) BGR, drawn into.
        left_px, top_px: where the patch lies in the picture.
        folds: float32 (64, 64), by `wrinkles`.
        colours: BGR by cloth.
    """

    eye: Eye
    patch: Float32
    left_px: int
    top_px: int
    folds: Float32
    colours: Mapping[Cloth, Floats]
    _depth_m: Float32 = field(init=False)

    def __post_init__(self) -> None:
        self._depth_m = np.full(self.patch.shape[:2], _FARTHEST_M, np.float32)

    def limb(self, limb: Limb) -> None:
        """Draw a limb."""
        ends_m = self.eye.seen_m(np.stack([limb.begin_m, limb.end_m]))
        ends_px = self.eye.pixels(ends_m) - (self.left_px, self.top_px)
        thick_m = np.array([limb.begin_thick_m, limb.end_thick_m])
        thick_px = self.eye.camera.focal_px * thick_m / np.maximum(ends_m[:, 2], 0.5)
        area = self._area(ends_px, float(thick_px.max()))
        if area is None:
            return
        rows, columns = area
        x = np.arange(columns.start, columns.stop, dtype=np.float32)[None]
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        along_px = (ends_px[1] - ends_px[0]).astype(np.float32)
        length_px = max(float(np.hypot(*along_px)), 0.03)
        from_x, from_y = x - np.float32(ends_px[0, 0]), y - np.float32(ends_px[0, 1])
        part = np.clip((from_x * along_px[0] + from_y * along_px[1]) / length_px**2, 0, 1)
        radius_px = np.float32(thick_px[0]) + np.float32(np.ptp(thick_px) * _sign(thick_px)) * part
        off_x = (from_x - part * along_px[0]) / radius_px
        off_y = (from_y - part * along_px[1]) / radius_px
        away = np.sqrt(off_x * off_x + off_y * off_y)
        towards = np.sqrt(np.maximum(1 - away * away, 0))  # 1 where the surface looks at the camera
        depth_m = ends_m[0, 2] + (ends_m[1, 2] - ends_m[0, 2]) * part - towards * thick_m.mean()
        lit = off_x * _LIGHT[0] + off_y * _LIGHT[1] - towards * _LIGHT[2]
        across = np.arctan2(off_x * along_px[1] - off_y * along_px[0], towards * length_px)
        fold = self._folded(part * length_px / 3, 9 * across) * _FOLDS.get(limb.cloth, _SMOOTH)
        shade = (_AMBIENT + _DIRECT * np.maximum(lit, 0) + fold) * (0.72 + 0.28 * towards)
        colours = self.colours[limb.cloth] * shade[..., None]
        self._put(area, colours, depth_m, cover=(1 - away) * radius_px + 0.5)

    def head(self, head: Head) -> None:
        """Draw a head with its face, hair and ears."""
        middle_m = self.eye.seen_m(head.middle_m)
        middle_px = self.eye.pixels(middle_m) - (self.left_px, self.top_px)
        scale = self.eye.camera.focal_px / max(float(middle_m[2]), 0.5)
        area = self._area(middle_px[None], float(head.half_axes_m.max()) * scale)
        if area is None:
            return
        rows, columns = area
        x, y = np.meshgrid(
            (np.arange(columns.start, columns.stop) - middle_px[0]) / scale,
            (np.arange(rows.start, rows.stop) - middle_px[1]) / scale,
        )
        turned = self.eye.axes @ head.turned.T  # its own directions, as columns
        form = turned @ np.diag(head.half_axes_m**-2.0) @ turned.T
        half_b = form[0, 2] * x + form[1, 2] * y
        c = form[0, 0] * x * x + form[1, 1] * y * y + 2 * form[0, 1] * x * y - 1
        inside = half_b * half_b - form[2, 2] * c
        z = (-half_b - np.sqrt(np.maximum(inside, 0))) / form[2, 2]
        surface = np.stack([x, y, z], axis=-1)
        normal = surface @ form
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
        shade = _AMBIENT + _DIRECT * np.maximum(normal @ _LIGHT, 0)
        colours = self._face(surface @ turned / head.half_axes_m) * shade[..., None]
        edge_px = np.sqrt(np.maximum(inside / form[2, 2], 0)) * scale
        self._put(area, colours, middle_m[2] + z, cover=np.where(inside > 0, edge_px, 0.0))

    def _face(self, own: Floats) -> Floats:
        """Return the colour of each place of a head.

        Args:
            own: (h, w, 3) ahead, to its left and up, 1 on the surface.
        """
        ahead, left, up = np.moveaxis(own, -1, 0)
        side = np.abs(left)
        colours = np.broadcast_to(self.colours["skin"], own.shape).copy()
        hair = (up > 0.55) | ((ahead < 0.25) & (up > -0.1)) | ((ahead < -0.15) & (up > -0.55))
        colours[hair] = self.colours["hair"]
        front = ahead > 0.5
        colours[front & (np.abs(up - 0.12) < 0.1) & (np.abs(side - 0.42) < 0.16)] = _DARK_EYES
        brows = front & (np.abs(up - 0.3) < 0.05) & (np.abs(side - 0.42) < 0.24)
        colours[brows] = self.colours["hair"]
        colours[(ahead > 0.4) & (np.abs(up + 0.5) < 0.06) & (side < 0.3)] = _LIPS
        colours[front & (up < 0.1) & (up > -0.25) & (side < 0.12)] *= 0.86  # the nose's shade
        ear = (np.abs(up) < 0.22) & (np.abs(ahead + 0.05) < 0.18) & (side > 0.7)
        colours[ear] = self.colours["skin"] * 0.8
        return colours

    def _folded(self, down: Float32, across: Float32) -> Float32:
        rows, columns = down.astype(int) % _PATTERN, across.astype(int) % _PATTERN
        return np.asarray(self.folds[rows, columns])

    def _area(self, points_px: Floats, around_px: float) -> tuple[slice, slice] | None:
        """Return the rows and columns of the patch around some points, None outside it."""
        height, width = self.patch.shape[:2]
        low = np.maximum(points_px.min(axis=0) - around_px - 1, 0).astype(int)
        high = np.minimum(points_px.max(axis=0) + around_px + 2, (width, height)).astype(int)
        if (low >= high).any():
            return None
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def _put(
        self, area: tuple[slice, slice], colours: Floats, depth_m: Floats, *, cover: Floats
    ) -> None:
        """Draw where nothing nearer is; edges cover their pixels in part."""
        share = np.clip(cover, 0, 1) * (depth_m < self._depth_m[area])
        self.patch[area] += share[..., None] * (colours - self.patch[area])
        np.copyto(self._depth_m[area], depth_m, where=share > 0.5, casting="same_kind")


def wrinkles(rng: np.random.Generator) -> Float32:
    """Return the light and dark of folded cloth, float32 (64, 64), about 1 in size."""
    raw = rng.standard_normal((_PATTERN, _PATTERN), np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), 1.2)
    return np.asarray(soft / soft.std(), np.float32)


def _sign(ends: Floats) -> float:
    return 1.0 if ends[1] >= ends[0] else -1.0

"""How violently the picture moves around two people close together: for bodies no pose fits.

People who fight hold, hide and blur each other: poses are refused, tracks end, boxes merge. What
the picture shows there all the same is motion that no body as a whole makes. Optical flow tells it,
on a small picture of the pair in which bodies always have the same size. Whoever walks, alone or
past somebody, moves as a whole and is tall and narrow; of two who fight, one at least reaches out,
lunges or bends. Embracing and shaking hands are slow.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.boxes import overlap
from tracker.cues.stirs import Stir
from tracker.types import Float32, Frame, Image, Pose, Track

Flow: TypeAlias = NDArray[np.float32]

NEAR = 1.0  # body lengths between the middles of two boxes
ALIKE = 0.85  # the shorter of the two over the longer
WIDE = 1.8  # height over width, of the wider box at most
SAME_IOU = 0.5  # boxes that overlap by more are one person's
SURE = 0.5  # a body that is seen and not followed counts from here on
SMALLEST_PX = 60.0
# Pictures are compared over this time; beyond the longest, flow loses limbs.
STEP_S = 0.1
LONGEST_STEP_S = 0.3
SPACING_S = 0.025  # of the pictures that are remembered, so that there are five at most
WIDEST_PX = 1280  # wider pictures are remembered shrunk to this
MOST_PAIRS = 6  # of a picture, the closest first; they bound what a crowd costs
_ROUNDING_S = 1e-3
_BODY_PX = 64  # a body's length in the small picture
_MARGIN = 0.12  # around the two boxes, body lengths
_SMALLEST_SIDE_PX = 16  # less the flow cannot search
_LEAST_PX = 3
_STILL = 0.05  # body lengths/s; slower is noise
_TURNS = 4  # of finding the two velocities
_FAR = 0.2  # share of pixels at either end of the main direction to begin with


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    one: Track
    other: int
    other_box_px: Float32
    body_px: float
    apart: float


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A picture as it is remembered: grey, its scale from the frame, and its capture time."""

    grey: Image
    scale: float
    at: float


class Commotion:
    """Compares each picture with the one a moment before, where people are close together."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._past: deque[_Picture] = deque()

    def look(
        self, frame: Frame, tracks: Sequence[Track], poses: Sequence[Pose]
    ) -> tuple[Stir, ...] | None:
        """Return the pairs of a frame.

        Args:
            tracks: the people followed in this frame.
            poses: all that were seen in it, followed or not.

        Returns:
            None if the source has no pictures.
        """
        if frame.image is None:
            return None
        now = _remembered(frame.image, frame.at)
        before = self._a_moment_before(now)
        if before is None:
            return ()
        return tuple(
            Stir(pair.one.person.number, pair.other, pair.apart, self._speed(pair, before, now))
            for pair in _pairs(tracks, poses)
        )

    def _a_moment_before(self, now: _Picture) -> _Picture | None:
        """Return the newest picture that is old enough, if there is one; remember this one."""
        past = self._past
        if past:
            since_s = now.at - past[-1].at
            if past[-1].grey.shape != now.grey.shape or not 0 < since_s <= LONGEST_STEP_S:
                past.clear()  # another resolution, a hole in time, a clock set back
        while len(past) > 1 and now.at - past[1].at >= STEP_S - _ROUNDING_S:
            past.popleft()
        before = past[0] if past and now.at - past[0].at >= STEP_S - _ROUNDING_S else None
        if not past or now.at - past[-1].at >= SPACING_S - _ROUNDING_S:
            past.append(now)
        return before

    def _speed(self, pair: _Pair, before: _Picture, now: _Picture) -> float:
        """Return how fast the picture moves otherwise than bodies, the mean of both boxes.

        The geometric mean: if one of the two is calm, it is calm.
        """
        boxes = np.stack([pair.one.pose.box_px, pair.other_box_px]) * np.float32(now.scale)
        body_px = pair.body_px * now.scale
        place, scale = _around(boxes, body_px, now.grey)
        small = [_shrunk(picture.grey[place], scale) for picture in (before, now)]
        flow = np.asarray(self._flow.calc(*small, None), np.float32)  # type: ignore[call-overload]
        flow *= np.float32(1 / (scale * (now.at - before.at) * body_px))
        corner = np.array([place[1].start, place[0].start] * 2, np.float32)
        one, two = (_unlike_bodies(_inside(flow, (box - corner) * scale)) for box in boxes)
        return math.sqrt(one * two)


def _remembered(image: Image, at: float) -> _Picture:
    height_px, width_px = image.shape[:2]
    scale = min(1.0, WIDEST_PX / width_px)
    if scale < 1:
        size = (round(width_px * scale), round(height_px * scale))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _Picture(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8), scale, at)


def _pairs(tracks: Sequence[Track], poses: Sequence[Pose]) -> list[_Pair]:
    """Return who is close to somebody followed; the closest pairs first."""
    followed = {id(track.pose) for track in tracks}
    others = [
        pose
        for pose in poses
        if id(pose) not in followed and (pose.score >= SURE or not pose.body_seen)
    ]
    candidates = [
        (one, two.person.number, two.pose.box_px) for one, two in combinations(tracks, 2)
    ] + [(one, 0, pose.box_px) for one in tracks for pose in others]
    found = [pair for each in candidates if (pair := _pair(*each)) is not None]
    return sorted(found, key=lambda pair: pair.apart)[:MOST_PAIRS]


def _pair(one: Track, other: int, box_px: Float32) -> _Pair | None:
    """Return two people if they are close, of a size, and one of them is wide."""
    boxes = np.stack([one.pose.box_px, box_px]).astype(np.float64)
    size_px = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    lengths_px = size_px.max(axis=1)
    body_px = float(lengths_px.max())
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    apart = float(np.hypot(*(middles[1] - middles[0]))) / body_px
    if (
        body_px < SMALLEST_PX
        or apart > NEAR
        or lengths_px.min() < ALIKE * body_px
        or (size_px[:, 1] / size_px[:, 0]).min() > WIDE
        or overlap(one.pose.box_px[None], box_px[None])[0, 0] >= SAME_IOU
    ):
        return None
    return _Pair(one, other, box_px, body_px, apart)


def _around(boxes: Float32, body_px: float, image: Image) -> tuple[tuple[slice, slice], float]:
    """Return the rows and columns around two boxes, and the scale of the small picture."""
    height_px, width_px = image.shape[:2]
    margin_px = _MARGIN * body_px
    left, top = (max(int(edge - margin_px), 0) for edge in boxes[:, :2].min(axis=0))
    right, bottom = (int(edge + margin_px) for edge in boxes[:, 2:].max(axis=0))
    place = slice(top, min(bottom, height_px)), slice(left, min(right, width_px))
    return place, min(1.0, _BODY_PX / body_px)


def _shrunk(grey: Image, scale: float) -> Image:
    height_px, width_px = grey.shape
    size = [max(round(side * scale), _SMALLEST_SIDE_PX) for side in (width_px, height_px)]
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _inside(flow: Flow, box: Float32) -> Flow:
    """Return the velocities in a box, float32 (N, 2)."""
    height_px, width_px = flow.shape[:2]
    left, right = np.clip(box[0::2].round().astype(int), 0, width_px)
    top, bottom = np.clip(box[1::2].round().astype(int), 0, height_px)
    if right - left < _LEAST_PX or bottom - top < _LEAST_PX:
        return np.zeros((1, 2), np.float32)
    return flow[top:bottom, left:right].reshape(-1, 2)


def _unlike_bodies(velocities: Flow) -> float:
    """Return the mean speed that neither standing still nor either of two velocities explains.

    Times its share of all motion: legs and coats of people who walk are little beside the walk.

    Args:
        velocities: float32 (N, 2), body lengths/s.
    """
    speeds = np.hypot(velocities[:, 0], velocities[:, 1])
    centres = _two_velocities(velocities, speeds)
    unlike = float(np.min(_distances(velocities, centres), axis=0).mean())
    return unlike**2 / max(float(speeds.mean()), 1e-3)


def _two_velocities(velocities: Flow, speeds: NDArray[np.float32]) -> Flow:
    """Return rest and the two velocities that most of what moves has, float32 (3, 2)."""
    centres = np.zeros((3, 2), np.float32)
    moving = velocities[speeds > _STILL]
    if len(moving) <= _LEAST_PX:
        return centres
    away = moving - moving.mean(axis=0)
    along = away @ np.linalg.eigh(away.T @ away)[1][:, -1]
    centres[1] = moving[along <= np.quantile(along, _FAR)].mean(axis=0)
    centres[2] = moving[along >= np.quantile(along, 1 - _FAR)].mean(axis=0)
    for _ in range(_TURNS):
        nearest = _distances(velocities, centres).argmin(axis=0)
        for centre in (1, 2):
            own = velocities[nearest == centre]
            if len(own) >= _LEAST_PX:
                centres[centre] = own.mean(axis=0)
    return centres


def _distances(velocities: Flow, centres: Flow) -> NDArray[np.float32]:
    """Return how far every velocity is from every centre, float32 (3, N)."""
    return np.asarray(np.linalg.norm(velocities[None] - centres[:, None], axis=2), np.float32)

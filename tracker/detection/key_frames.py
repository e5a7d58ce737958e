"""Where to look for people: a detector's boxes at key frames, the tracker's expectations always."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker.boxes import match, overlap
from tracker.detection.unchanged import UnchangedPicture
from tracker.ports import BoxDetector
from tracker.types import Float32, Frame, Image

# Boxes surer than this may begin a person; the tracker wants to see them in two frames running.
NEWCOMER_SCORE = 0.7
# However few frames a loaded machine looks at, whoever comes must be found.
LONGEST_UNSEARCHED_S = 1.0
# A weaker box only ever continues somebody: where nobody is expected, its pose would be for nobody.
LONE_SCORE = 0.5
# Boxes fainter than that and no fainter than this are mostly mistakes, but where somebody is
# expected they show who has fallen: YOLOX knows few people who lie.
UNSURE_SCORE = 0.2
FAINT_SCORE = 0.05
# Somebody sought where expected, and surely there, goes on being followed but begins nobody.
EXPECTED_SCORE = 0.65
_SAME = 0.3  # IoU from which a detected box is the expected person's own
# Two skeletons whose trunks and knees lie this near, as a share of their height, are one body.
_SAME_BODY = 0.15
_TRUNK_AND_KNEES = (5, 6, 11, 12, 13, 14)
# From the outermost joints to the detector's box around the same person, as shares of the longer
# side: left, top, right, bottom (means over vtest's 3 600 surest people, spread 0.04).
_AROUND = np.array([-0.075, -0.114, 0.072, 0.095], dtype=np.float32)


Spared: TypeAlias = Literal["", "load", "unchanged"]


def every_frame() -> int:
    """Return the key-frame interval of a camera that is in time."""
    return 1


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where people may be in one frame.

    Attributes:
        found: float32 (N, 5) boxes of the detector with their scores, best first.
        missed: float32 (M, 4) boxes of people who should be here and whom it did not find.
        searched: this is a key frame: the detector saw the whole picture.
        spared: why it did not: `load` or `unchanged`; empty if it did.
        unsure: float32 (K, 5) further boxes, not worth a look: they may be people beside others.
    """

    found: Float32
    missed: Float32
    searched: bool
    unsure: Float32 = field(default_factory=lambda: np.empty((0, 5), np.float32))
    spared: Spared = ""


class KeyFrames:
    """Searches the whole picture every k-th frame only, and at least once a second.

    The tracker's people are sought in each frame.

    Args:
        interval: asked at every frame for k, so that load may stretch it; 1 searches every frame.
        sparing: a picture like the last one, in which nobody was, is not searched either.
    """

    def __init__(
        self,
        detector: BoxDetector,
        interval: Callable[[], int] = every_frame,
        *,
        sparing: bool = False,
    ) -> None:
        self._detector = detector
        self._interval = interval
        self._sparing = sparing
        self._empty = UnchangedPicture()
        self._since = 0  # frames since the last key frame
        self._searched_at = -math.inf
        self._newcomers = True  # whoever the first frame shows

    def places(self, frame: Frame, expected: Float32) -> Places:
        """Return where to look for people in a picture.

        Args:
            expected: float32 (M, 4) boxes of the people being followed.
        """
        assert frame.image is not None  # noqa: S101 -- narrows the type
        expected = expected[_centre_inside(expected, frame)]
        if spared := self._spared(frame.image, frame.at, expected):
            nowhere = np.empty((0, 5), np.float32)
            return Places(nowhere, expected, searched=False, spared=spared)
        boxes = self._detector.detect(frame.image, frame.at)
        boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
        alike = overlap(boxes[:, :4], expected)  # (N, M)
        best = alike.max(axis=1, initial=0.0)
        self._newcomers = bool(((boxes[:, 4] >= NEWCOMER_SCORE) & (best < _SAME)).any())
        plain = boxes[:, 4] >= UNSURE_SCORE
        unseen = np.ones(len(expected), dtype=bool)
        unseen[[column for _, column in match(alike[plain], _SAME)]] = False
        worth_it = plain & ((boxes[:, 4] >= LONE_SCORE) | (best > 0))
        # A faint box is worth a look only where nothing plainer shows the person.
        faint, missing = np.flatnonzero(~plain), np.flatnonzero(unseen)
        for row, column in match(alike[np.ix_(faint, missing)], _SAME):
            worth_it[faint[row]] = True
            unseen[missing[column]] = False
        unsure = boxes[plain & ~worth_it]
        self._remember(frame.image, empty=not len(expected) and not plain.any())
        return Places(boxes[worth_it], expected[unseen], searched=True, unsure=unsure)

    def _spared(self, image: Image, at: float, expected_px: Float32) -> Spared:
        """Tell why this frame need not be searched; one that shows newcomers brings another search.

        They are not expected yet, and a person begins with two frames running.
        """
        self._since += 1
        since_s = at - self._searched_at
        if 0 <= since_s < LONGEST_UNSEARCHED_S and not self._newcomers:
            if self._since < self._interval():
                return "load"
            if self._sparing and not len(expected_px) and self._empty.same(image):
                return "unchanged"
        self._since = 0
        self._searched_at = at
        return ""

    def _remember(self, image: Image, *, empty: bool) -> None:
        """Remember a picture in which nobody was found, so that none like it is searched."""
        if empty and self._sparing:
            self._empty.keep(image)
        else:
            self._empty.forget()


def box_around(joints: Float32) -> Float32:
    """Return the box that a detector would draw around a body, float32 (4,)."""
    low_px, high_px = joints[:, :2].min(axis=0), joints[:, :2].max(axis=0)
    box_px = np.concatenate([low_px, high_px]) + _AROUND * (high_px - low_px).max()
    return np.asarray(box_px, dtype=np.float32)


def is_new(joints: Float32, others: Sequence[Float32]) -> bool:
    """Tell whether a body is none of the others: who is hidden is easily taken for the hider."""
    points = joints[_TRUNK_AND_KNEES, :2]
    away_px = [np.linalg.norm(points - other[_TRUNK_AND_KNEES, :2], axis=1) for other in others]
    height_px = np.ptp(joints[:, :2], axis=0).max()
    return all(float(away.mean()) > _SAME_BODY * height_px for away in away_px)


def _centre_inside(boxes_px: Float32, frame: Frame) -> NDArray[np.bool_]:
    centre_px = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
    size_px = (frame.width_px, frame.height_px)
    return np.asarray(((centre_px >= 0) & (centre_px < size_px)).all(axis=1))

"""Person boxes from YOLOX over ONNX Runtime."""

import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tracker.errors import ConfigError, ModelMismatch, ModelUnavailable
from tracker.ports import BoxDetector
from tracker.types import Float32, Image
from tracker.weights.onnx_picture import with_picture
from tracker.weights.onnx_session import open_session

_SIDE_PX = 416
_STRIDES_PX = (8, 16, 32)
_PAD = 114  # the grey that YOLOX was trained with around the picture
_NUMBERS = 85  # of a cell: x, y, width, height, objectness, COCO's classes
_PERSON = 5  # column of COCO's class "person"
_SQUARE = (_SIDE_PX, _SIDE_PX)

log = logging.getLogger(__name__)


class YoloxBoxes(BoxDetector):
    """Finds people with YOLOX-nano.

    The network sees the picture with its longer side at 416 px, and no more grey below or beside
    it than its coarsest cells need: a picture of 16:9 costs three fifths of a square one.

    Args:
        path: the ONNX file, with the undecoded 416 px grid as output.
        score_min: weaker boxes are dropped before anything else looks at them.
        overlap_max: of two boxes that overlap by more (IoU), the stronger one stays.

    Attributes:
        score_min: see above; boxes above it are the same ones whatever it is.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 1,
        score_min: float = 0.2,
        overlap_max: float = 0.65,
    ) -> None:
        self._path, self._threads = path, threads
        self.score_min = score_min
        self._overlap_max = overlap_max
        self._only_square = False
        # Whether the file is any good is known at the start, not at the first picture.
        self._network = _Network(path, threads, _SQUARE)

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- one picture suffices
        self._fit(image)
        scale, grid = self._network.run(image)
        boxes = self._decode(grid)
        boxes[:, :4] /= scale
        np.clip(boxes[:, 0:4:2], 0, image.shape[1], out=boxes[:, 0:4:2])
        np.clip(boxes[:, 1:4:2], 0, image.shape[0], out=boxes[:, 1:4:2])
        return boxes

    def _fit(self, image: Image) -> None:
        """Open the network for pictures of this shape, unless it is open."""
        sides = _SQUARE if self._only_square else sides_for(image.shape[1], image.shape[0])
        if sides == self._network.sides:
            return
        try:
            self._network = _Network(self._path, self._threads, sides)
        except (ModelMismatch, ModelUnavailable) as err:
            # Another export of the same network may have written its size into the graph.
            log.warning(
                "YOLOX sees square pictures only, at more cost",
                extra={"model": self._path.name, "error": str(err)},
            )
            self._only_square = True

    def _decode(self, grid: Float32) -> Float32:
        """Return float32 (N, 5) boxes in tensor pixels from the (cells, 85) grid."""
        scores = grid[:, 4] * grid[:, _PERSON]
        seen = np.flatnonzero(scores > self.score_min)
        strides = self._network.strides_px[seen, None]
        centre = (grid[seen, 0:2] + self._network.corners[seen]) * strides
        size = np.exp(grid[seen, 2:4]) * strides
        left_top = centre - size / 2
        boxes = np.concatenate([left_top, left_top + size, scores[seen, None]], axis=1)
        as_widths = np.concatenate([left_top, size], axis=1)
        kept = cv2.dnn.NMSBoxes(
            as_widths.tolist(), scores[seen].tolist(), self.score_min, self._overlap_max
        )
        return np.asarray(boxes[np.asarray(kept, dtype=np.intp).reshape(-1)], dtype=np.float32)


def sides_for(width_px: int, height_px: int) -> tuple[int, int]:
    """Return height and width of what the network sees of a picture: whole cells, 416 at most."""
    scale, cell_px = _SIDE_PX / max(width_px, height_px), _STRIDES_PX[-1]

    def whole(length_px: int) -> int:
        return max(-(-round(length_px * scale) // cell_px), 1) * cell_px

    return whole(height_px), whole(width_px)


class _Network:
    """A session for pictures of one shape, with its buffers.

    Attributes:
        sides: height and width that it sees.
        corners: each cell's column and row, float32 (cells, 2).
        strides_px: each cell's size, float32 (cells,).
    """

    def __init__(self, path: Path, threads: int, sides: tuple[int, int]) -> None:
        self.sides = sides
        self.corners, self.strides_px = _grid(sides)
        self._session = _open(path, threads, sides, cells=len(self.strides_px))
        self._input = self._session.get_inputs()[0].name
        self._canvas = np.empty((*sides, 3), np.uint8)
        self._planes = [np.empty(sides, np.uint8) for _ in range(3)]
        self._tensor = np.empty((1, 3, *sides), np.float32)

    def run(self, image: Image) -> tuple[float, Float32]:
        """Return the scale from frame to tensor and the undecoded grid, float32 (cells, 85)."""
        scale = self._letterbox(image)
        (grid,) = self._session.run(None, {self._input: self._tensor})
        return scale, grid[0]

    def _letterbox(self, image: Image) -> float:
        """Fill the input tensor, BGR 0–255; return the scale from frame to tensor."""
        height_px, width_px = image.shape[:2]
        scale: float = _SIDE_PX / max(height_px, width_px)
        size = (max(round(width_px * scale), 1), max(round(height_px * scale), 1))
        self._canvas[size[1] :] = _PAD
        self._canvas[:, size[0] :] = _PAD
        cv2.resize(image, size, dst=self._canvas[: size[1], : size[0]])
        # By planes: a third of the time of copying with strides.
        cv2.split(self._canvas, self._planes)
        for channel, plane in enumerate(self._planes):
            np.copyto(self._tensor[0, channel], plane)
        return scale


def _open(path: Path, threads: int, sides: tuple[int, int], *, cells: int) -> Any:  # noqa: ANN401 -- ships no types
    shape = (1, 3, *sides)
    try:
        # Opened by its path where the size is the file's own: nothing is read twice.
        graph = str(path) if sides == _SQUARE else with_picture(path.read_bytes(), shape)
        session = open_session(graph, wanted="cpu", threads=threads)
    except (ConfigError, ModelMismatch):
        raise
    except Exception as err:  # ONNX Runtime's own errors share no base class below Exception
        raise ModelUnavailable(f"{path} is not a readable ONNX file: {err}") from err
    shapes = (session.get_inputs()[0].shape, session.get_outputs()[0].shape)
    if shapes != ([*shape], [1, cells, _NUMBERS]):
        raise ModelMismatch(f"{path} has the shapes {shapes}; YOLOX at 416 px is wanted")
    return session


def _grid(sides: tuple[int, int]) -> tuple[Float32, Float32]:
    """Return each cell's column and row, float32 (cells, 2), and its stride, float32 (cells,)."""
    corners, strides = [], []
    for stride_px in _STRIDES_PX:
        rows, columns = (side // stride_px for side in sides)
        row, column = np.divmod(np.arange(rows * columns, dtype=np.float32), columns)
        corners.append(np.stack([column, row], axis=1))
        strides.append(np.full(rows * columns, stride_px, np.float32))
    return np.concatenate(corners), np.concatenate(strides)

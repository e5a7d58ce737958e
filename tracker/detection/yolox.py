"""Person boxes from YOLOX over ONNX Runtime."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tracker.errors import ConfigError, ModelMismatch, ModelUnavailable
from tracker.ports import BoxDetector
from tracker.types import Float32, Image
from tracker.weights.onnx_session import open_session

_SIDE_PX = 416
_STRIDES_PX = (8, 16, 32)
_PAD = 114  # the grey that YOLOX was trained with around the picture
_PERSON = 5  # column of COCO's class "person", after x, y, width, height, objectness


class YoloxBoxes(BoxDetector):
    """Finds people with YOLOX-nano.

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
        self._session = _open(path, threads)
        self._input = self._session.get_inputs()[0].name
        self.score_min = score_min
        self._overlap_max = overlap_max
        self._corners, self._strides = _grid()
        self._canvas = np.empty((_SIDE_PX, _SIDE_PX, 3), np.uint8)
        self._tensor = np.empty((1, 3, _SIDE_PX, _SIDE_PX), np.float32)

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- one picture suffices
        scale = self._letterbox(image)
        (grid,) = self._session.run(None, {self._input: self._tensor})
        boxes = self._decode(grid[0])
        boxes[:, :4] /= scale
        np.clip(boxes[:, 0:4:2], 0, image.shape[1], out=boxes[:, 0:4:2])
        np.clip(boxes[:, 1:4:2], 0, image.shape[0], out=boxes[:, 1:4:2])
        return boxes

    def _letterbox(self, image: Image) -> float:
        """Fill the input tensor, BGR 0–255; return the scale from frame to tensor."""
        height_px, width_px = image.shape[:2]
        scale: float = _SIDE_PX / max(height_px, width_px)
        size = (round(width_px * scale), round(height_px * scale))
        self._canvas[size[1] :] = _PAD
        self._canvas[:, size[0] :] = _PAD
        cv2.resize(image, size, dst=self._canvas[: size[1], : size[0]])
        np.copyto(self._tensor[0], self._canvas.transpose(2, 0, 1))
        return scale

    def _decode(self, grid: Float32) -> Float32:
        """Return float32 (N, 5) boxes in tensor pixels from the (3549, 85) grid."""
        scores = grid[:, 4] * grid[:, _PERSON]
        seen = np.flatnonzero(scores > self.score_min)
        strides = self._strides[seen, None]
        centre = (grid[seen, 0:2] + self._corners[seen]) * strides
        size = np.exp(grid[seen, 2:4]) * strides
        left_top = centre - size / 2
        boxes = np.concatenate([left_top, left_top + size, scores[seen, None]], axis=1)
        as_widths = np.concatenate([left_top, size], axis=1)
        kept = cv2.dnn.NMSBoxes(
            as_widths.tolist(), scores[seen].tolist(), self.score_min, self._overlap_max
        )
        return np.asarray(boxes[np.asarray(kept, dtype=np.intp).reshape(-1)], dtype=np.float32)


def _open(path: Path, threads: int) -> Any:  # noqa: ANN401 -- ships no types
    try:
        session = open_session(str(path), wanted="cpu", threads=threads)
    except ConfigError:
        raise
    except Exception as err:  # ONNX Runtime's own errors share no base class below Exception
        raise ModelUnavailable(f"{path} is not a readable ONNX file: {err}") from err
    shapes = (session.get_inputs()[0].shape, session.get_outputs()[0].shape)
    if shapes != ([1, 3, _SIDE_PX, _SIDE_PX], [1, 3549, 85]):
        raise ModelMismatch(f"{path} has the shapes {shapes}; YOLOX at 416 px is wanted")
    return session


def _grid() -> tuple[Float32, Float32]:
    """Return each cell's column and row, float32 (3549, 2), and its stride, float32 (3549,)."""
    corners, strides = [], []
    for stride_px in _STRIDES_PX:
        cells = _SIDE_PX // stride_px
        rows, columns = np.divmod(np.arange(cells * cells, dtype=np.float32), cells)
        corners.append(np.stack([columns, rows], axis=1))
        strides.append(np.full(cells * cells, stride_px, np.float32))
    return np.concatenate(corners), np.concatenate(strides)

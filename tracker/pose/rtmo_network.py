"""RTMO's graph in ONNX Runtime: a checked file, a verified provider, steady batch shapes."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from tracker.errors import ConfigError, ModelMismatch, ModelUnavailable
from tracker.pose.rtmo_room import DeviceRoom, HostRoom, Room, open_scaling
from tracker.types import Float32
from tracker.weights.onnx_session import CUDA, Provider, log_cpu_fallback, open_session, provider_of

# cuDNN plans anew for every batch size it meets, so CUDA sees these alone, all met at the start.
BUCKETS = (1, 2, 4, 8, 16)
# One picture keeps a processor's cores busy by itself: larger batches gain next to nothing there,
# and everybody waits for the whole of them.
LARGEST_ON_CPU = 4
_CHANNELS, _JOINTS = 3, 17
_SIDE_PX = 640  # where the file leaves the picture's size open

log = logging.getLogger(__name__)


class RtmoNetwork:
    """Runs the graph on some pictures at a time. For one thread at a time.

    Args:
        path: an ONNX file with OpenMMLab's ports: pictures in; `dets`, (B, N, 5), and `keypoints`,
            (B, N, 17, 3), out. Its batch may be of any size or fixed.
        provider: where to run; what came of it is told by the property `provider`.
        threads: processor cores it may use.
        scale_on_device: frames are scaled where the network computes; None: on CUDA alone. What
            came of it is told by the attribute.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not an RTMO network.
    """

    def __init__(
        self,
        path: Path,
        *,
        provider: Provider = "auto",
        threads: int = 1,
        scale_on_device: bool | None = None,
    ) -> None:
        self._wanted = provider
        self.session = _open(path, provider, threads)
        self.input = self.session.get_inputs()[0].name
        batch, self.width_px, self.height_px = _shape(self.session, path)
        self._fixed = batch
        limit = BUCKETS[-1] if self.provider == CUDA else LARGEST_ON_CPU
        step = batch or 1
        self.largest = -(-limit // step) * step
        log_cpu_fallback(self.provider, provider, network="RTMO", file=path.name)
        self._warm_up(path)
        on_device = self.provider == CUDA if scale_on_device is None else scale_on_device
        self._scaling = self._open_scaling() if on_device else None

    @property
    def provider(self) -> str:
        """Where the session really runs."""
        return provider_of(self.session)

    @property
    def scale_on_device(self) -> bool:
        """Whether frames are scaled where the network computes."""
        return self._scaling is not None

    @property
    def wanted(self) -> Provider:
        """The provider that was asked for."""
        return self._wanted

    def room(self) -> Room:
        """Return room for the largest batch of frames."""
        return HostRoom(self) if self._scaling is None else DeviceRoom(self, self._scaling)

    def buffer(self) -> Float32:
        """Return room for the largest batch, float32 (largest, 3, H, W)."""
        # Zeros cost no memory until they are written: a site with one camera never pays for all.
        return np.zeros((self.largest, _CHANNELS, self.height_px, self.width_px), np.float32)

    def run(self, pictures: Float32, number: int) -> list[tuple[Float32, Float32]]:
        """Return what is in each picture: detections, (N, 5), and keypoints, (N, 17, 3).

        Args:
            pictures: a whole `buffer`, BGR 0-255; padding a batch then copies nothing.
            number: how many of them matter.
        """
        step = self.step(number)
        found: list[tuple[Float32, Float32]] = []
        for start in range(0, number, step):
            detections, keypoints = self.session.run(
                ["dets", "keypoints"], {self.input: pictures[start : start + step]}
            )
            found.extend(zip(detections, keypoints, strict=True))
        return found[:number]

    def step(self, number: int) -> int:
        """Return how many pictures one call takes where so many wait."""
        if self._fixed:
            return self._fixed
        if self.provider != CUDA:
            return number
        return next(size for size in BUCKETS if size >= number)

    def _open_scaling(self) -> Any:  # noqa: ANN401 -- ONNX Runtime ships no types
        """Return what scales frames on the device; None, and a line in the log, if it fails."""
        try:
            scaling = open_scaling(self._wanted, self.provider)
            room = DeviceRoom(self, scaling)
            room.draw(0, np.zeros((self.height_px, self.width_px, 3), np.uint8))
            room.run(1)
        except Exception as err:  # the runtime's own errors share no base but this
            log.warning(
                "RTMO's frames are scaled on the CPU",
                extra={"provider": self.provider, "error": str(err)},
            )
            return None
        return scaling

    def _warm_up(self, path: Path) -> None:
        """Run every batch size that will occur, and see that the answers have the right shape."""
        pictures = self.buffer()
        for number in BUCKETS if self.provider == CUDA else (1, self.largest):
            try:
                shapes = {(d.shape[1:], k.shape[1:]) for d, k in self.run(pictures, number)}
            except Exception as err:  # the runtime's own errors share no base but this
                raise ModelMismatch(f"{path} does not run on {number} pictures: {err}") from err
            if shapes != {((5,), (_JOINTS, 3))}:
                raise ModelMismatch(
                    f"{path} answers with rows of {shapes}; 5 numbers a person and 17 joints of 3 "
                    "are wanted: use an RTMO model for COCO's 17 joints"
                )


def _open(path: Path, wanted: Provider, threads: int) -> Any:  # noqa: ANN401 -- ships no types
    try:
        return open_session(str(path), wanted=wanted, threads=threads)
    except ConfigError:
        raise
    except Exception as err:  # the runtime's own errors share no base but this
        raise ModelUnavailable(f"{path} is not a readable ONNX file: {err}") from err


def _shape(session: Any, path: Path) -> tuple[int | None, int, int]:  # noqa: ANN401 -- the same
    """Return the batch size, None for any, and the picture's width and height in pixels."""
    inputs = [(port.type, port.shape) for port in session.get_inputs()]
    outputs = {port.name for port in session.get_outputs()}
    match inputs:
        case [("tensor(float)", [batch, channels, height_px, width_px])] if (
            channels == _CHANNELS and {"dets", "keypoints"} <= outputs
        ):
            return (
                batch if isinstance(batch, int) else None,
                width_px if isinstance(width_px, int) else _SIDE_PX,
                height_px if isinstance(height_px, int) else _SIDE_PX,
            )
    raise ModelMismatch(
        f"{path} takes {inputs} and gives {sorted(outputs)}; RTMO's float pictures (B, 3, H, W) "
        "and its outputs dets and keypoints are wanted"
    )

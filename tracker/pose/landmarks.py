"""MediaPipe's BlazePose landmark network in LiteRT: from crops of a picture to joints."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from tracker.errors import ModelMismatch, ModelUnavailable
from tracker.ports import NO_TELEMETRY, Telemetry
from tracker.pose.crop import SIDE_PX, Crop
from tracker.pose.quiet_start import without_greeting
from tracker.pose.tflite_prune import keep_outputs
from tracker.types import Float32, Image

_LANDMARKS = 39  # 33 of the body, 6 that only serve MediaPipe's own cropping
# BlazePose's landmark for each COCO-17 joint.
_COCO_OF_BLAZE = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
# The probability that a joint is visible and within 0.2 trunks of its place, over what the network
# says: logits of the joint's own confidence, of the body's presence, and 1. Fitted to people of
# two videos with patches painted over them, cut by edges, shrunk: their whole poses are the truth.
_CONFIDENCE = np.array([0.20, 0.425, -1.187], np.float32)
_LARGEST_LOGIT = 8.0


@dataclass(frozen=True, slots=True)
class LiteNetwork:
    """The smaller network, for upright people of whom the picture shows little anyway.

    Attributes:
        below_px: slim bodies shorter than this in the picture are looked at by it.
    """

    path: Path
    below_px: float


class LandmarkPool:
    """Looks at several crops of a picture side by side.

    Args:
        lite: the network for small bodies; None: the other one looks at all.
        threads: how many people are looked at in parallel; each thread has its own interpreters.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not the BlazePose landmark network.
    """

    def __init__(
        self,
        model_path: Path,
        telemetry: Telemetry = NO_TELEMETRY,
        *,
        lite: LiteNetwork | None = None,
        threads: int = 1,
    ) -> None:
        self._telemetry = telemetry
        self._lite_below_px = lite.below_px if lite else 0.0
        full = pruned_model(model_path)
        small = pruned_model(lite.path) if lite else None
        self._networks = [
            (LandmarkNetwork(full), LandmarkNetwork(small) if small else None)
            for _ in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="landmarks")
        # For the whole process: OpenCV's own threads only take the cores from these.
        cv2.setNumThreads(1)

    def look(self, image: Image, crops: Sequence[Crop]) -> tuple[Float32, Float32]:
        """Return the joints, float32 (N, 17, 3), and the presence of a body, float32 (N,)."""
        joints = np.empty((len(crops), 17, 3), np.float32)
        presence = np.empty(len(crops), np.float32)
        # Of bodies that lie, bend or crouch the lite network makes falls.
        small = [crop.slim and crop.body_px < self._lite_below_px for crop in crops]
        # One iterator for all threads: whoever is free takes the next crop.
        waiting = iter(range(len(crops)))

        def work(networks: tuple[LandmarkNetwork, LandmarkNetwork | None]) -> None:
            full, lite = networks
            for index in _shared(waiting):
                network = lite if small[index] and lite else full
                joints[index], presence[index] = network.look(image, crops[index])

        list(self._pool.map(work, self._networks[: max(1, len(crops))]))
        self._count(lite=sum(small), full=len(crops) - sum(small))
        return joints, presence

    def _count(self, **runs: int) -> None:
        for network, number in runs.items():
            if number:
                self._telemetry.count("landmark_runs_total", number, network=network)


class LandmarkNetwork:
    """One interpreter of the landmark network, with its buffers. For one thread at a time."""

    def __init__(self, model: bytes) -> None:
        # One thread each: two interpreters side by side use two cores better than one of two.
        self._interpreter = Interpreter(model_content=model, num_threads=1)
        with without_greeting():
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._landmarks, self._presence = _outputs(self._interpreter)
        self._crop = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
        self._rgb = np.empty_like(self._crop)

    def look(self, image: Image, crop: Crop) -> tuple[Float32, float]:
        """Return the joints, float32 (17, 3) in frame pixels, and the presence of a body.

        A joint's confidence is the probability that it is visible and where it is said to be.
        """
        crop.cut(image, self._crop)
        cv2.cvtColor(self._crop, cv2.COLOR_BGR2RGB, dst=self._rgb)
        # Written straight into the interpreter's memory, in [0, 1].
        np.multiply(self._rgb, np.float32(1 / 255), out=self._interpreter.tensor(self._input)()[0])
        self._interpreter.invoke()
        raw = self._interpreter.get_tensor(self._landmarks).reshape(_LANDMARKS, 5)
        joints = raw[_COCO_OF_BLAZE]  # x, y, z in crop pixels; logits of visibility, presence
        joints[:, :2] = crop.to_frame(joints[:, :2])
        # The network ends in a sigmoid for this output, and only for this one.
        presence = float(self._interpreter.get_tensor(self._presence)[0, 0])
        joints[:, 2] = _confidence(_sigmoid(joints[:, 3]) * _sigmoid(joints[:, 4]), presence)
        joints[_outside(joints, image), 2] = 0
        return joints[:, :3], presence


def _shared(iterator: Iterator[int]) -> Iterator[int]:
    while (value := next(iterator, None)) is not None:
        yield value


def _confidence(seen: Float32, presence: float) -> Float32:
    """Return the probability of joints from what the network believes of them and of the body."""
    own, body, constant = _CONFIDENCE
    return _sigmoid(own * _logit(seen) + body * _logit(np.float32(presence)) + constant)


def _outside(joints: Float32, image: Image) -> NDArray[np.bool_]:
    size_px = (image.shape[1], image.shape[0])
    return np.asarray(((joints[:, :2] < 0) | (joints[:, :2] >= size_px)).any(axis=1))


def _logit(probabilities: Float32 | np.float32) -> Float32:
    lowest = np.float32(1 / (1 + np.exp(_LARGEST_LOGIT)))
    clipped = np.clip(probabilities, lowest, 1 - lowest)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def _sigmoid(logits: Float32) -> Float32:
    return np.asarray((np.tanh(logits / 2) + 1) / 2, np.float32)  # this form cannot overflow


def pruned_model(path: Path) -> bytes:
    """Return the model without the mask and heat maps, which cost 40 % of its time."""
    try:
        model = path.read_bytes()
        whole = Interpreter(model_content=model)
    except (OSError, ValueError) as err:
        raise ModelUnavailable(f"{path} is not a readable landmark model: {err}") from err
    return keep_outputs(model, _outputs(whole))


def _outputs(interpreter: Interpreter) -> tuple[int, int]:
    """Return the tensor numbers of the landmarks and of the body's presence."""
    by_size = {
        tuple(int(axis) for axis in detail["shape"]): int(detail["index"])
        for detail in interpreter.get_output_details()
    }
    try:
        return by_size[1, 5 * _LANDMARKS], by_size[1, 1]
    except KeyError as err:
        raise ModelMismatch(f"a BlazePose landmark model is wanted; outputs: {by_size}") from err

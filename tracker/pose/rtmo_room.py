"""Where a batch's pictures lie: in the host's memory, or on the device that computes.

On the device a frame crosses as uint8, and is scaled, turned and framed there: a quarter of the
bytes of a picture in float32, or less, and no work for the processor.
"""

import math
from importlib.resources import files
from typing import Any, Protocol

import numpy as np

from tracker.errors import ModelMismatch
from tracker.pose.rtmo_decode import PAD, Letterbox, letterbox
from tracker.types import Float32, Image
from tracker.weights.onnx_session import CUDA, Provider, open_session, provider_of

# Made by export/onnx_export/letterbox_graph.py.
_GRAPH = "letterbox.onnx"
# Where ONNX Runtime keeps what a provider works with.
_DEVICES = {CUDA: "cuda"}

Answers = list[tuple[Float32, Float32]]


class BatchNetwork(Protocol):
    """What a room needs of the network."""

    width_px: int
    height_px: int
    largest: int
    session: Any  # ONNX Runtime ships no types
    input: str

    def run(self, pictures: Float32, number: int) -> Answers:
        """Return what is in each of the first pictures."""
        ...

    def step(self, number: int) -> int:
        """Return how many pictures one call takes where so many wait."""
        ...


class Room(Protocol):
    """Pictures of one batch. Slots are drawn from several threads, each by one."""

    def draw(self, slot: int, image: Image) -> Letterbox:
        """Write a frame into its slot and return where it lies there."""
        ...

    def run(self, number: int) -> Answers:
        """Return what is in each of the first pictures: detections and keypoints."""
        ...


class HostRoom(Room):
    """Draws with OpenCV into an array."""

    def __init__(self, network: BatchNetwork) -> None:
        self._network = network
        shape = (network.largest, 3, network.height_px, network.width_px)
        # Zeros cost no memory until they are written: a site with one camera never pays for all.
        self._pictures = np.zeros(shape, np.float32)
        self._places: list[Letterbox | None] = [None] * network.largest

    def draw(self, slot: int, image: Image) -> Letterbox:
        place = _place(self._network, image)
        if place != self._places[slot]:
            # Frames of one size leave the grey around them as it was.
            self._pictures[slot] = PAD
            self._places[slot] = place
        place.draw(image, self._pictures[slot])
        return place

    def run(self, number: int) -> Answers:
        return self._network.run(self._pictures, number)


class DeviceRoom(Room):
    """Draws with a small graph into the memory that the network reads from.

    Args:
        scaling: a session of that graph, from `open_scaling`.

    Raises:
        Exception: the device has no room; the runtime's own errors share no base but this.
    """

    def __init__(self, network: BatchNetwork, scaling: Any) -> None:  # noqa: ANN401 -- as above
        from onnxruntime import OrtValue

        self._network, self._scaling = network, scaling
        self._device = _DEVICES.get(provider_of(network.session), "cpu")
        self._shape = (3, network.height_px, network.width_px)
        self._slot_bytes = math.prod(self._shape) * np.dtype(np.float32).itemsize
        # As many as the largest call takes: a batch is padded with whatever lies there.
        self._pictures = OrtValue.ortvalue_from_numpy(
            np.zeros((network.largest, *self._shape), np.float32), self._device, 0
        )

    def draw(self, slot: int, image: Image) -> Letterbox:
        place = _place(self._network, image)
        (width_px, height_px), left_px, top_px = place.inner_px, place.left_px, place.top_px
        below_px = self._network.height_px - height_px - top_px
        right_px = self._network.width_px - width_px - left_px
        binding = self._scaling.io_binding()
        binding.bind_cpu_input("frame", np.ascontiguousarray(image))
        binding.bind_cpu_input("size", np.array([1, 3, height_px, width_px], np.int64))
        around = [0, 0, top_px, left_px, 0, 0, below_px, right_px]
        binding.bind_cpu_input("around", np.array(around, np.int64))
        shape, address = [1, *self._shape], self._address(slot)
        binding.bind_output("picture", self._device, 0, np.float32, shape, address)
        self._scaling.run_with_iobinding(binding)
        # Another session reads it, in a stream of its own.
        binding.synchronize_outputs()
        return place

    def run(self, number: int) -> Answers:
        step, session = self._network.step(number), self._network.session
        found: Answers = []
        for start in range(0, number, step):
            binding = session.io_binding()
            shape, address = [step, *self._shape], self._address(start)
            binding.bind_input(self._network.input, self._device, 0, np.float32, shape, address)
            for name in ("dets", "keypoints"):
                binding.bind_output(name, "cpu")
            session.run_with_iobinding(binding)
            found.extend(zip(*binding.copy_outputs_to_cpu(), strict=True))
        return found[:number]

    def _address(self, slot: int) -> int:
        return int(self._pictures.data_ptr()) + slot * self._slot_bytes


def open_scaling(wanted: Provider, provider: str) -> Any:  # noqa: ANN401 -- ships no types
    """Open the graph that scales frames, on the network's own provider.

    Raises:
        ModelMismatch: it runs elsewhere: pictures would cross for nothing.
        Exception: it does not load; the runtime's own errors share no base but this.
    """
    graph = (files("tracker.pose") / "graphs" / _GRAPH).read_bytes()
    session = open_session(graph, wanted=wanted)
    if provider_of(session) != provider:
        raise ModelMismatch(f"frames would be scaled on {provider_of(session)}, not {provider}")
    return session


def _place(network: BatchNetwork, image: Image) -> Letterbox:
    return letterbox((image.shape[1], image.shape[0]), (network.width_px, network.height_px))

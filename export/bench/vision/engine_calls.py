"""Networks of pictures, opened in every engine that is installed here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.types import Image
from tracker.weights.onnx_session import CPU

Array: TypeAlias = NDArray[Any]  # networks take and give numbers of any kind
Call: TypeAlias = Callable[[], list[Array]]
# Where a file leaves a picture's side open: what MoveNet and RTMO are asked with.
_OPEN_SIDE_PX = 256


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to run a network.

    Attributes:
        name: as the table has it.
        package: that must be installed.
        reads: ends of file names that it can open.
        open: takes the file, the threads that a call may use, and the picture; returns a call.
    """

    name: str
    package: str
    reads: tuple[str, ...]
    open: Callable[[Path, int, Image], Call]


def _onnx_runtime(**settings: str) -> Callable[[Path, int, Image], Call]:
    """Return how to open a file in ONNX Runtime, as the service does but for these settings."""

    def opened(path: Path, threads: int, picture: Image) -> Call:
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        entries = {"session.intra_op.allow_spinning": "0", **settings}
        if level := entries.pop("level", ""):
            options.graph_optimization_level = getattr(runtime.GraphOptimizationLevel, level)
        for name, value in entries.items():
            options.add_session_config_entry(name, value)
        session = runtime.InferenceSession(str(path), sess_options=options, providers=[CPU])
        (port,) = session.get_inputs()
        kind = np.uint8 if port.type == "tensor(uint8)" else np.float32
        given = {port.name: as_input(picture, port.shape, np.dtype(kind))}
        return lambda: list(session.run(None, given))

    return opened


def _lite_rt(path: Path, threads: int, picture: Image) -> Call:
    interpreter = import_module("ai_edge_litert.interpreter").Interpreter(
        model_path=str(path), num_threads=threads
    )
    port = interpreter.get_input_details()[0]
    given = as_input(picture, port["shape_signature"].tolist(), np.dtype(port["dtype"]))
    interpreter.resize_tensor_input(port["index"], given.shape)
    interpreter.allocate_tensors()
    outputs = [each["index"] for each in interpreter.get_output_details()]

    def call() -> list[Array]:
        interpreter.set_tensor(port["index"], given)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]

    return call


def _open_vino(precision: str = "f32", device: str = "CPU") -> Callable[[Path, int, Image], Call]:
    """Return how to open a file in OpenVINO; other devices choose their precision."""

    def opened(path: Path, threads: int, picture: Image) -> Call:
        vino = import_module("openvino")
        core = vino.Core()
        model = core.read_model(str(path))
        port = model.inputs[0]
        shape = [-1 if each.is_dynamic else each.get_length() for each in port.partial_shape]
        given = as_input(picture, shape, np.dtype(port.element_type.to_dtype()))
        model.reshape(list(given.shape))
        # Only a processor has threads to give; precisions are named for processors alone here.
        on_cpu = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision}
        settings = on_cpu | {"NUM_STREAMS": 1} if device == "CPU" else {}
        request = core.compile_model(model, device, settings).create_infer_request()
        # Copied: the next call writes into the same memory.
        return lambda: [np.array(each) for each in request.infer({0: given}).values()]

    return opened


def accelerators() -> list[Engine]:
    """Return OpenVINO on each device here that is no processor: Intel's graphics, neural units."""
    if find_spec("openvino") is None:
        return []
    devices = import_module("openvino").Core().available_devices
    reads = (".onnx", ".tflite")
    return [
        Engine(f"OpenVINO {device}", "openvino", reads, _open_vino(device=device))
        for device in devices
        if device != "CPU"
    ]


_LEVEL = "level"
ENGINES: Sequence[Engine] = (
    Engine("ONNX Runtime", "onnxruntime", (".onnx",), _onnx_runtime()),
    Engine("LiteRT", "ai_edge_litert", (".tflite",), _lite_rt),
    Engine("OpenVINO f32", "openvino", (".onnx", ".tflite"), _open_vino("f32")),
    Engine("OpenVINO bf16", "openvino", (".onnx", ".tflite"), _open_vino("bf16")),
)
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "spinning": {"session.intra_op.allow_spinning": "1"},
    "no layout change": {_LEVEL: "ORT_ENABLE_EXTENDED"},
    "basic optimisation": {_LEVEL: "ORT_ENABLE_BASIC"},
    "denormals as zero": {"session.set_denormal_as_zero": "1"},
    "no prepacking": {"session.disable_prepacking": "1"},
}
# ONNX Runtime under other settings than the service's.
SETTINGS: Sequence[Engine] = tuple(
    Engine(f"ONNX Runtime, {name}", "onnxruntime", (".onnx",), _onnx_runtime(**settings))
    for name, settings in _SETTINGS.items()
)


def as_input(picture: Image, shape: Sequence[Any], kind: np.dtype[Any]) -> Array:  # sizes or names
    """Return a picture in a network's input shape, (1, 3, H, W) or (1, H, W, 3).

    What is float with channels last is BlazePose's kind: RGB in [0, 1]. Everything else takes BGR
    from 0 to 255.
    """
    sides = [side if isinstance(side, int) and side > 0 else _OPEN_SIDE_PX for side in shape[1:]]
    first = shape[1] == picture.shape[2]
    height_px, width_px = sides[1:] if first else sides[:2]
    small = cv2.resize(picture, (width_px, height_px))
    if first:
        return np.ascontiguousarray(small.transpose(2, 0, 1)[None]).astype(kind)
    if kind == np.float32:
        return np.asarray(small[None, ..., ::-1] * np.float32(1 / 255), np.float32)
    return np.asarray(small[None], kind)

"""A network with RTMO's ports and about the cost of RTMO-s, whose answers mean nothing.

26.6 GFLOP a picture of 640×640 at the full width, of convolutions with SiLU in residual stages, as
the official network's backbone; without its transformer layer and its non-maximum suppression.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
SIDE_PX = 640
PEOPLE = 400  # cells of the last stage, 20 × 20
# Residual convolutions of each stage after its halving one.
STAGES = (0, 2, 4, 4, 2)


class _Builder:
    """Adds nodes and weights; random weights keep the numbers' size."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(0)

    def constant(self, name: str, value: object, kind: type) -> str:
        """Add a tensor."""
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(
        self, kind: str, *inputs: str, name: str, **attributes: Any
    ) -> str:  # Any: onnx takes all kinds
        """Add a node with one output of its name."""
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def convolution(self, given: str, name: str, shape: tuple[int, int, int], stride: int) -> str:
        """Add a convolution; shape is outputs, inputs and the kernel's side."""
        outputs, inputs, side = shape
        size = (outputs, inputs, side, side)
        scale = 1 / np.sqrt(inputs * side * side)
        weights = self.constant(f"{name}_w", self._random.normal(0, scale, size), np.float32)
        edges = [side // 2] * 4
        return self.node("Conv", given, weights, name=name, strides=[stride] * 2, pads=edges)

    def active(self, given: str, name: str, shape: tuple[int, int, int], stride: int) -> str:
        """Add a convolution with SiLU."""
        out = self.convolution(given, name, shape, stride)
        gate = self.node("Sigmoid", out, name=f"{name}_gate")
        return self.node("Mul", out, gate, name=f"{name}_active")


def save(path: Path, width: int) -> Path:
    """Write the network; width is the number of channels of its first layer."""
    build = _Builder()
    scale = build.constant("scale", 1 / 255, np.float32)
    given, channels = build.node("Mul", "input", scale, name="scaled"), 3
    for stage, residuals in enumerate(STAGES):
        outputs = width << stage
        given = build.active(given, f"s{stage}", (outputs, channels, 3), 2)
        channels = outputs
        for index in range(residuals):
            name = f"s{stage}_{index}"
            more = build.active(given, name, (channels, channels, 3), 1)
            given = build.node("Add", given, more, name=f"{name}_sum")
    for name, numbers, last in (("dets", 5, [5]), ("keypoints", 51, [17, 3])):
        plane = build.convolution(given, f"{name}_plane", (numbers, channels, 1), 1)
        rows = build.node("Transpose", plane, name=f"{name}_rows", perm=[0, 2, 3, 1])
        shape = build.constant(f"{name}_shape", [0, PEOPLE, *last], np.int64)
        flat = build.constant(f"{name}_flat", [0, PEOPLE, numbers], np.int64)
        even = build.node("Reshape", rows, flat, name=f"{name}_even")
        build.node("Reshape", even, shape, name=name)
    onnx.save(_model(build), path)
    return path


def _model(build: _Builder) -> onnx.ModelProto:
    def port(name: str, *shape: int | str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])

    graph = helper.make_graph(
        build.nodes,
        "rtmo-cost",
        [port("input", 3, SIDE_PX, SIDE_PX)],
        [port("dets", PEOPLE, 5), port("keypoints", PEOPLE, 17, 3)],
        build.weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)

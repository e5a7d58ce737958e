"""Builds the ONNX graph of a folded flow, laid out for speed.

Each channel is its own tensor (V, N, T). Values that exist once per frame are (N, T): they
broadcast over whole rows and are multiplied by their weights in a plain Gemm. A step's
log-determinant is a sum of log s over joints and frames; the s of all steps and joints are
multiplied first, so that one log per frame is enough.
"""

import math
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.flow.weighting import LEAST_WEIGHT
from export.onnx_export.fold import fold
from inference.card import INPUT_NAME, MAP_NAME, SCORE_NAME
from inference.flow_input import CHANNELS, CHANNELS_SURE
from inference.flow_skeleton import FLOW_18
from inference.folded_flow import FoldedFlow, FoldedStep, convolution

OPSET, IR_VERSION = 18, 9
# The product of this many factors of at least 0.88 is at least 1e-33, a normal float32 number.
LARGEST_PRODUCT = 600


class GraphWriter:
    """Collects nodes and constants; every method returns the name of a tensor."""

    def __init__(self, channels: int = CHANNELS) -> None:
        self._channels = channels
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: ArrayLike) -> str:
        """Add a float32 constant."""
        return self._keep(np.asarray(value, dtype=np.float32))

    def indices(self, value: ArrayLike) -> str:
        """Add an int64 constant."""
        return self._keep(np.asarray(value, dtype=np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 -- as in onnx
        """Add a node with one output."""
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def model(self, result: str, name: str, shape: list[int | str], frames: int) -> onnx.ModelProto:
        """Return the finished model, its result renamed."""
        nodes = [*self.nodes, helper.make_node("Identity", [result], [name])]
        windows: list[int | str] = ["N", self._channels, frames, len(FLOW_18)]
        graph = helper.make_graph(
            nodes,
            "stg_nf",
            [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, windows)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            self.constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _keep(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name


def folded_score(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 2, T, 18) → score (N,)."""
    writer, options = GraphWriter(), flow.options
    folded = fold(flow)
    channels, factors = _flow(writer, folded, options)
    axis = writer.indices([0])
    squares = [
        writer.add("ReduceSum", square, axis, keepdims=0)
        for square in _squares(writer, channels, folded)
    ]
    energy = _energy(writer, squares, folded)
    products = _over_joints(writer, _product(writer, factors), options)
    logs = writer.add("ReduceSum", writer.add("Log", products), axis, keepdims=0)  # (N, T)
    per_frame = writer.add("Sub", energy, logs)
    total = writer.add("ReduceSum", per_frame, writer.indices([1]), keepdims=0)  # (N,)
    score = _bits(writer, total, folded, parts=1)
    return writer.model(score, SCORE_NAME, ["N"], options.frames)


def folded_map(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 2, T, 18) → map (N, T, 18)."""
    writer = GraphWriter()
    return _map(writer, _shares(writer, flow), flow.options)


def weighted_score(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 3, T, 18) → score (N,), see `export.flow.weighting`."""
    writer = GraphWriter(CHANNELS_SURE)
    shares, sure, mean = _weighted(writer, flow)
    axes = writer.indices([0, 2])
    total = writer.add("ReduceSum", writer.add("Mul", shares, sure), axes, keepdims=0)  # (N,)
    score = writer.add("Div", total, mean)
    return writer.model(score, SCORE_NAME, ["N"], flow.options.frames)


def weighted_map(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 3, T, 18) → map (N, T, 18), see `export.flow.weighting`."""
    writer = GraphWriter(CHANNELS_SURE)
    shares, sure, mean = _weighted(writer, flow)
    mean = writer.add("Unsqueeze", mean, writer.indices([0, 2]))  # (1, N, 1)
    weighted = writer.add("Div", writer.add("Mul", shares, sure), mean)
    return _map(writer, weighted, flow.options)


def _weighted(writer: GraphWriter, flow: StgNf) -> tuple[str, str, str]:
    """Add the shares (V, N, T), how sure each joint is (V, N, T), and the mean of that (N,)."""
    shares = _shares(writer, flow)
    sure = _plane(writer, 2, flow.options)
    sure = writer.add("Clip", sure, writer.constant(LEAST_WEIGHT), writer.constant(1.0))
    mean = writer.add("ReduceMean", sure, writer.indices([0, 2]), keepdims=0)
    return shares, sure, mean


def _shares(writer: GraphWriter, flow: StgNf) -> str:
    """Add each joint's and frame's share of the score, (V, N, T)."""
    folded = fold(flow)
    channels, factors = _flow(writer, folded, flow.options)
    energy = _energy(writer, _squares(writer, channels, folded), folded)
    per_joint = writer.add("Sub", energy, writer.add("Log", _product(writer, factors)))  # (V, N, T)
    return _bits(writer, per_joint, folded, parts=folded.frames * folded.joints)


def _map(writer: GraphWriter, shares: str, options: FlowOptions) -> onnx.ModelProto:
    """Return the model of shares (V, N, T) as a map (N, T, 18): joints left out have zero."""
    shares = writer.add("Transpose", shares, perm=[1, 2, 0])  # (N, T, V)
    if options.headless:
        before, after = options.joints[0], len(FLOW_18) - 1 - options.joints[-1]
        shares = writer.add("Pad", shares, writer.indices([0, 0, before, 0, 0, after]))
    return writer.model(shares, MAP_NAME, ["N", options.frames, len(FLOW_18)], options.frames)


def _flow(
    writer: GraphWriter, folded: FoldedFlow, options: FlowOptions
) -> tuple[list[str], list[str]]:
    """Add all steps; return the latents and every s."""
    channels = [_plane(writer, channel, options) for channel in (0, 1)]
    factors: list[str] = []
    for step in folded.steps:
        read, other = channels[step.reads], channels[1 - step.reads]
        shift, s = _coupling(writer, step, read, folded.frames)
        channels = [read, writer.add("Mul", writer.add("Add", other, shift), s)]
        factors.append(s)
    return channels, factors


def _plane(writer: GraphWriter, channel: int, options: FlowOptions) -> str:
    """Add one channel of the windows' joints that the flow reads, (V, N, T)."""
    plane = writer.add("Gather", INPUT_NAME, writer.indices(channel), axis=1)  # (N, T, 18)
    if options.headless:
        plane = writer.add("Gather", plane, writer.indices(options.joints), axis=2)
    return writer.add("Transpose", plane, perm=[2, 0, 1])


def _coupling(writer: GraphWriter, step: FoldedStep, read: str, frames: int) -> tuple[str, str]:
    """Add the coupling network; return the shift and s."""
    total = writer.add("ReduceSum", read, writer.indices([0]), keepdims=0)  # (N, T)
    spread = np.kron(step.weight, np.eye(frames))
    hidden = writer.add(
        "Gemm", total, writer.constant(spread), writer.constant(np.repeat(step.bias, frames))
    )
    hidden = writer.add("Relu", hidden)  # (N, 2T)
    temporal = convolution(step, frames).reshape(2 * frames, 2, frames)

    def output(index: int) -> str:
        weight = writer.constant(temporal[:, index])
        offset = writer.constant(np.full(frames, step.base[index]))
        value = writer.add("Gemm", hidden, weight, offset)  # (N, T)
        if step.slope[index]:
            factor = writer.constant(step.slope[index])
            value = writer.add("Add", writer.add("Mul", read, factor), value)  # (V, N, T)
        return writer.add("Clip", value, writer.constant(step.floor[index]))

    return output(0), writer.add("Sigmoid", output(1))


def _product(writer: GraphWriter, factors: list[str]) -> str:
    """Multiply the factors of all steps.

    The runtime computes the input of a node that was added last first. These nodes are added after
    all others, so each s is multiplied while it is still in the cache.
    """
    return reduce(lambda a, b: writer.add("Mul", a, b), factors)


def _over_joints(writer: GraphWriter, factors: str, options: FlowOptions) -> str:
    """Multiply the factors (V, N, T) of groups of joints; return (groups, N, T), mostly one group.

    Slices of whole joints are multiplied, as ReduceProd takes as long as the logs it would save.
    """
    joints = groups = len(options.joints)
    steps = options.steps * options.levels
    while groups > 1:
        parts = next(number for number in range(2, groups + 1) if groups % number == 0)
        groups //= parts
        if joints // groups * steps > LARGEST_PRODUCT:
            break
        bounds = [writer.indices([groups * part]) for part in range(parts + 1)]
        axis = writer.indices([0])
        slices = [writer.add("Slice", factors, *pair, axis) for pair in pairwise(bounds)]
        factors = _product(writer, slices)
    return factors


def _squares(writer: GraphWriter, channels: list[str], folded: FoldedFlow) -> list[str]:
    """Add each channel's squared distances from the prior's mean, in units of its tensor."""
    distances = [
        writer.add("Add", channel, writer.constant(offset))
        for channel, offset in zip(channels, folded.offset, strict=True)
    ]
    return [writer.add("Mul", distance, distance) for distance in distances]


def _energy(writer: GraphWriter, squares: list[str], folded: FoldedFlow) -> str:
    """Add the sum of the half squares in true units."""
    halves = [
        writer.add("Mul", square, writer.constant(factor))
        for square, factor in zip(squares, folded.factor, strict=True)
    ]
    return writer.add("Add", *halves)


def _bits(writer: GraphWriter, energy: str, folded: FoldedFlow, *, parts: int) -> str:
    """Add the constant, shared evenly by the parts, and turn into bits per dimension."""
    bits = 1 / (math.log(2) * 2 * folded.frames * folded.joints)
    scaled = writer.add("Mul", energy, writer.constant(bits))
    return writer.add("Add", scaled, writer.constant(bits * folded.constant / parts))

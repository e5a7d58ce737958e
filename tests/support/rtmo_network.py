"""A small network with the ports of the official RTMO files, whose answers a test can foretell.

A person is a block of colour on something darker: one of pure blue, one of pure green. The box is
the block's, red inside it is the score, joint j lies j sixteenths along the diagonal and is j
sixteenths sure. As the official graph does within a batch, it repeats a row (the blue person's).
A pixel of full red anywhere in the batch makes the run fail.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
Make = Callable[..., str]  # adds something to the graph and returns its name
FAR = 1e6


def save(
    path: Path, *, batch: int | None = None, side_px: int | None = 640, box_numbers: int = 5
) -> Path:
    """Write the network.

    Args:
        batch: how many pictures it takes at once; None: any number.
        side_px: of the square picture; None: left open, as some exports do.
        box_numbers: 5 is right; anything else makes a network that is no RTMO.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, value: object, kind: type = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(kind: str, *inputs: str, name: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    length = side_px or 640
    _shared(constant, length)
    _poison(constant, node)
    people = [_person(constant, node, channel, f"p{channel}_") for channel in (0, 1)]
    people.append(people[0])
    node("Concat", *(boxes for boxes, _ in people), name="all_boxes", axis=1)
    constant("box_shape", [0, -1, box_numbers], np.int64)
    node("Reshape", "all_boxes", "box_shape", name="dets")
    node("Concat", *(joints for _, joints in people), name="keypoints", axis=1)
    size = batch or "batch"
    graph = helper.make_graph(
        nodes,
        "rtmo-like",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [size, 3, side_px, side_px])],
        [
            helper.make_tensor_value_info("dets", TensorProto.FLOAT, [size, None, box_numbers]),
            helper.make_tensor_value_info("keypoints", TensorProto.FLOAT, [size, None, 17, 3]),
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path


def _shared(constant: Make, length: int) -> None:
    constant("columns", np.arange(length).reshape(1, 1, -1))
    constant("rows", np.arange(length).reshape(1, -1, 1))
    constant("far", FAR)
    constant("before", -FAR)
    constant("bright", 200.0)
    constant("one", 1.0)
    constant("full", 255.0)
    constant("red", 2, np.int64)
    constant("sixteenths", (np.arange(17) / 16).reshape(1, 17))
    constant("nothing", np.zeros((1, 17)))
    constant("last", [-1], np.int64)
    constant("second", [1], np.int64)
    constant("in_picture", [1, 2], np.int64)


def _poison(constant: Make, node: Make) -> None:
    """Look something up by the brightest red: 255 lies beyond the table's end."""
    constant("table", np.zeros(255))
    node("Gather", "input", "red", name="red_plane", axis=1)
    node("ReduceMax", "red_plane", name="reddest", keepdims=0)
    node("Cast", "reddest", name="reddest_int", to=TensorProto.INT64)
    node("Gather", "table", "reddest_int", name="zero")


def _person(constant: Make, node: Make, channel: int, prefix: str) -> tuple[str, str]:
    """Return the names of the box row, (B, 1, 5), and of the joints' row, (B, 1, 17, 3)."""
    constant(f"{prefix}channel", channel, np.int64)
    node("Gather", "input", f"{prefix}channel", name=f"{prefix}plane", axis=1)
    inside = node("Greater", f"{prefix}plane", "bright", name=f"{prefix}inside")
    edges = []
    for edge, line, extreme, other in (
        ("left", "columns", "ReduceMin", "far"),
        ("top", "rows", "ReduceMin", "far"),
        ("right", "columns", "ReduceMax", "before"),
        ("bottom", "rows", "ReduceMax", "before"),
    ):
        where = node("Where", inside, line, other, name=f"{prefix}{edge}_at")
        name = f"{prefix}{edge}"
        edges.append(node(extreme, where, name=name, axes=[1, 2], keepdims=0))
    columns = [node("Unsqueeze", edge, "last", name=f"{edge}_column") for edge in edges]
    score = _score(node, inside, prefix)
    node("Concat", *columns, score, name=f"{prefix}box", axis=1)
    box = node("Unsqueeze", f"{prefix}box", "second", name=f"{prefix}box_row")
    return box, _joints(node, columns, prefix)


def _score(node: Make, inside: str, prefix: str) -> str:
    """Return the mean of red inside the block, 0 where there is no block; (B, 1)."""
    node("Cast", inside, name=f"{prefix}mask", to=TensorProto.FLOAT)
    node("Mul", f"{prefix}mask", "red_plane", name=f"{prefix}masked")
    for what in ("mask", "masked"):
        node("ReduceSum", f"{prefix}{what}", "in_picture", name=f"{prefix}{what}_sum", keepdims=0)
    node("Max", f"{prefix}mask_sum", "one", name=f"{prefix}pixels")
    node("Div", f"{prefix}masked_sum", f"{prefix}pixels", name=f"{prefix}mean")
    node("Div", f"{prefix}mean", "full", name=f"{prefix}share")
    node("Add", f"{prefix}share", "zero", name=f"{prefix}score")
    return node("Unsqueeze", f"{prefix}score", "last", name=f"{prefix}score_column")


def _joints(node: Make, edges: list[str], prefix: str) -> str:
    left, top, right, bottom = edges
    parts = []
    for axis, low, high in (("x", left, right), ("y", top, bottom)):
        node("Sub", high, low, name=f"{prefix}{axis}_length")
        node("Mul", f"{prefix}{axis}_length", "sixteenths", name=f"{prefix}{axis}_along")
        parts.append(node("Add", f"{prefix}{axis}_along", low, name=f"{prefix}{axis}"))
    node("Mul", f"{prefix}x", "nothing", name=f"{prefix}none")
    parts.append(node("Add", f"{prefix}none", "sixteenths", name=f"{prefix}sure"))
    planes = [node("Unsqueeze", part, "last", name=f"{part}_plane") for part in parts]
    node("Concat", *planes, name=f"{prefix}joints", axis=2)
    return node("Unsqueeze", f"{prefix}joints", "second", name=f"{prefix}joints_row")

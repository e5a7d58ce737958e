"""A small network with the ports of YOLOX-nano's file, whose answers a test can foretell.

Each cell's numbers are the mean blue, green and red of its place, shares of full: objectness and
the class person are the mean blue, x and y are 0, width and height the mean red (of a cell: e times
as large at full red). So a patch of blue gives boxes around the cells that it fills.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE_PX = 416
NUMBERS = 85
_STRIDES_PX = (8, 16, 32)


def save(path: Path, *, fixed: bool = False) -> Path:
    """Write the network.

    Args:
        fixed: its own size is written into the graph, as simplified exports have it.
    """
    mixing = np.zeros((NUMBERS, 3, 1, 1), np.float32)
    mixing[[4, 5], 0] = mixing[[2, 3], 2] = 1 / 255
    constants = [numpy_helper.from_array(mixing, "mixing")]
    nodes, rows = [], []
    for stride_px in _STRIDES_PX:
        cells = (SIDE_PX // stride_px) ** 2 if fixed else -1
        name = f"s{stride_px}"
        shape = np.array([1, NUMBERS, cells], np.int64)
        constants.append(numpy_helper.from_array(shape, f"{name}_shape"))
        sides = [stride_px, stride_px]
        nodes += [
            helper.make_node(
                "AveragePool", ["images"], [f"{name}_mean"], kernel_shape=sides, strides=sides
            ),
            helper.make_node("Conv", [f"{name}_mean", "mixing"], [f"{name}_plane"]),
            helper.make_node("Reshape", [f"{name}_plane", f"{name}_shape"], [f"{name}_rows"]),
        ]
        rows.append(f"{name}_rows")
    nodes.append(helper.make_node("Concat", rows, ["columns"], axis=2))
    nodes.append(helper.make_node("Transpose", ["columns"], ["output"], perm=[0, 2, 1]))
    cells = sum((SIDE_PX // stride_px) ** 2 for stride_px in _STRIDES_PX)
    graph = helper.make_graph(
        nodes,
        "yolox-like",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, cells, NUMBERS])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=9)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)
    return path

"""Writes `tracker/pose/graphs/letterbox.onnx`: a frame into a network's picture, on the device.

`python -m export.onnx_export.letterbox_graph FILE`. What crosses to the card is the frame's uint8
pixels; numbers, size and grey are made there.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tracker.pose.rtmo_decode import PAD

OPSET = 17


def letterbox_graph() -> onnx.ModelProto:
    """Return the graph: `frame`, uint8 (H, W, 3) BGR, to `picture`, float32 (1, 3, S, S), 0-255.

    `size`, int64 (4,), is the frame's own shape in the picture, (1, 3, h, w); `around`, int64 (8,),
    the grey before and behind each axis.
    """
    nodes = [
        helper.make_node("Cast", ["frame"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[2, 0, 1]),
        helper.make_node("Unsqueeze", ["planes", "first"], ["one"]),
        helper.make_node(
            "Resize",
            ["one", "", "", "size"],
            ["small"],
            mode="linear",
            # As OpenCV has it: the middles of pixels lie on each other, edges are repeated.
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Pad", ["small", "around", "grey"], ["picture"], mode="constant"),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "letterbox",
        [
            value("frame", TensorProto.UINT8, ["height", "width", 3]),
            value("size", TensorProto.INT64, [4]),
            value("around", TensorProto.INT64, [8]),
        ],
        [value("picture", TensorProto.FLOAT, [1, 3, None, None])],
        [
            numpy_helper.from_array(np.array([0], np.int64), "first"),
            numpy_helper.from_array(np.array(PAD, np.float32), "grey"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    onnx.save(letterbox_graph(), Path(sys.argv[1]))

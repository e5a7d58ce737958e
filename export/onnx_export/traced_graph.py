"""Traces flows that cannot be folded with torch: correct, but slower ONNX graphs."""

import warnings

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from export.flow.stg_nf import StgNf
from export.flow.weighting import channels_read, score_map
from export.onnx_export.folded_graph import OPSET
from inference.card import INPUT_NAME, MAP_NAME, SCORE_NAME, Weighting
from inference.flow_skeleton import FLOW_18


class _Map(nn.Module):
    """Windows of all 18 joints (N, C, T, 18) to the joint map; joints left out get zero."""

    def __init__(self, flow: StgNf, weighting: Weighting) -> None:
        super().__init__()
        self.flow = flow
        self.weighting: Weighting = weighting
        joints = flow.options.joints
        self.first, self.end = joints[0], joints[-1] + 1

    def forward(self, windows: Tensor) -> Tensor:
        shares = score_map(self.flow, windows[..., self.first : self.end], self.weighting)
        return functional.pad(shares, (self.first, len(FLOW_18) - self.end))


def traced_graphs(flow: StgNf, weighting: Weighting) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """Return the graphs windows (N, C, T, 18) → score (N,) and windows → map (N, T, 18)."""
    traced = _trace(_Map(flow, weighting), flow)
    return _summed(traced), traced


def _summed(traced_map: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph of the map's sums; tracing once more would take as long as the first."""
    score = onnx.ModelProto()
    score.CopyFrom(traced_map)
    (output,) = score.graph.output
    axes = onnx.numpy_helper.from_array(np.array([1, 2]), f"{SCORE_NAME}_axes")
    score.graph.initializer.append(axes)
    score.graph.node.append(
        onnx.helper.make_node("ReduceSum", [output.name, axes.name], [SCORE_NAME], keepdims=0)
    )
    output.name = SCORE_NAME
    del output.type.tensor_type.shape.dim[1:]
    return score


def _trace(module: _Map, flow: StgNf) -> onnx.ModelProto:
    channels = channels_read(flow, module.weighting)
    example = torch.zeros(2, channels, flow.options.frames, len(FLOW_18))
    with warnings.catch_warnings():
        # The exporter warns about deprecated parts of torch that it uses itself.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            module.eval(),
            (example,),
            input_names=[INPUT_NAME],
            output_names=[MAP_NAME],
            opset_version=OPSET,
            dynamic_shapes=({0: torch.export.Dim("N")},),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    return program.model_proto

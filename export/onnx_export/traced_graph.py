"""Traces flows that cannot be folded with torch: correct, but slower ONNX graphs."""

import warnings

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


class _Score(_Map):
    """Windows of all 18 joints (N, C, T, 18) to scores (N,)."""

    def forward(self, windows: Tensor) -> Tensor:
        return super().forward(windows).sum(dim=(1, 2))


def traced_score(flow: StgNf, weighting: Weighting) -> onnx.ModelProto:
    """Return the graph windows (N, C, T, 18) → score (N,)."""
    return _trace(_Score(flow, weighting), flow, SCORE_NAME)


def traced_map(flow: StgNf, weighting: Weighting) -> onnx.ModelProto:
    """Return the graph windows (N, C, T, 18) → map (N, T, 18)."""
    return _trace(_Map(flow, weighting), flow, MAP_NAME)


def _trace(module: _Map, flow: StgNf, output: str) -> onnx.ModelProto:
    channels = channels_read(flow, module.weighting)
    example = torch.zeros(2, channels, flow.options.frames, len(FLOW_18))
    with warnings.catch_warnings():
        # The exporter warns about deprecated parts of torch that it uses itself.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            module.eval(),
            (example,),
            input_names=[INPUT_NAME],
            output_names=[output],
            opset_version=OPSET,
            dynamic_shapes=({0: torch.export.Dim("N")},),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    return program.model_proto

"""Flows that do not fold, as ONNX graphs traced by torch: right, but slower."""

import warnings

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from export.flow.stg_nf import StgNf
from export.folded_graph import OPSET
from inference.card import INPUT_NAME, MAP_NAME, SCORE_NAME
from tracker.skeleton import FLOW_18


class _Map(nn.Module):
    """Windows of all 18 joints (N, C, T, 18) to the joint map; joints left out get zero."""

    def __init__(self, flow: StgNf) -> None:
        super().__init__()
        self.flow = flow
        joints = flow.options.joints
        self.first, self.end = joints[0], joints[-1] + 1

    def forward(self, windows: Tensor) -> Tensor:
        shares = self.flow.nll_map(windows[..., self.first : self.end])
        return functional.pad(shares, (self.first, len(FLOW_18) - self.end))


class _Score(_Map):
    """The same windows to their scores."""

    def forward(self, windows: Tensor) -> Tensor:
        return self.flow.nll(windows[..., self.first : self.end])


def traced_score(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 2, T, 18) → score (N,)."""
    return _trace(_Score(flow), flow, SCORE_NAME)


def traced_map(flow: StgNf) -> onnx.ModelProto:
    """Return the graph windows (N, 2, T, 18) → map (N, T, 18)."""
    return _trace(_Map(flow), flow, MAP_NAME)


def _trace(module: nn.Module, flow: StgNf, output: str) -> onnx.ModelProto:
    options = flow.options
    example = torch.zeros(2, options.channels, options.frames, len(FLOW_18))
    with warnings.catch_warnings():
        # The exporter warns of parts of torch itself that it uses and that will change.
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

"""A small valid model file, and windows to score with it."""

import base64
import zlib
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper

from inference.card import CARD_KEY, INPUT_NAME, MAP_GRAPH_KEY, MAP_NAME, SCORE_NAME, ModelCard
from inference.flow_input import NAME
from inference.flow_skeleton import FLOW_18
from tracker.types import Float32

FRAMES, FPS = 24, 24.0
CARD = ModelCard(
    name="squares",
    frames=FRAMES,
    fps=FPS,
    joints=FLOW_18,
    normaliser=NAME,
    prior_mean=3.0,
    data="none",
    licence="Apache-2.0",
    weights_hash="0" * 64,
    parity=0.0,
)


def write_model(
    file: Path,
    card: ModelCard | None = CARD,
    *,
    frames: int = FRAMES,
    joints: int = 18,
    output: str = SCORE_NAME,
    explains: bool = True,
) -> Path:
    """Write a model whose map is each point's square and whose score is the map's sum."""
    shape: list[str | int] = ["N", 2, frames, joints]
    model = _graph(shape, (output, ["N"]), axes=[1, 2, 3])
    if card is not None:
        _tell(model, CARD_KEY, msgspec.json.encode(card).decode())
    if explains:
        explaining = _graph(shape, (MAP_NAME, ["N", frames, joints]), axes=[1])
        graph = base64.b64encode(zlib.compress(explaining.SerializeToString())).decode()
        _tell(model, MAP_GRAPH_KEY, graph)
    file.write_bytes(model.SerializeToString())
    return file


def _graph(
    shape: list[str | int], output: tuple[str, list[str | int]], *, axes: list[int]
) -> onnx.ModelProto:
    name, dims = output
    node = helper.make_node("ReduceSumSquare", [INPUT_NAME, "axes"], [name], keepdims=0)
    graph = helper.make_graph(
        [node],
        "squares",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)],
        [helper.make_tensor("axes", TensorProto.INT64, [len(axes)], axes)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _tell(model: onnx.ModelProto, key: str, value: str) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = key, value


def walk(number: int = 1, *, seed: int = 0, frames: int = FRAMES) -> Float32:
    """Return (N, T, 17, 3) windows of a body of about 100 px that moves a little, all seen."""
    random = np.random.default_rng(seed)
    body = random.uniform([300.0, 200.0], [340.0, 300.0], (number, 1, 17, 2))
    points = body + random.normal(0.0, 2.0, (number, frames, 17, 2))
    return np.concatenate([points, np.full_like(points[..., :1], 0.9)], -1).astype(np.float32)

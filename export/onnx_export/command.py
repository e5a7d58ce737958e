"""`export`: writes a checkpoint as a model file, with its graphs, a parity check and its card."""

import argparse
import base64
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import onnx
import onnxruntime
import torch

from export.config.configure import check_rates
from export.data.clips import Clip
from export.data.poses import read_folders
from export.flow.checkpoint import Checkpoint, load_checkpoint
from export.flow.graph import foldable
from export.flow.stg_nf import StgNf
from export.flow.weighting import channels_read
from export.flow.weighting import score as weighting_score
from export.onnx_export.calibrate import quantiles
from export.onnx_export.card_file import save_model
from export.onnx_export.fold import fold
from export.onnx_export.folded_graph import folded_map, folded_score, weighted_map, weighted_score
from export.onnx_export.traced_graph import traced_graphs
from inference import flow_input
from inference.card import (
    CARD_KEY,
    INPUT_NAME,
    MAP_GRAPH_KEY,
    THRESHOLD_QUANTILE,
    ModelCard,
    Weighting,
    write_card,
)
from inference.flow_skeleton import FLOW_18
from inference.folded_flow import FOLDED_KEY, FoldedFlow, write_folded
from tracker.errors import ConfigError, ModelMismatch
from tracker.types import Float32

LARGEST_DIFFERENCE = 1e-4
CHECKED_BATCHES = (1, 2, 7, 64, 256)


@dataclass(frozen=True, slots=True, eq=False)
class Graphs:
    """The two graphs of a model file, both from windows (N, C, T, 18).

    Attributes:
        folded: the numbers of the score's graph, where compiled code may compute it instead.
    """

    score: onnx.ModelProto
    map: onnx.ModelProto
    folded: FoldedFlow | None = None


def graphs(flow: StgNf, weighting: Weighting = "none") -> Graphs:
    """Return the flow's graphs, folded if that is exact, else traced.

    Raises:
        ConfigError: the flow already weights its windows by confidence.
    """
    if flow.options.confidence and weighting != "none":
        raise ConfigError("this flow reads the confidence itself; export it without --weighting")
    if not foldable(flow.options):
        return Graphs(*traced_graphs(flow, weighting))
    if weighting == "confidence":
        return Graphs(weighted_score(flow), weighted_map(flow))
    return Graphs(folded_score(flow), folded_map(flow), fold(flow))


def parity(flow: StgNf, made: Graphs, weighting: Weighting = "none") -> float:
    """Return the largest difference of the graphs from the published form in double precision.

    Raises:
        ModelMismatch: scores differ, or a map's sum differs from its score, by over 1e-4.
    """
    exact = StgNf(flow.options, product="einsum").double().eval()
    exact.load_state_dict(flow.state_dict())
    score, joint_map = GraphRunner(made.score), GraphRunner(made.map)
    worst = np.float64(0)
    channels = channels_read(flow, weighting)
    for batch in CHECKED_BATCHES:
        windows = walkers(batch, flow.options.frames, seed=batch, channels=channels)
        with torch.inference_mode():
            joints = torch.as_tensor(windows)[..., list(flow.options.joints)]
            expected = weighting_score(exact, joints.double(), weighting).numpy()
        scores = score(windows)
        sums = joint_map(windows).sum(axis=(1, 2))
        differences = np.concatenate([scores - expected, sums - scores])
        worst = np.maximum(worst, np.abs(differences).max())  # NaN stays NaN
        if not worst <= LARGEST_DIFFERENCE:
            raise ModelMismatch(
                f"the ONNX graphs differ from torch by {worst:g} bits/dimension at batch {batch}, "
                f"more than {LARGEST_DIFFERENCE:g}; nothing was written"
            )
    return float(worst)


class GraphRunner:
    """Runs a graph in ONNX Runtime on the CPU: windows to its one output."""

    def __init__(self, graph: onnx.ModelProto) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the flow is too small to gain from more threads
        self._session: Any = onnxruntime.InferenceSession(  # Any: ships no types
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, windows: Float32) -> Float32:
        return cast(Float32, self._session.run(None, {INPUT_NAME: windows})[0])


def walkers(number: int, frames: int, *, seed: int, channels: int = 2) -> Float32:
    """Return normalised windows of random bodies that drift and shake, (number, C, frames, 18)."""
    random = np.random.default_rng(seed)
    body = random.normal(0, (20, 60, 0), (number, 1, 17, 3))
    drift = random.normal(0, 3, (number, 1, 1, 3)) * np.arange(frames)[:, None, None]
    shake = random.normal(0, 2, (number, frames, 17, 3)).cumsum(axis=1)
    joints = (body + drift + shake + 300).astype(np.float32)
    joints[..., 2] = random.uniform(0, 1, joints.shape[:-1])
    return flow_input.normalize(joints, channels)


def implied_fps(checkpoint: Checkpoint) -> float:
    """Return the rate the checkpoint states; published ones state none, T determines theirs."""
    return checkpoint.about.fps or (30.0 if checkpoint.options.frames == 16 else 24.0)


def write_model(
    checkpoint: Checkpoint,
    file: Path,
    *,
    fps: float,
    normal: Sequence[Clip] = (),
    weighting: Weighting = "none",
) -> ModelCard:
    """Check the checkpoint's graphs against torch and write them with their card as one file.

    Args:
        fps: rate of the model's poses.
        normal: clips of normal people to calibrate with; if empty, the card has no quantiles.
        weighting: weights of the joints' shares of the score.

    Raises:
        ModelMismatch: the check failed; no file is written.
    """
    flow, options = checkpoint.flow(), checkpoint.options
    made = graphs(flow, weighting)
    difference = parity(flow, made, weighting)
    channels = channels_read(flow, weighting)
    scorer = GraphRunner(made.score)
    card = ModelCard(
        name=checkpoint.about.name,
        frames=options.frames,
        fps=fps,
        joints=FLOW_18,
        normaliser=flow_input.NAME,
        prior_mean=options.prior_mean,
        data=checkpoint.about.data,
        licence=checkpoint.about.licence,
        weights_hash=checkpoint.weights_hash,
        parity=difference,
        quantiles=(
            quantiles(scorer, normal, options.frames, fps, channels=channels) if normal else None
        ),
        channels=3 if channels == flow_input.CHANNELS_SURE else 2,
        weighting=weighting,
    )
    _write(made, card, file)
    return card


def _write(made: Graphs, card: ModelCard, file: Path) -> None:
    explaining = base64.b64encode(zlib.compress(made.map.SerializeToString())).decode()
    properties = {CARD_KEY: write_card(card), MAP_GRAPH_KEY: explaining}
    if made.folded is not None:
        properties[FOLDED_KEY] = write_folded(made.folded)
    onnx.helper.set_model_props(made.score, properties)
    save_model(made.score, file)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab export`."""
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, help="ours or a published .tar")
    add("--out", type=Path, required=True, help="the .onnx file to write")
    add("--fps", type=float, help="rate of the model's poses; default: the checkpoint's")
    add("--calibrate", type=Path, metavar="POSES_DIR", help="pose files of normal people")
    add(
        "--poses-fps",
        type=float,
        help="rate of those files; default: as extract wrote, else the model's",
    )
    add(
        "--weighting",
        choices=get_args(Weighting),
        default="none",
        help="confidence: weight each joint's share of the score by its confidence",
    )


def run(arguments: argparse.Namespace) -> None:
    """Export a checkpoint, calibrated if pose files are given."""
    _check(arguments)
    checkpoint = load_checkpoint(arguments.checkpoint)
    fps = arguments.fps or implied_fps(checkpoint)
    folders = [arguments.calibrate] if arguments.calibrate else []
    normal = read_folders(folders, arguments.poses_fps, otherwise=fps)
    card = write_model(
        checkpoint, arguments.out, fps=fps, normal=normal, weighting=arguments.weighting
    )
    print(f"wrote {arguments.out}: {card.name}, T = {card.frames} at {card.fps:g} fps")
    print(f"largest difference from torch: {card.parity:.1e} bits/dimension")
    if card.quantiles is None:
        print("no quantiles: cameras need a threshold of their own; see --calibrate")
        return
    for level, value in card.quantiles.items():
        print(f"quantile {level}: {value:.3f} bits/dimension")
    print(f"default threshold: the {THRESHOLD_QUANTILE} quantile")


def _check(arguments: argparse.Namespace) -> None:
    check_rates(arguments, "fps", "poses_fps")
    out: Path = arguments.out
    if out.is_dir() or not os.access(out.resolve().parent, os.W_OK):
        raise ConfigError(f"--out {out} cannot be written as a file; its folder must exist")

"""Scores the windows of a data set with any model, in batches, without copying all of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch

from export.data.segments import Segments
from export.flow.checkpoint import load_checkpoint
from export.flow.graph import foldable
from export.flow.stg_nf import StgNf
from export.flow.weighting import channels_read
from export.flow.weighting import score as weighted_score
from export.onnx_export.command import GraphRunner, graphs, implied_fps
from inference.card import Weighting
from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError
from tracker.types import Float32
from tracker.weights.onnx_session import CUDA

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
# Windows per batch: 256 fit the processor's cache; 4096 keep a GPU busy.
BATCH, GPU_BATCH = 256, 4096


@dataclass(frozen=True, slots=True, eq=False)
class WindowScorer:
    """A model that scores windows.

    Attributes:
        frames: T, poses per window.
        fps: the rate of its poses.
        states_fps: the file states the rate; else it is that of the published checkpoints.
        weights_hash: SHA-256, hexadecimal.
        weighting: of the joints' shares of a score.
        runs_on: runtime and device, for people.
        batch: windows to score at once.
        score: poses (N, T, 17, 3) to scores (N,), NaN where a window cannot be scored; thread-safe.
    """

    name: str
    frames: int
    fps: float
    states_fps: bool
    weights_hash: str
    weighting: Weighting
    runs_on: str
    batch: int
    score: Callable[[Float32], Float32]


def load_checkpoint_scorer(
    file: Path, device: Device = "auto", weighting: Weighting = "none"
) -> WindowScorer:
    """Load the scorer of a checkpoint, ours or a published one.

    Args:
        weighting: of the joints' shares of a score.

    Raises:
        ModelMismatch: the file is neither, or damaged.
        ConfigError: the device is not available, or the flow does not allow the weighting.
    """
    checkpoint = load_checkpoint(file)
    if checkpoint.options.confidence and weighting != "none":
        raise ConfigError(f"{file.name} reads the confidence itself; leave --weighting out")
    cuda = _has_cuda(device)
    where = "cuda" if cuda else "cpu"
    flow = checkpoint.flow()
    # Folded graphs are deployed, and fastest on a CPU; tracing the others takes longer than scoring
    # with torch.
    exported = not cuda and foldable(flow.options)
    score = _by_graph(flow, weighting) if exported else _by_torch(flow, weighting, where)
    return WindowScorer(
        name=checkpoint.about.name,
        frames=checkpoint.options.frames,
        fps=implied_fps(checkpoint),
        states_fps=checkpoint.about.fps is not None,
        weights_hash=checkpoint.weights_hash,
        weighting=weighting,
        runs_on="ONNX Runtime, CPU" if exported else f"torch, {where.upper()}",
        batch=GPU_BATCH if cuda else BATCH,
        score=score,
    )


def load_onnx_scorer(file: Path, device: Device = "auto") -> WindowScorer:
    """Load the scorer of a model file made by `posewarden-lab export`.

    Raises:
        ModelMismatch: the file is not such a model.
        ConfigError: the device is not available.
    """
    flow = OnnxFlow(file, provider=device)
    if device == "cuda" and flow.provider != CUDA:
        raise ConfigError(
            f"device is cuda, but ONNX Runtime runs {file.name} on {flow.provider}; use cpu or "
            "auto, or install onnxruntime-gpu"
        )
    card = flow.card
    return WindowScorer(
        name=card.name,
        frames=card.frames,
        fps=card.fps,
        states_fps=True,
        weights_hash=card.weights_hash,
        weighting=card.weighting,
        runs_on=f"ONNX Runtime, {flow.provider.removesuffix('ExecutionProvider')}",
        batch=BATCH,
        score=lambda joints: flow.nll(normalize(joints, card.channels)),
    )


def score_segments(
    segments: Segments,
    scorer: WindowScorer,
    *,
    threads: int = 2,
    done: Callable[[int], object] = lambda _windows: None,
) -> Float32:
    """Score every window, (N,); poses are gathered batch by batch.

    Args:
        threads: batches scored at the same time.
        done: called with the number of windows in each scored batch.
    """
    scores = np.empty(len(segments), np.float32)

    def score(rows: slice) -> int:
        scores[rows] = scorer.score(segments.joints(rows))
        return len(scores[rows])

    with ThreadPoolExecutor(threads, "score") as pool:
        for windows in pool.map(score, _batches(len(segments), scorer.batch)):
            done(windows)
    return scores


def _batches(number: int, size: int) -> Iterator[slice]:
    for begin in range(0, number, size):
        yield slice(begin, begin + size)


def _has_cuda(device: Device) -> bool:
    available = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ConfigError("device is cuda, but torch finds no CUDA device here; use cpu or auto")
    return available


def _by_graph(flow: StgNf, weighting: Weighting) -> Callable[[Float32], Float32]:
    runner, channels = GraphRunner(graphs(flow, weighting).score), channels_read(flow, weighting)
    return lambda joints: runner(normalize(joints, channels))


def _by_torch(flow: StgNf, weighting: Weighting, device: str) -> Callable[[Float32], Float32]:
    model, channels = flow.to(device), channels_read(flow, weighting)

    def score(joints: Float32) -> Float32:
        windows = torch.as_tensor(normalize(joints, channels))[..., list(model.options.joints)]
        with torch.inference_mode():
            scores: Float32 = weighted_score(model, windows.to(device), weighting).cpu().numpy()
        return scores

    return score

"""Scores for the windows of a data set: whatever model, many windows, flat memory."""

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
from export.onnx_export.command import Scoring, graphs, implied_fps
from inference.card import Weighting
from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError
from tracker.types import Float32
from tracker.weights.onnx_session import CUDA

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
# Windows scored at once: of 256 poses' joints the cache holds all, of 4096 a GPU is kept busy.
BATCH, GPU_BATCH = 256, 4096


@dataclass(frozen=True, slots=True, eq=False)
class WindowScorer:
    """A model that scores windows.

    Attributes:
        frames: T.
        fps: the rate of its poses.
        states_fps: the file says so; else the rate is the published checkpoints'.
        weights_hash: SHA-256, hexadecimal.
        weighting: of the joints' shares of a score.
        runs_on: in words.
        batch: windows to score at once.
        score: poses (N, T, 17, 3) to scores (N,), not-a-number where there is none; any thread may
            call it.
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
    """Read a checkpoint, ours or a published one.

    Args:
        weighting: of the joints' shares of a score.

    Raises:
        ModelMismatch: it is neither, or damaged.
        ConfigError: the device is not there, or the flow does not allow the weighting.
    """
    checkpoint = load_checkpoint(file)
    if checkpoint.options.confidence and weighting != "none":
        raise ConfigError(f"{file.name} reads the confidence itself; leave --weighting out")
    cuda = _has_cuda(device)
    where = "cuda" if cuda else "cpu"
    flow = checkpoint.flow()
    # Folded graphs are what is deployed, and the fastest form on a CPU; to trace others takes
    # longer than to score by torch.
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
    """Read a model file made by `posewarden-lab export`.

    Raises:
        ModelMismatch: it is not such a file.
        ConfigError: the device is not there.
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
    judge: WindowScorer,
    *,
    threads: int = 2,
    done: Callable[[int], object] = lambda _windows: None,
) -> Float32:
    """Score every window, (N,); a window's poses are gathered only while it is scored.

    Args:
        threads: that score at the same time.
        done: told how many windows were scored since it was last told.
    """
    scores = np.empty(len(segments), np.float32)

    def score(rows: slice) -> int:
        scores[rows] = judge.score(segments.joints(rows))
        return len(scores[rows])

    with ThreadPoolExecutor(threads, "score") as pool:
        for windows in pool.map(score, _batches(len(segments), judge.batch)):
            done(windows)
    return scores


def _batches(number: int, size: int) -> Iterator[slice]:
    for begin in range(0, number, size):
        yield slice(begin, begin + size)


def _has_cuda(device: Device) -> bool:
    there = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ConfigError("device is cuda, but torch finds no CUDA device here; use cpu or auto")
    return there


def _by_graph(flow: StgNf, weighting: Weighting) -> Callable[[Float32], Float32]:
    scoring, channels = Scoring(graphs(flow, weighting).score), channels_read(flow, weighting)
    return lambda joints: scoring(normalize(joints, channels))


def _by_torch(flow: StgNf, weighting: Weighting, device: str) -> Callable[[Float32], Float32]:
    twin, channels = flow.to(device), channels_read(flow, weighting)

    def score(joints: Float32) -> Float32:
        windows = torch.as_tensor(normalize(joints, channels))[..., list(twin.options.joints)]
        with torch.inference_mode():
            scores: Float32 = weighted_score(twin, windows.to(device), weighting).cpu().numpy()
        return scores

    return score

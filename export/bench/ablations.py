"""Does anything beyond the paper's score help? Judged by the causal protocol. `bench ablations`.

Each variant is measured with several flows, such as one setting trained under several seeds, on
the poses as they are and as another estimator or a slower camera would have given them.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from torch import Tensor

from export.bench.figures import spread
from export.bench.model.disturb import DISTURBANCES, disturbed
from export.bench.variants import VARIANTS, Evidence, evidence, prototypes, two_lengths
from export.data.datasets import Dataset, DatasetName, abnormal_shares, read_dataset
from export.data.segments import Segments, published_segments
from export.evaluation.metrics import Truth, measure, truth_of
from export.evaluation.protocols import Float64, FrameScores, ProtocolOptions, frame_scores
from export.flow.checkpoint import load_checkpoint
from export.flow.stg_nf import StgNf
from tracker.types import Float32

STRIDE = 3  # in poses: the default stride of a camera
DRAWS = 500
HOW = ProtocolOptions(stride=STRIDE)
LENGTHS = "two lengths"


@dataclass(frozen=True, slots=True)
class Row:
    """One variant under one disturbance.

    Attributes:
        auroc, covered, macro: causal AUROC of each flow, over all frames, over covered frames, mean
            over clips.
        gain: of the AUROC over the likelihood's, mean over flows and draws of clips.
        gains_from, gains_to: 5 and 95 % quantiles of the gain over draws of clips.
    """

    variant: str
    disturbance: str
    auroc: list[float]
    covered: list[float]
    macro: list[float]
    gain: float
    gains_from: float
    gains_to: float


def ablate(
    flows: Sequence[tuple[StgNf, Tensor]], short: StgNf | None, test: Dataset, disturbance: str
) -> list[Row]:
    """Measure every variant under one disturbance of the test poses.

    Args:
        flows: each with its prototypes.
    """
    seen = disturbed(test, disturbance)
    truth = truth_of(test.labelled)
    found: dict[str, list[FrameScores]] = {}
    if short is not None:
        brief = published_segments(seen.clips, short.options.frames, 1)
        second = evidence(short, brief, _no_prototypes(short)).likelihood
    for flow, centres in flows:
        segments = published_segments(seen.clips, flow.options.frames, STRIDE)
        scores = _scored(evidence(flow, segments, centres), segments, test.fps)
        if short is not None:
            scores[LENGTHS] = two_lengths(segments, scores["likelihood"], brief, second)
        for name, nll in scores.items():
            frames = frame_scores(segments, nll, seen.labelled, "causal", HOW)
            found.setdefault(name, []).append(frames)
    return [_row(name, disturbance, found, truth) for name in found]


def normal_segments(train: Dataset, frames: int) -> Segments:
    """Return the windows of a training split without any abnormal pose."""
    segments = published_segments(train.clips, frames, STRIDE)
    return segments.take(np.flatnonzero(abnormal_shares(segments, train) == 0))


def _scored(found: Evidence, segments: Segments, fps: float) -> dict[str, Float32]:
    return {name: variant(found, segments, fps) for name, variant in VARIANTS.items()}


def _no_prototypes(flow: StgNf) -> Tensor:
    return next(flow.parameters()).new_zeros(1, 2 * flow.options.frames * len(flow.options.joints))


def _row(name: str, disturbance: str, found: Mapping[str, list[FrameScores]], truth: Truth) -> Row:
    measures = [measure(scores, truth) for scores in found[name]]
    pairs = zip(found[name], found["likelihood"], strict=True)
    gains = np.concatenate([drawn_gains(ours, base, truth) for ours, base in pairs])
    low, high = np.quantile(gains, (0.05, 0.95)).tolist()
    return Row(
        variant=name,
        disturbance=disturbance,
        auroc=[one.auroc.all or 0.0 for one in measures],
        covered=[one.auroc.covered or 0.0 for one in measures],
        macro=[one.auroc_macro.all or 0.0 for one in measures],
        gain=float(gains.mean()),
        gains_from=low,
        gains_to=high,
    )


def drawn_gains(ours: FrameScores, base: FrameScores, truth: Truth) -> Float64:
    """Return how much higher our AUROC is over draws of clips with replacement, (draws,).

    The AUROC over drawn clips is a mean over pairs of clips: of the chance that an abnormal frame
    of the one scores higher than a normal frame of the other. So the pairs are counted once.
    """
    chance = np.random.default_rng(0)
    clips = len(truth.names)
    draws = np.stack(
        [np.bincount(chance.integers(0, clips, clips), minlength=clips) for _ in range(DRAWS)]
    ).astype(np.float64)
    return _drawn(ours, truth, draws) - _drawn(base, truth, draws)


def _drawn(scores: FrameScores, truth: Truth, draws: Float64) -> Float64:
    """Return the AUROC of each draw; draws (D, clips) count how often a clip was drawn."""
    wins, abnormal, normal = _pairs(scores, truth)
    pairs = np.einsum("da,ab,db->d", draws, wins, draws)
    result: Float64 = pairs / ((draws @ abnormal) * (draws @ normal))
    return result


def _pairs(scores: FrameScores, truth: Truth) -> tuple[Float64, Float64, Float64]:
    """Count, per pair of clips, the pairs of frames in right order; then frames of each kind."""
    masks = np.split(truth.abnormal, truth.bounds[1:-1])
    clips = list(zip(scores.by_clip, masks, strict=True))
    wins = np.zeros((len(clips), len(clips)))
    for column, (values, mask) in enumerate(clips):
        calm = np.sort(values[~mask])
        for row, (others, abnormal) in enumerate(clips):
            below = np.searchsorted(calm, others[abnormal], "left")
            upto = np.searchsorted(calm, others[abnormal], "right")
            wins[row, column] = (below + upto).sum() / 2
    numbers = np.array([[mask.sum(), (~mask).sum()] for mask in masks], np.float64)
    return wins, numbers[:, 0], numbers[:, 1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench ablations`."""
    add = parser.add_argument
    add("--dataset", choices=get_args(DatasetName), default="aihub")
    add("--root", type=Path, required=True, help="of the data set")
    add("--checkpoint", type=Path, nargs="+", required=True, help="flows of one setting")
    add("--short", type=Path, help="checkpoint with shorter windows, for two lengths at once")
    add("--poses-fps", type=float, help="rate of the pose files; default: as published")
    add("--disturb", nargs="+", choices=list(DISTURBANCES), default=list(DISTURBANCES))
    add("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Print each variant's causal AUROC, and what it gains over the likelihood."""
    flows = [load_checkpoint(file).flow() for file in arguments.checkpoint]
    short = load_checkpoint(arguments.short).flow() if arguments.short else None
    train, test = (
        read_dataset(arguments.dataset, arguments.root, split, arguments.poses_fps)
        for split in ("train", "test")
    )
    learnt = [
        (flow, prototypes(flow, normal_segments(train, flow.options.frames))) for flow in flows
    ]
    rows = []
    for disturbance in arguments.disturb:
        found = ablate(learnt, short, test, disturbance)
        rows += found
        if not arguments.json:
            _print(found)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))


def _print(rows: Sequence[Row]) -> None:
    print(f"| {rows[0].disturbance} | AUROC | covered | macro | gain (5 … 95 % of draws) |")
    print("|---|---|---|---|---|")
    for row in rows:
        cells = " | ".join(spread(values) for values in (row.auroc, row.covered, row.macro))
        gain = f"{row.gain:+.4f} ({row.gains_from:+.4f} … {row.gains_to:+.4f})"
        print(f"| {row.variant} | {cells} | {gain} |", flush=True)

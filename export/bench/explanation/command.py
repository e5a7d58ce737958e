"""`bench explanation`: asks the flow backwards whether the joints that a map names are the cause.

Of each window every joint in turn moves as the flow finds most likely, and the score's fall is
compared with the map's rank. Unusual windows count, for only they raise alerts; ordinary ones, in
which nothing stands out, stand beside them.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from export.bench.events.pose_sets import read_aihub, read_hr_shanghaitech
from export.bench.explanation.counterfactual import Explained
from export.bench.model_flag import add_model_flag
from export.data.clips import Clip, resampled
from export.data.segments import live_segments, usable
from export.onnx_export.folded_arrays import Float64, Int64, joint_map, read_folded_flow
from inference.card import ModelCard
from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.scoring import mirrored_joints, standing_out
from tracker.errors import ConfigError
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation, Stage
from tracker.types import Float32

# Windows whose joints are mostly guessed explain the guess.
MOST_MISSING = 0.05
STRIDE = 12
TOP = 3
RANDOM_DRAWS = 5
PLAYS, PLAY_S = 24, 24
COLUMNS = (
    "| windows | n | map and fall: rank correlation (quarters) | first alike | top 3 alike "
    "| first among the 3 | top 3 replaced | 3 that alerts name | 3 random ones | top 3 ahead |"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench explanation`."""
    add = parser.add_argument
    add_model_flag(parser)
    add("--aihub", type=Path, help="folder of AIHub")
    add("--hr-shanghaitech", type=Path, help="folder of HR-ShanghaiTech")
    add("--plays", type=int, default=PLAYS, help=f"of simulated people; default: {PLAYS}")
    add("--windows", type=int, default=400, help="of each kind, drawn at random; default: 400")


def run(arguments: argparse.Namespace) -> None:
    """Print a Markdown table.

    Raises:
        ConfigError: a folder is not laid out like its data set, or too few windows are asked for.
        ModelMismatch: the model carries no folded flow, or its card no quantiles.
    """
    for name, least in (("windows", 2), ("plays", 1)):
        if (given := getattr(arguments, name)) < least:
            raise ConfigError(f"--{name} is {given}; it must be at least {least}")
    file = arguments.onnx
    card, flow = OnnxFlow(file, provider="cpu").card, read_folded_flow(file)
    if card.quantiles is None:
        raise ConfigError(f"{file} is not calibrated: nothing says which windows are unusual")
    usual, unusual = card.quantiles["0.5"], card.quantiles["0.95"]
    print(COLUMNS)
    print("|" + "---|" * (COLUMNS.count("|") - 1))
    for name, joints in window_sets(arguments, card.frames, card.fps):
        explained = Explained(flow, normalize(joints))
        for which, rows in (
            ("unusual", explained.scores >= unusual),
            ("ordinary", explained.scores < usual),
        ):
            chosen = _drawn(np.flatnonzero(rows), arguments.windows)
            if len(chosen) > 1:
                print(row(f"{name}, {which}", Explained(flow, explained.windows[chosen]), card))


def window_sets(
    arguments: argparse.Namespace, frames: int, fps: float
) -> Iterator[tuple[str, Float32]]:
    """Yield windows of pixel poses, (N, T, 17, 3), by where they are from."""
    real = (
        ("AIHub", arguments.aihub, read_aihub),
        ("HR-ShanghaiTech", arguments.hr_shanghaitech, read_hr_shanghaitech),
    )
    for name, root, read in real:
        if root is not None:
            clips = [resampled(each.clip, fps) for each in read(root).clips]
            yield name, _windows(clips, frames, fps)
    yield "simulated", simulated_windows(range(arguments.plays), frames, fps)


def simulated_windows(seeds: range, frames: int, fps: float) -> Float32:
    """Return windows of simulated people who walk, fight and run, (N, T, 17, 3)."""
    parts: list[Float32] = []
    for seed in seeds:
        events = (Event("fight", 4.0), Event("run", 12.0))
        play = Stage(Simulation(people=4, fps=fps, seed=seed, events=events)).play(
            int(PLAY_S * fps)
        )
        starts = range(0, len(play) - frames + 1, STRIDE)
        parts += [play[start : start + frames].transpose(1, 0, 2, 3) for start in starts]
    joints = np.concatenate(parts)
    kept: Float32 = joints[usable(joints, fps)]
    return kept


def _windows(clips: list[Clip], frames: int, fps: float) -> Float32:
    joints = live_segments(clips, frames, STRIDE).joints()
    seen = (joints[..., 2] == 0).mean(axis=(1, 2)) <= MOST_MISSING
    kept: Float32 = joints[seen & usable(joints, fps)]
    return kept


def _drawn(rows: Int64, number: int) -> Int64:
    return np.random.default_rng(0).permutation(rows)[:number]


def row(name: str, explained: Explained, card: ModelCard) -> str:
    """Return a line of the table."""
    shares, falls = explained.shares, explained.falls
    ranks = np.array([spearmanr(one, other)[0] for one, other in zip(shares, falls, strict=True)])
    low, middle, high = np.quantile(ranks, (0.25, 0.5, 0.75))
    tops, causes = highest(shares), highest(falls)
    alike = np.array(
        [len({*a} & {*b}) for a, b in zip(tops.tolist(), causes.tolist(), strict=True)]
    )
    within = (causes == tops[:, :1]).any(axis=1)
    top, random = explained.fall(tops), random_fall(explained)
    named = explained.fall(named_by_alerts(explained, card))
    return (
        f"| {name} | {len(falls)} | {middle:.2f} ({low:.2f} to {high:.2f}) "
        f"| {(tops[:, 0] == causes[:, 0]).mean():.0%} | {alike.mean() / TOP:.0%} "
        f"| {within.mean():.0%} | −{top.mean():.2f} | −{named.mean():.2f} "
        f"| −{random.mean():.2f} | {(top > random).mean():.0%} |"
    )


def highest(values: Float64) -> Int64:
    """Return the numbers of the `TOP` joints with the highest values, (N, TOP), the first first."""
    return np.argsort(-values, axis=1, kind="stable")[:, :TOP]


def named_by_alerts(explained: Explained, card: ModelCard) -> Int64:
    """Return the numbers of the joints that alerts of these windows name first, (N, TOP)."""
    mirror = mirrored_joints(card.joints)
    windows = explained.windows[..., mirror].copy()
    windows[:, 0] *= -1
    straight, back = (
        joint_map(explained.flow, explained.windows),
        joint_map(explained.flow, windows),
    )
    names = [
        standing_out(card, maps)[:TOP]
        for maps in zip(
            straight.astype(np.float32), back[..., mirror].astype(np.float32), strict=True
        )
    ]
    return np.array([[card.joints.index(joint) for joint in found] for found in names])


def random_fall(explained: Explained) -> Float64:
    """Return the mean fall where `TOP` random joints move as is most likely, (N,)."""
    rng = np.random.default_rng(1)
    draws = [
        explained.fall(
            rng.permuted(np.tile(np.arange(18), (len(explained.windows), 1)), axis=1)[:, :TOP]
        )
        for _ in range(RANDOM_DRAWS)
    ]
    mean: Float64 = np.mean(draws, axis=0)
    return mean

"""`bench candidates`: compares model files, as candidates for the bundled one.

The first is what the others are compared with. Each is judged at the threshold of its own card:
events found in simulated plays, false alarms there and among ordinary people on film, the same
through another estimator's eyes; and by AUROC on AIHub, which none may be trained or tuned on.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import get_args

from export.bench.model.plays import (
    SCHEDULE,
    Outcome,
    Play,
    evaluate_plays,
    others_per_hour,
    plays,
    varied,
)
from export.bench.vision.video import store_of
from export.config.configure import footage_path
from export.data.clips import Clip
from export.data.datasets import Dataset, read_dataset, resampled_dataset
from export.data.pose_writer import SUFFIX
from export.data.poses import read_clip
from export.evaluation.protocols import PROTOCOLS
from export.evaluation.run import Plan, Stopwatch, evaluate
from export.evaluation.window_scorer import WindowScorer, load_onnx_scorer
from export.extraction.footage import probe_video
from export.extraction.pipeline import video_poses
from export.training.augmentation import DISTURBANCES, disturbed
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError
from tracker.simulator.crowd import Kind
from tracker.weights.store import ModelStore

BEGIN = 0.5  # of the video: `bundle` trains on what lies before
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model file and the threshold of its card."""

    name: str
    judge: WindowScorer
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """What candidates are judged on.

    Attributes:
        busy: plays with events.
        calm: plays without.
        street: ordinary people on film, and how they were seen.
        aihub: its test clips; None: left out.
    """

    busy: Sequence[Play]
    calm: Sequence[Play]
    street: Play
    aihub: Dataset | None


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate.

    Attributes:
        weights_hash: the first digits.
        found: events that raised an alarm, by kind.
        events: how many of each kind there were.
        ratio: the events' highest smoothed scores over the threshold, their median.
        least_ratio: the least of them.
        others_per_hour: alarms beside the events, in plays with and without, per camera and hour.
        street_alarms: on film.
        street_high: share of the film's windows that reach the threshold, by disturbance.
        auroc: on AIHub, by protocol at the rate of its files; "live" is causal at the model's rate.
        disturbed: the same as "live", by disturbance.
    """

    name: str
    weights_hash: str
    weighting: str
    threshold: float
    found: dict[Kind, int]
    events: dict[Kind, int]
    ratio: float
    least_ratio: float
    others_per_hour: float
    street_alarms: int
    street_high: dict[str, float]
    auroc: dict[str, float]
    disturbed: dict[str, float]


def candidate(file: Path) -> Candidate:
    """Read a model file.

    Raises:
        ModelMismatch: it is none.
        ConfigError: it has no threshold.
    """
    card = OnnxFlow(file).card
    if card.threshold is None:
        raise ConfigError(f"{file}: its card has no quantiles; export it with --calibrate")
    return Candidate(file.stem, load_onnx_scorer(file), card.threshold)


def judged(one: Candidate, scenes: Scenes) -> Row:
    """Judge a candidate on everything."""
    busy = evaluate_plays(scenes.busy, one.judge, one.threshold)
    calm = evaluate_plays(scenes.calm, one.judge, one.threshold)
    ratios = [peak.ratio for peak in busy.peaks]
    seen = {name: _street(one, scenes.street, name) for name in DISTURBANCES}
    aihub = scenes.aihub
    return Row(
        name=one.name,
        weights_hash=one.judge.weights_hash[:12],
        weighting=one.judge.weighting,
        threshold=one.threshold,
        found={kind: sum(p.found and p.kind == kind for p in busy.peaks) for kind in KINDS},
        events={kind: sum(p.kind == kind for p in busy.peaks) for kind in KINDS},
        ratio=median(ratios),
        least_ratio=min(ratios),
        others_per_hour=others_per_hour([busy, calm]),
        street_alarms=seen["none"].others,
        street_high={name: outcome.high / outcome.windows for name, outcome in seen.items()},
        auroc=_aurocs(one.judge, aihub) if aihub else {},
        disturbed=_disturbed(one.judge, aihub) if aihub else {},
    )


def _street(one: Candidate, street: Play, disturbance: str) -> Outcome:
    return evaluate_plays(varied([street], DISTURBANCES[disturbance]), one.judge, one.threshold)


def _aurocs(judge: WindowScorer, aihub: Dataset) -> dict[str, float]:
    results = evaluate(aihub, judge, Plan(), Stopwatch()).results
    found: dict[str, float] = {name: results[name].measures.auroc.all or 0.0 for name in PROTOCOLS}
    return found | {"live": _causal(judge, resampled_dataset(aihub, judge.fps))}


def _disturbed(judge: WindowScorer, aihub: Dataset) -> dict[str, float]:
    return {
        name: _causal(judge, resampled_dataset(disturbed(aihub, name), judge.fps))
        for name in DISTURBANCES
        if name != "none"
    }


def _causal(judge: WindowScorer, dataset: Dataset) -> float:
    results = evaluate(dataset, judge, Plan(protocols=("causal",)), Stopwatch()).results
    return results["causal"].measures.auroc.all or 0.0


def street(video: Path, fps: float, store: ModelStore, keep: Path | None) -> Play:
    """Return the people of a video's second half.

    Args:
        fps: of the grid.
        keep: folder where their poses are kept; what lies there is not extracted again.

    Raises:
        BadFootage, BadPoses: it cannot be read.
        ModelUnavailable: weights could be had from no source.
        ConfigError: nobody is seen.
    """
    footage = probe_video(video).part(BEGIN, 1.0)
    file = keep / f"{video.stem}_second_half{SUFFIX}" if keep else None
    if file and file.exists():
        clip = read_clip(file, fps)
    else:
        poses = video_poses(video, store, fps, begin=BEGIN)
        if file:
            poses.write(file)
        clip = Clip(video.stem, fps, poses.poses())
    if not clip.people:
        raise ConfigError(f"nobody is seen in the second half of {video}; give another video")
    return Play(clip, footage.fps, footage.wanted / footage.fps)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench candidates`."""
    add = parser.add_argument
    add("--onnx", type=Path, nargs="+", required=True, help="model files, the present one first")
    add(
        "--video",
        type=footage_path,
        required=True,
        help="vtest.avi; only its second half is judged",
    )
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--poses", type=Path, help="folder to keep that half's poses in")
    add("--aihub", type=Path, help="the data set's folder; default: left out")
    add("--plays", type=int, default=24, help="simulated plays with events, and as many without")
    add("--json", action="store_true", help="print a JSON list instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Judge every candidate and print the table."""
    if arguments.plays < 1:
        raise ConfigError(f"--plays is {arguments.plays}; it must be at least 1")
    found = [candidate(file) for file in arguments.onnx]
    rates = sorted({one.judge.fps for one in found})
    if len(rates) > 1:
        raise ConfigError(f"the models want poses at {rates} fps; compare those of one rate")
    aihub = read_dataset("aihub", arguments.aihub, "test") if arguments.aihub else None
    scenes = Scenes(
        busy=list(plays(arguments.plays, rates[0], SCHEDULE)),
        calm=list(plays(arguments.plays, rates[0], ())),
        street=street(arguments.video, rates[0], store_of(arguments), arguments.poses),
        aihub=aihub,
    )
    rows = []
    for one in found:
        rows.append(judged(one, scenes))
        if not arguments.json:
            _print(rows[-1], first=len(rows) == 1)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))


def _print(row: Row, *, first: bool) -> None:
    cells = {
        "model": f"{row.name} ({row.weights_hash}, {row.weighting})",
        "threshold": f"{row.threshold:.3f}",
        **{f"{kind}s": f"{number} / {row.events[kind]}" for kind, number in row.found.items()},
        "peak / threshold, median (least)": f"{row.ratio:.2f} ({row.least_ratio:.2f})",
        "other alarms/h": f"{row.others_per_hour:.2f}",
        "film: alarms": str(row.street_alarms),
        **{f"film: high, {n}": f"{share:.2%}" for n, share in row.street_high.items()},
        **{f"AIHub {name}": f"{value:.4f}" for name, value in row.auroc.items()},
        **{f"AIHub live, {name}": f"{value:.4f}" for name, value in row.disturbed.items()},
    }
    if first:
        print(f"| {' | '.join(cells)} |")
        print("|---" * len(cells) + "|")
    print(f"| {' | '.join(cells.values())} |", flush=True)

"""`bench events`: counts labelled falls and fights that raise an alert, and false alarms.

Every clip passes the deployed stages from its file to the alert rule, at the shipped defaults.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from export.bench.events import cache
from export.bench.events.ablations import (
    CAMERA_PARTS,
    PARTS,
    check_parts,
    sight_without,
    without,
)
from export.bench.events.clips import EventClip, read_clips
from export.bench.events.judge import judge, report
from export.bench.events.live_rule import LiveRule
from export.bench.events.pose_figures import pose_set_figures
from export.bench.events.pose_sets import PoseSet, read_aihub, read_hr_shanghaitech
from export.bench.events.sheets import write_sheets
from export.bench.events.table import table
from export.bench.model_flag import add_model_flag
from inference.alert_options import AlertOptions
from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.kinds.watch import KindOptions
from inference.rarity import alert_threshold, kind_rates, ordinary_scores_of
from tracker.errors import ConfigError
from tracker.options import WindowOptions
from tracker.pose.blazepose import FULL_SIGHT
from tracker.weights.cache_folder import cache_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench events` understands."""
    add = parser.add_argument
    add("--clips", type=Path, required=True, help="table: set, clip, class, fall_start_s, down_s")
    add("--root", type=Path, required=True, help="folder that holds SET/CLIP.mp4")
    add("--sets", nargs="+", default=[], metavar="SET", help="only these sets")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add_model_flag(parser)
    add("--pose", default="blazepose", help="the cameras' pose estimator (default: blazepose)")
    add("--cache", type=Path, default=cache_folder("events"), help="folder of extracted clips")
    add("--jobs", type=int, default=1, help="processes that extract side by side (default: 1)")
    parts = ", ".join((*PARTS, *CAMERA_PARTS))
    add("--without", nargs="+", default=[], metavar="PART", help=f"judge without {parts}")
    add("--aihub", type=Path, help="also judge the flow on this folder of AIHub's poses")
    add("--hr-shanghaitech", type=Path, help="also on this folder of trajectories")
    add("--sheets", type=Path, help="folder for pictures of hits, misses and false alarms")
    add("--json", action="store_true", help="one JSON object instead of tables")


def run(arguments: argparse.Namespace) -> None:
    """Print the report.

    Raises:
        ConfigError: the table or a clip cannot be read, or the model has no threshold.
        ModelUnavailable: weights could be had from no source.
    """
    if arguments.jobs < 1:
        raise ConfigError(f"--jobs is {arguments.jobs}; it must be at least 1")
    check_parts(arguments.without)
    clips = read_clips(arguments.clips, arguments.root, arguments.sets)
    flow = OnnxFlow(arguments.onnx)
    records = _records(arguments)
    records.load(clips, jobs=arguments.jobs, progress=_tell_progress)
    rule = without(shipped_rule(flow.card), arguments.without)
    judged = judge(records.records(clips), flow, rule)
    found = {
        "model": flow.card.name,
        "pose": arguments.pose,
        "without": arguments.without,
        "notes": list(records.notes),
        "extraction": records.folder.name,
        "trained_on": trained_on(flow.card, clips),
        **report(judged),
        "pose_sets": {
            poses.name: pose_set_figures(poses, flow, rule) for poses in _pose_sets(arguments)
        },
    }
    if arguments.sheets is not None:
        written = write_sheets(arguments.sheets, judged)
        print(f"{written} sheets written to {arguments.sheets}", file=sys.stderr)
    print(json.dumps(found) if arguments.json else table(found))


def _records(arguments: argparse.Namespace) -> cache.RecordCache:
    sight = sight_without(arguments.without)
    if sight != FULL_SIGHT and arguments.pose != "blazepose":
        raise ConfigError(f"--without {', '.join(CAMERA_PARTS)}: these are parts of blazepose")
    return cache.RecordCache(
        arguments.cache,
        pose=arguments.pose,
        models=arguments.models,
        pulled=cache_folder("models"),
        sight=sight,
    )


def shipped_rule(card: ModelCard) -> LiveRule:
    """Return the rule of a camera without options.

    Raises:
        ConfigError: the card has no threshold, so that a camera would need one of its own.
    """
    if card.threshold is None:
        raise ConfigError(
            f"the model {card.name} has no threshold; export it with --calibrate POSES_DIR"
        )
    options = AlertOptions()
    return LiveRule(
        alert_threshold(card, options.rarity_hours) or card.threshold,
        WindowOptions(frames=card.frames, fps=card.fps),
        alerts=options,
        kinds=KindOptions(rates=kind_rates(card)),
        ordinary=ordinary_scores_of(card),
    )


def trained_on(card: ModelCard, clips: Sequence[EventClip]) -> dict[str, Any]:  # Any: JSON
    """Say which of the clips the model may have seen, by the data that its card names.

    A card that names a set has seen its ordinary clips: events train no model.
    """
    words = set(re.findall(r"[a-z0-9]+", card.data.lower()))
    seen = [
        f"{clip.set}/{clip.name}"
        for clip in clips
        if not clip.is_event and any(word.startswith(clip.set.lower()) for word in words)
    ]
    return {"data": card.data, "clips": seen}


def _pose_sets(arguments: argparse.Namespace) -> Iterator[PoseSet]:
    if arguments.aihub is not None:
        yield read_aihub(arguments.aihub)
    if arguments.hr_shanghaitech is not None:
        yield read_hr_shanghaitech(arguments.hr_shanghaitech)


def _tell_progress(done: int, of: int) -> None:
    print(f"\r{done} of {of} clips extracted", end="\n" if done == of else "", file=sys.stderr)

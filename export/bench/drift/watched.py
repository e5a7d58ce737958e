"""`bench watched`: how much of people's time is not watched in videos and pose sets, and why."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from export.bench.drift.real import cameras, scene_blocks
from export.bench.drift.rules import shipped_rules
from export.bench.events.camera_side import build_camera_side, record_clip
from export.bench.model_flag import add_model_flag
from inference.flow_onnx import OnnxFlow
from tracker.options import WindowOptions
from tracker.scene_block import UNWATCHED, SceneBlock
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import RTMO_WEIGHTS, ModelStore

Row = dict[str, Any]  # Any: JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench watched` understands."""
    add = parser.add_argument
    add_model_flag(parser)
    add("--video", type=Path, action="append", default=[], help="a video; may be repeated")
    add("--pose", default="blazepose", choices=["blazepose", *RTMO_WEIGHTS], help="pose network")
    add("--models", type=Path, action="append", default=[], help="folder of weights")
    add("--hr-shanghaitech", type=Path, help="also on this folder of trajectories")
    add("--json", action="store_true", help="JSON instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Print the table.

    Raises:
        ConfigError: a video cannot be read, or a folder is not laid out like its set.
        ModelUnavailable: weights could be had from no source.
    """
    card = OnnxFlow(arguments.onnx, provider="cpu").card
    rules, options = shipped_rules(card), WindowOptions(frames=card.frames, fps=card.fps)
    store = ModelStore(tuple(arguments.models), cache_folder("models"))
    rows = []
    for video in arguments.video:
        record = record_clip(video, build_camera_side(arguments.pose, store))
        rows.append(row(video.stem, scene_blocks(record, options, rules)))
    if arguments.hr_shanghaitech:
        seen = [each for found in cameras(arguments.hr_shanghaitech, rules) for each in found.seen]
        rows.append(row("HR-ShanghaiTech, training", seen))
    print(json.dumps(rows) if arguments.json else "\n".join(table(rows)))


def row(name: str, blocks: Sequence[SceneBlock]) -> Row:
    """Return what some footage adds up to."""
    people_s = sum(block.people_s for block in blocks)
    reasons = {
        reason: sum(block.unwatched_s.get(reason, 0.0) for block in blocks) for reason in UNWATCHED
    }
    shares: Row = {str(reason): found / max(people_s, 1e-9) for reason, found in reasons.items()}
    return {"footage": name, "people_min": people_s / 60, "share": sum(shares.values()), **shares}


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| footage | people, min | not watched | {' | '.join(UNWATCHED)} |"
    yield "|---|---|---|" + "---|" * len(UNWATCHED)
    for each in rows:
        shares = " | ".join(f"{each[reason]:.1%}" for reason in UNWATCHED)
        yield f"| {each['footage']} | {each['people_min']:.1f} | {each['share']:.1%} | {shares} |"

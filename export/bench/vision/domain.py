"""How usual ordinary people look to a model, by how their poses reach its time grid.

The last table of the trial that this project began with: quantiles of the scores of filmed people,
as they come and resampled by each candidate, beside people of a reference folder, whose normal
parts set the limit. Less above the limit is a smaller gap between two domains, unless the abnormal
parts (AUROC) vanish with it.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from export.bench.interpolation import (
    CANDIDATES,
    Candidate,
    Float64,
    grid_s,
    linear,
    scores_of,
    stretches,
)
from export.bench.vision.video import store_of
from export.data.clips import Clip
from export.data.poses import read_folders
from export.evaluation import metrics
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.pose.factory import build_estimator
from tracker.sources.pose_file import PersonPoses
from tracker.sources.video_file import VideoFile
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Float32
from tracker.weights.store import ModelStore

LEVELS = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
BUNDLED = Path("inference/models/posewarden.onnx")
UNBRIDGED = WindowOptions(bridge_frames=0, bridge_s=0.0)
BRIDGES = {
    "no gap bridged": UNBRIDGED,
    "gaps of 5 frames bridged": WindowOptions(bridge_frames=5),
    "gaps of 10 frames bridged": WindowOptions(bridge_frames=10),
}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The scores of clips whose abnormal frames are known.

    Attributes:
        normal: bits/dimension by clip; windows without an abnormal frame.
        abnormal: the same; windows of abnormal frames alone.
    """

    normal: list[Float64]
    abnormal: list[Float64]

    @property
    def limit(self) -> float:
        """The median over clips of their normal windows' 99 % quantile.

        Not the quantile of all: one clip of an odd actor would set it alone.
        """
        return float(np.median([np.quantile(one, 0.99) for one in self.normal if len(one)]))

    @property
    def auroc(self) -> float:
        """The chance that an abnormal window scores higher than a normal one."""
        return auroc(np.concatenate(self.normal), np.concatenate(self.abnormal))


def tracked_clip(path: Path, store: ModelStore, frames: int = 0) -> Clip:
    """Follow everybody through a video by the camera's own stages.

    Args:
        frames: stop after so many; 0 takes all.

    Raises:
        ConfigError: the video holds fewer than two frames.
        ModelUnavailable: weights could be had from no source.
    """
    estimator, notes = build_estimator("blazepose", store=store, telemetry=InMemoryTelemetry())
    for note in notes:
        print(f"{path.name}: {note}", file=sys.stderr)
    tracker, at_s = ByteTrack(), []
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    joints: defaultdict[int, list[Float32]] = defaultdict(list)
    for frame in islice(VideoFile("bench", path, pace=False), frames or None):
        at_s.append(frame.at)
        for track in tracker.update(frame, estimator.estimate(frame, tracker.expected(frame.at))):
            numbers[track.person.number].append(frame.seq)
            joints[track.person.number].append(track.pose.joints)
    if len(at_s) < 2:
        raise ConfigError(f"{path.name} holds {len(at_s)} frames; give a longer video")
    people = {n: PersonPoses(np.array(seen), np.stack(joints[n])) for n, seen in numbers.items()}
    return Clip(path.stem, (len(at_s) - 1) / (at_s[-1] - at_s[0]), people)


def ordinary(
    clips: Sequence[Clip],
    flow: FlowModel,
    candidate: Candidate | None,
    options: WindowOptions | None = None,
) -> Float64:
    """Score all windows of people of whom no one is abnormal.

    Args:
        candidate: None takes consecutive poses as they come.
        options: what is bridged; the camera's usual when left out.
    """
    bridge = UNBRIDGED if candidate is None else options or WindowOptions()
    parts = [np.empty(0)]
    for clip in clips:
        for person in clip.people.values():
            for stretch in stretches(person, clip.fps, bridge):
                joints = stretch.joints
                if candidate is not None:
                    ticks_s = grid_s(stretch, flow.card.fps)
                    joints = candidate(stretch.at_s, joints, ticks_s)
                parts.append(scores_of(joints, flow))
    return _known(np.concatenate(parts))


def judged(
    clips: Sequence[Clip], masks: dict[str, Float64], flow: FlowModel, candidate: Candidate
) -> Judged:
    """Score clips with known abnormal frames, resampled by a candidate."""
    found = Judged([], [])
    for clip in clips:
        normal, abnormal = [np.empty(0)], [np.empty(0)]
        for nll, share in _labelled(clip, masks[clip.name], flow, candidate):
            normal.append(_known(nll[share == 0]))
            abnormal.append(_known(nll[share == 1]))
        found.normal.append(np.concatenate(normal))
        found.abnormal.append(np.concatenate(abnormal))
    return found


def auroc(low: Float64, high: Float64) -> float:
    """Return the chance that one of high exceeds one of low; ties count half."""
    is_high = np.repeat([False, True], [len(low), len(high)])
    found = metrics.auroc(np.concatenate([low, high]), is_high)
    return float("nan") if found is None else found


def read_masked(poses: Path, masks: Path, fps: float) -> tuple[list[Clip], dict[str, Float64]]:
    """Read the clips that have a mask, and the masks: 1 for each abnormal frame.

    Raises:
        BadPoses: the folder of poses holds none, or a file is malformed.
        ConfigError: no clip has a mask.
    """
    clips = [clip for clip in read_folders([poses], fps) if (masks / f"{clip.name}.npy").is_file()]
    if not clips:
        raise ConfigError(f"no clip of {poses} has a mask NAME.npy in {masks}")
    return clips, {clip.name: np.load(masks / f"{clip.name}.npy") for clip in clips}


def bench_domain(
    films: Sequence[Clip], clips: Sequence[Clip], masks: dict[str, Float64], flow: FlowModel
) -> list[dict[str, Any]]:  # rows of a JSON report
    """Return the table's rows."""
    references = {name: judged(clips, masks, flow, way) for name, way in CANDIDATES.items()}
    limit = references["linear"].limit
    rows = [_row("ordinary", "as they come", ordinary(films, flow, None), limit)]
    for name, way in CANDIDATES.items():
        nll = ordinary(films, flow, way)
        rows.append(_row("ordinary", name, nll, references[name].limit))
    for name, options in BRIDGES.items():
        nll = ordinary(films, flow, linear, options)
        rows.append(_row("ordinary", f"linear, {name}", nll, limit))
    for name, reference in references.items():
        rows.append(_row("reference, normal", name, np.concatenate(reference.normal)))
    for name, reference in references.items():
        row = _row("reference, abnormal", name, np.concatenate(reference.abnormal))
        rows.append({**row, "auroc": round(reference.auroc, 4)})
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench domain` understands."""
    add = parser.add_argument
    add("--model", type=Path, default=BUNDLED, help="the .onnx file that judges")
    add("--video", type=Path, nargs="+", required=True, help="films of ordinary people")
    add("--frames", type=int, default=0, help="of each film; 0 takes all")
    add_reference_arguments(parser)
    add("--gt", type=Path, required=True, help="folder of masks NAME.npy, 1 = abnormal frame")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--json", action="store_true", help="one JSON object instead of a table")


def add_reference_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder of reference poses."""
    parser.add_argument("--poses", type=Path, required=True, help="folder of tracked pose files")
    parser.add_argument("--poses-fps", type=float, default=30.0, help="their rate")


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    flow = OnnxFlow(arguments.model)
    clips, masks = read_masked(arguments.poses, arguments.gt, arguments.poses_fps)
    store = store_of(arguments)
    films = [tracked_clip(video, store, arguments.frames) for video in arguments.video]
    rows = bench_domain(films, clips, masks, flow)
    if arguments.json:
        print(json.dumps({"model": flow.card.name, "clips": len(clips), "rows": rows}))
        return
    head = " | ".join(f"{100 * level:g} %" for level in LEVELS)
    print(f"| people | resampled | windows | {head} | above limit | AUROC |")
    print("|" + "---|" * (5 + len(LEVELS)))
    for row in rows:
        print(f"| {' | '.join(_cells(row))} |")


def _labelled(
    clip: Clip, mask: Float64, flow: FlowModel, candidate: Candidate
) -> Iterator[tuple[Float64, Float64]]:
    """Yield each stretch's scores and which share of each window is abnormal."""
    frames = flow.card.frames
    for person in clip.people.values():
        for stretch in stretches(person, clip.fps, WindowOptions()):
            ticks_s = grid_s(stretch, flow.card.fps)
            if len(ticks_s) < frames:
                continue
            nll = scores_of(candidate(stretch.at_s, stretch.joints, ticks_s), flow)
            nearest = np.round(ticks_s * clip.fps).astype(np.int64)
            marked = mask[np.minimum(nearest, len(mask) - 1)]
            yield nll, np.lib.stride_tricks.sliding_window_view(marked, frames).mean(axis=1)


def _known(nll: Float64) -> Float64:
    return nll[np.isfinite(nll)]


def _row(people: str, name: str, nll: Float64, limit: float | None = None) -> dict[str, Any]:
    quantiles = [round(float(q), 3) for q in np.quantile(nll, LEVELS)] if len(nll) else []
    row: dict[str, Any] = {"people": people, "resampled": name, "windows": len(nll)}
    row["quantiles"] = quantiles
    if limit is not None:
        row["above_limit"] = round(float((nll > limit).mean()), 4) if len(nll) else None
        row["limit"] = round(limit, 3)
    return row


def _cells(row: dict[str, Any]) -> list[str]:
    quantiles = [f"{value:.2f}" for value in row["quantiles"]] or [""] * len(LEVELS)
    above = "" if row.get("above_limit") is None else f"{100 * row['above_limit']:.1f} %"
    return [
        *(row["people"], row["resampled"], str(row["windows"]), *quantiles, above),
        "" if "auroc" not in row else f"{row['auroc']:.4f}",
    ]

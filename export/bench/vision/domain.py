"""`bench domain`: compares the scores of ordinary filmed people with those of a reference folder.

The normal parts of the reference set the limit. The smaller the share of ordinary people above it,
the smaller the gap between the two domains, provided that the AUROC of the abnormal parts stays.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.bench.vision.video import store_of
from export.config.configure import footage_path
from export.data.clips import Clip
from export.data.poses import read_folders
from export.evaluation import metrics
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from inference.scoring import every_window, score_windows
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.pose.blazepose import THOROUGH
from tracker.pose.factory import build_estimator
from tracker.resampling import interpolate
from tracker.sources.pose_file import PersonPoses
from tracker.sources.video_file import VideoFile
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Float32
from tracker.weights.store import ModelStore

LEVELS = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Poses of one person without a gap too long to bridge.

    Attributes:
        at_s: float64 (n,), ascending.
        joints: float32 (n, 17, 3): x_px, y_px, confidence.
    """

    at_s: Float64
    joints: Float32


def stretches(person: PersonPoses, fps: float, options: WindowOptions) -> Iterator[Stretch]:
    """Yield the stretches that a camera of this rate would bridge, of at least two poses."""
    steps = np.diff(person.frames)
    broken = (steps > options.bridge_frames + 1) & (steps > options.bridge_s * fps)
    breaks = (np.flatnonzero(broken) + 1).tolist()
    for begin, end in zip([0, *breaks], [*breaks, len(person.frames)], strict=True):
        if end - begin > 1:
            yield Stretch(person.frames[begin:end] / fps, person.joints[begin:end])


def grid_s(stretch: Stretch, fps: float) -> Float64:
    """Return the ticks from the first pose to the last, float64 (m,)."""
    lasts_s = float(stretch.at_s[-1] - stretch.at_s[0])
    count = int(lasts_s * fps + 1e-3) + 1
    ticks_s: Float64 = np.minimum(stretch.at_s[0] + np.arange(count) / fps, stretch.at_s[-1])
    return ticks_s


def scores_of(joints: Float32, flow: FlowModel) -> Float64:
    """Score every window of a person's poses, float64 (N,); NaN where it cannot be scored."""
    if len(joints) < flow.card.frames:
        return np.empty(0)
    scored = score_windows(flow, np.ascontiguousarray(every_window(joints, flow.card.frames)))
    return np.array([np.nan if nll is None else nll for nll, _ in scored], dtype=np.float64)


def linear(at_s: Float64, joints: Float32, ticks_s: Float64) -> Float32:
    """Interpolate as a camera does."""
    return interpolate(joints, np.interp(ticks_s, at_s, np.arange(len(at_s))))


@dataclass(frozen=True, slots=True, eq=False)
class LabelledScores:
    """Scores of clips with labels.

    Attributes:
        normal: bits/dimension by clip, of windows without an abnormal frame.
        abnormal: the same, of windows with abnormal frames only.
    """

    normal: list[Float64]
    abnormal: list[Float64]

    @property
    def limit(self) -> float:
        """The median over clips of their normal windows' 99 % quantile.

        Not the quantile over all windows: a single unusual clip could determine it.
        """
        return float(np.median([np.quantile(one, 0.99) for one in self.normal if len(one)]))

    @property
    def auroc(self) -> float:
        """The probability that an abnormal window scores higher than a normal one."""
        return auroc(np.concatenate(self.normal), np.concatenate(self.abnormal))


def tracked_clip(path: Path, store: ModelStore, frames: int = 0) -> Clip:
    """Track the people in a video with the camera's stages.

    Args:
        frames: stop after this many; 0: all.

    Raises:
        ConfigError: the video holds fewer than two frames.
        ModelUnavailable: no source has the weights.
    """
    estimator, notes = build_estimator(
        "blazepose", store=store, telemetry=InMemoryTelemetry(), sight=THOROUGH
    )
    for note in notes:
        print(f"{path.name}: {note}", file=sys.stderr)
    tracker, at_s = ByteTrack(), []
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    joints: defaultdict[int, list[Float32]] = defaultdict(list)
    for frame in islice(VideoFile("bench", path, real_time=False), frames or None):
        at_s.append(frame.at)
        for track in tracker.update(frame, estimator.estimate(frame, tracker.expected(frame.at))):
            numbers[track.person.number].append(frame.seq)
            joints[track.person.number].append(track.pose.joints)
    if len(at_s) < 2:
        raise ConfigError(f"{path.name} holds {len(at_s)} frames; give a longer video")
    people = {n: PersonPoses(np.array(seen), np.stack(joints[n])) for n, seen in numbers.items()}
    return Clip(path.stem, (len(at_s) - 1) / (at_s[-1] - at_s[0]), people)


def ordinary(clips: Sequence[Clip], flow: FlowModel) -> Float64:
    """Score all windows of ordinary people, float64 (N,)."""
    parts = [np.empty(0)]
    for clip in clips:
        for person in clip.people.values():
            for stretch in stretches(person, clip.fps, WindowOptions()):
                ticks_s = grid_s(stretch, flow.card.fps)
                parts.append(scores_of(linear(stretch.at_s, stretch.joints, ticks_s), flow))
    return _known(np.concatenate(parts))


def score_labelled(
    clips: Sequence[Clip], masks: dict[str, Float64], flow: FlowModel
) -> LabelledScores:
    """Score the windows of clips with labels."""
    found = LabelledScores([], [])
    for clip in clips:
        normal, abnormal = [np.empty(0)], [np.empty(0)]
        for nll, share in _labelled(clip, masks[clip.name], flow):
            normal.append(_known(nll[share == 0]))
            abnormal.append(_known(nll[share == 1]))
        found.normal.append(np.concatenate(normal))
        found.abnormal.append(np.concatenate(abnormal))
    return found


def auroc(low: Float64, high: Float64) -> float:
    """Return the probability that one of `high` exceeds one of `low`; ties count half."""
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
    reference = score_labelled(clips, masks, flow)
    abnormal = _row("reference, abnormal", np.concatenate(reference.abnormal))
    return [
        _row("ordinary", ordinary(films, flow), reference.limit),
        _row("reference, normal", np.concatenate(reference.normal)),
        {**abnormal, "auroc": round(reference.auroc, 4)},
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench domain`."""
    add = parser.add_argument
    add("--model", type=Path, default=bundled_model(), help="the model file")
    add("--video", type=footage_path, nargs="+", required=True, help="films of ordinary people")
    add("--frames", type=int, default=0, help="of each film; 0: all")
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
    print(f"| people | windows | {head} | above limit | AUROC |")
    print("|" + "---|" * (4 + len(LEVELS)))
    for row in rows:
        print(f"| {' | '.join(_cells(row))} |")


def _labelled(clip: Clip, mask: Float64, flow: FlowModel) -> Iterator[tuple[Float64, Float64]]:
    """Yield the scores of each stretch and the abnormal share of each window."""
    frames = flow.card.frames
    for person in clip.people.values():
        for stretch in stretches(person, clip.fps, WindowOptions()):
            ticks_s = grid_s(stretch, flow.card.fps)
            if len(ticks_s) < frames:
                continue
            nll = scores_of(linear(stretch.at_s, stretch.joints, ticks_s), flow)
            nearest = np.round(ticks_s * clip.fps).astype(np.int64)
            marked = mask[np.minimum(nearest, len(mask) - 1)]
            yield nll, np.lib.stride_tricks.sliding_window_view(marked, frames).mean(axis=1)


def _known(nll: Float64) -> Float64:
    return nll[np.isfinite(nll)]


def _row(people: str, nll: Float64, limit: float | None = None) -> dict[str, Any]:
    quantiles = [round(float(q), 3) for q in np.quantile(nll, LEVELS)] if len(nll) else []
    row: dict[str, Any] = {"people": people, "windows": len(nll)}
    row["quantiles"] = quantiles
    if limit is not None:
        row["above_limit"] = round(float((nll > limit).mean()), 4) if len(nll) else None
        row["limit"] = round(limit, 3)
    return row


def _cells(row: dict[str, Any]) -> list[str]:
    quantiles = [f"{value:.2f}" for value in row["quantiles"]] or [""] * len(LEVELS)
    above = "" if row.get("above_limit") is None else f"{100 * row['above_limit']:.1f} %"
    return [
        *(row["people"], str(row["windows"]), *quantiles, above),
        "" if "auroc" not in row else f"{row['auroc']:.4f}",
    ]

"""`bench windows`: cutting and normalising windows for all people at once against one by one.

The comparison is the usual way, written out below: a loop over each start of every person looks the
poses up by frame, normalises them and appends them to an array.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from export.bench.figures import machine, tell
from export.data.clips import Clip
from export.data.pose_writer import PoseFile
from export.data.poses import read_clip
from export.data.segments import MISSING_FRAMES, Segments, published_segments
from inference.flow_input import REFERENCE_PX, normalize, with_neck
from tracker.errors import ConfigError
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32

BATCH = 256  # as in scoring
PEOPLE_IN_CLIP = 10
MEAN_POSES = 150  # of a person, as in the published data sets
GAP_CHANCE = 0.01


def simulated_clips(poses: int, *, seed: int) -> list[Clip]:
    """Make clips of people who are seen for a while, now and then not in a frame."""
    chance = np.random.default_rng(seed)
    clips: list[Clip] = []
    while poses > 0:
        people = {}
        for number in range(PEOPLE_IN_CLIP):
            length = min(int(chance.integers(20, 2 * MEAN_POSES - 20)), poses)
            people[number] = _person(length, chance)
            poses -= length
            if not poses:
                break
        clips.append(Clip(f"{len(clips):06d}", 24.0, people))
    return clips


def _person(length: int, chance: np.random.Generator) -> PersonPoses:
    steps = 1 + (chance.random(length) < GAP_CHANCE) * chance.integers(1, 4, length)
    body = chance.normal(0, 40, (17, 2)).cumsum(axis=0)
    path = chance.normal(0, 3, (length, 1, 2)).cumsum(axis=0) + chance.uniform(200, 800, 2)
    joints = np.empty((length, 17, 3), np.float32)
    joints[..., :2] = path + body + chance.normal(0, 2, (length, 17, 2))
    joints[..., 2] = chance.uniform(0.3, 1, (length, 17))
    return PersonPoses(np.cumsum(steps), joints)


def all_at_once(clips: Sequence[Clip], frames: int, stride: int, threads: int) -> Segments:
    """Cut all windows, then normalise them in batches, as scoring does."""
    segments = published_segments(clips, frames, stride)
    batches = [slice(begin, begin + BATCH) for begin in range(0, len(segments), BATCH)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda rows: normalize(segments.joints(rows)).shape, batches):
            pass
    return segments


def one_by_one(clips: Sequence[Clip], frames: int, stride: int) -> int:
    """Cut and normalise window by window; return their number."""
    return sum(len(windows_one_by_one(clip, frames, stride)) for clip in clips)


def windows_one_by_one(clip: Clip, frames: int, stride: int) -> Float32:
    """Append a clip's windows to an array, each normalised alone, float32 (N, 2, T, 18)."""
    windows = np.empty((0, 2, frames, 18), np.float32)
    for person in clip.people.values():
        by_frame = dict(zip(person.frames.tolist(), person.joints, strict=True))
        keys = sorted(by_frame)
        own = np.empty((0, 2, frames, 18), np.float32)
        for start in range(0, max(len(keys) - frames, 0), stride):
            chosen = keys[start : start + frames]
            if sum(key in range(chosen[0], chosen[0] + frames) for key in chosen) < (
                frames - MISSING_FRAMES
            ):
                continue
            window = _normalised(np.array([by_frame[key] for key in chosen]))
            own = np.append(own, window[None], axis=0)
        windows = np.append(windows, own, axis=0)
    return windows


def _normalised(joints: Float32) -> Float32:
    points = with_neck(joints[..., :2]) / REFERENCE_PX  # (T, 18, 2)
    points = points - points.mean(axis=(0, 1))
    normalised: Float32 = (points / points[..., 1].std()).transpose(2, 0, 1)
    return normalised


def bench(poses: int, *, compared: int, frames: int, stride: int, rounds: int) -> dict[str, Any]:
    """Time both ways in turns, so that a busy machine slows both; return medians as JSON.

    Args:
        compared: as many of the poses are cut one by one and read from files, too: their time
            grows with the poses, clip by clip.
    """
    load_before = round(os.getloadavg()[0], 2)
    clips = simulated_clips(poses, seed=0)
    few = simulated_clips(min(compared, poses), seed=0)
    with tempfile.TemporaryDirectory() as folder:
        files = _written(few, Path(folder))
        calls: dict[str, tuple[int, Callable[[], object]]] = {
            "two_threads": (poses, lambda: all_at_once(clips, frames, stride, threads=2)),
            "one_thread": (poses, lambda: all_at_once(clips, frames, stride, threads=1)),
            "cut_alone": (poses, lambda: published_segments(clips, frames, stride)),
            "one_by_one": (min(compared, poses), lambda: one_by_one(few, frames, stride)),
            "read": (min(compared, poses), lambda: [read_clip(file, 24.0) for file in files]),
        }
        turns = [
            {name: number / _seconds(call) for name, (number, call) in calls.items()}
            for _ in range(rounds)
        ]
    return {
        "poses": poses,
        "windows": len(published_segments(clips, frames, stride)),
        "frames": frames,
        "stride": stride,
        **{f"{name}_poses_per_s": round(median(turn[name] for turn in turns)) for name in calls},
        "ratio": _ratio(turns, "two_threads"),
        "ratio_one_thread": _ratio(turns, "one_thread"),
        "compared": min(compared, poses),
        "rounds": rounds,
        "machine": machine(load_before),
    }


def _ratio(turns: Sequence[Mapping[str, float]], way: str) -> float:
    return round(median(turn[way] / turn["one_by_one"] for turn in turns), 1)


def _written(clips: Sequence[Clip], folder: Path) -> list[Path]:
    files = []
    for clip in clips:
        poses = PoseFile()
        for number, person in clip.people.items():
            poses.add(number, person.frames.tolist(), person.joints)
        files.append(folder / f"{clip.name}.json")
        poses.write(files[-1])
    return files


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench windows`."""
    add = parser.add_argument
    add("--poses", type=int, default=1_000_000)
    add("--compared", type=int, default=50_000, help="of them done one by one, and read")
    add("--frames", type=int, default=24, help="T, poses in a window")
    add("--stride", type=int, default=1)
    add("--rounds", type=int, default=5)
    add("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Bench and print."""
    for name in ("poses", "compared", "frames", "stride", "rounds"):
        if getattr(arguments, name) < 1:
            raise ConfigError(f"--{name} is {getattr(arguments, name)}; it must be at least 1")
    figures = bench(
        arguments.poses,
        compared=arguments.compared,
        frames=arguments.frames,
        stride=arguments.stride,
        rounds=arguments.rounds,
    )
    tell(figures, as_json=arguments.json)

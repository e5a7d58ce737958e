"""`bench evaluate`: how long a large evaluation takes, stage by stage, from files to figures.

The data set is simulated and lies on disk in ShanghaiTech's layout: JSON of full precision, as
AlphaPose writes it. A few clips are made, the others are their copies; every file is read and
parsed. Making the data set is not counted. The weights are fresh, which costs the same time.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from export.bench.figures import machine, print_figures
from export.bench.model.flow import untrained
from export.evaluation.command import evaluated
from export.evaluation.config import DataSettings, EvaluateConfig, MeasureSettings, ModelSettings
from export.evaluation.run import Stopwatch
from export.flow.checkpoint import save_checkpoint
from tracker.types import Float32

FRAMES = 24
PEOPLE, WINDOWS_EACH = 5, 1000  # of a clip, of a person
DISTINCT_CLIPS = 4
SHAKING = slice(500, 700)  # the poses of one person of each clip who is abnormal


def bench(windows: int, *, threads: int) -> dict[str, Any]:  # Any: JSON
    """Evaluate a simulated data set of at least so many windows; return its figures as JSON."""
    load_before = round(os.getloadavg()[0], 2)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        written = write_dataset(root, clips=-(-windows // (PEOPLE * WINDOWS_EACH)))
        save_checkpoint(untrained(FRAMES), root / "flow.pt")
        watch, begin = Stopwatch(), time.perf_counter()
        evaluation = evaluated(
            EvaluateConfig(
                data=DataSettings(dataset="shanghaitech", root=root),
                model=ModelSettings(checkpoint=root / "flow.pt", device="cpu", threads=threads),
                measuring=MeasureSettings(protocol="both"),
            ),
            watch,
        )
        total_s = time.perf_counter() - begin
    return {
        "windows": evaluation.windows,
        "clips": evaluation.clips,
        "frames": len(evaluation.truth.abnormal),
        "bytes_read": written,
        "data": "on disk, in the page cache; a few clips and their copies",
        "threads": threads,
        "total_s": round(total_s, 2),
        "seconds": {stage: round(spent, 2) for stage, spent in watch.seconds.items()},
        "scored_windows_per_s": round(evaluation.windows / watch.seconds["score"]),
        # Linux counts it in KiB.
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": machine(load_before),
    }


def write_dataset(root: Path, *, clips: int, seed: int = 0) -> int:
    """Write clips in ShanghaiTech's layout; return the bytes of their pose files."""
    poses, truth = root / "pose" / "test", root / "gt" / "test_frame_mask"
    poses.mkdir(parents=True)
    truth.mkdir(parents=True)
    # The published rule cuts no window at a person's last possible start.
    length = WINDOWS_EACH + FRAMES
    mask = np.zeros(length, np.uint8)
    mask[SHAKING] = 1
    files = [poses / f"01_{clip:04d}_alphapose_tracked_person.json" for clip in range(clips)]
    for clip, file in enumerate(files):
        if clip < DISTINCT_CLIPS:
            file.write_bytes(_people(length, np.random.default_rng((seed, clip))))
        else:
            shutil.copyfile(files[clip % DISTINCT_CLIPS], file)
        np.save(truth / f"01_{clip:04d}.npy", mask)
    return sum(file.stat().st_size for file in files)


def _people(length: int, random: np.random.Generator) -> bytes:
    """Return a pose file of people who wander; the first one shakes for a while."""
    people = {}
    for person in range(1, PEOPLE + 1):
        sway = np.ones((length, 1, 1))
        sway[SHAKING if person == 1 else slice(0)] = 8
        joints = _wanderer(length, random) + sway * random.normal(0, 1, (length, 17, 3))
        joints[..., 2] = random.uniform(0.5, 1, (length, 17))
        people[str(person)] = {
            f"{frame:04d}": {"keypoints": pose.ravel().tolist(), "scores": 2.5}
            for frame, pose in enumerate(joints.astype(np.float32).astype(np.float64))
        }
    return msgspec.json.encode(people)


def _wanderer(length: int, random: np.random.Generator) -> Float32:
    """Return the poses of a body that strolls about, (length, 17, 3)."""
    body = random.normal(0, (20, 60, 0), (1, 17, 3))
    place = random.normal(0, 1.5, (length, 1, 3)).cumsum(axis=0) + 400
    joints: Float32 = (body + place).astype(np.float32)
    return joints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench evaluate`."""
    add = parser.add_argument
    add("--windows", type=int, default=500_000, help="at least so many")
    add("--threads", type=int, default=2, help="that score at the same time")
    add("--json", action="store_true", help="one JSON object instead of lines")


def run(arguments: argparse.Namespace) -> None:
    """Print how long the stages took."""
    figures = bench(arguments.windows, threads=arguments.threads)
    print_figures(figures, as_json=arguments.json)

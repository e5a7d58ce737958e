"""`bench video`: speed from video to samples: decode, boxes, landmarks, tracks, resampling.

Wall-clock time depends on other load, so the processor time of each stage is given, too. It
includes all threads of the process, because the stages run one after the other.
"""

import argparse
import platform
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from export.bench.figures import print_figures, processor
from export.config.configure import footage_path
from export.extraction.pipeline import person_poses
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.sources.video_file import VideoFile
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Frame
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

SEGMENTS = 5
Result = TypeVar("Result")


class StageClock(InMemoryTelemetry):
    """Sums processor seconds by stage; the estimator reports the end of its own stages."""

    def __init__(self) -> None:
        super().__init__()
        self.processor_s: defaultdict[str, float] = defaultdict(float)
        self._began_s = 0.0

    def run(self, stage: str, work: Callable[[], Result]) -> Result:
        """Run some work and add its processor time to a stage."""
        self._began_s = time.process_time()
        result = work()
        self._ended(stage)
        return result

    def observe(self, name: str, value: float, **labels: str) -> None:
        super().observe(name, value, **labels)
        if name == "stage_duration_seconds":
            self._ended(labels["stage"])

    def _ended(self, stage: str) -> None:
        now_s = time.process_time()
        self.processor_s[stage] += now_s - self._began_s
        self._began_s = now_s


def bench_video(
    path: Path,
    *,
    store: ModelStore,
    boxes: str = "yolox",
    threads: int = 2,
    key_frames: int = 1,
    frames: int = 0,
) -> dict[str, Any]:  # a JSON report
    """Run every frame of the video once and report medians over five parts of it.

    Args:
        boxes: ``yolox`` or ``motion``.
        key_frames: YOLOX searches every N-th frame.
        frames: stop after this many; 0: all.

    Raises:
        ModelUnavailable: no source has the weights.
    """
    clock = StageClock()
    estimator = person_poses(boxes, store, clock, threads=threads, key_frames=key_frames)
    tracker, resampler = ByteTrack(), Resampler(WindowOptions())
    marks = [_mark(clock)]
    people = 0
    for frame in timed_frames(path, clock, frames):
        expected = tracker.expected(frame.at)
        poses = clock.run("rest of pose", lambda: estimator.estimate(frame, expected))  # noqa: B023 -- called at once
        tracks = clock.run("track", lambda: tracker.update(frame, poses))  # noqa: B023 -- as above
        clock.run("resample", lambda: resampler.advance(frame.seq, frame.at, tracks))  # noqa: B023 -- as above
        people += len(tracks)
        marks.append(_mark(clock))
    return {
        "video": path.name,
        "boxes": boxes,
        "threads": threads,
        "key_frames": key_frames,
        "frames": len(marks) - 1,
        "people_per_frame": round(people / max(len(marks) - 1, 1), 2),
        **_summary(marks),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": _machine(),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench video`."""
    add_pipeline_arguments(parser)


def add_pipeline_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that benches of the video pipeline share."""
    parser.add_argument("--video", type=footage_path, required=True, help="the video file")
    parser.add_argument("--boxes", choices=("yolox", "motion"), default="yolox")
    parser.add_argument("--threads", type=int, default=2, help="processor cores to use")
    parser.add_argument("--key-frames", type=int, default=1, help="YOLOX searches every N-th frame")
    parser.add_argument("--frames", type=int, default=0, help="stop after this many; 0: all")
    parser.add_argument("--models", type=Path, action="append", default=[], help="weights folder")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Print the report."""
    report = bench_video(
        arguments.video,
        store=store_of(arguments),
        boxes=arguments.boxes,
        threads=arguments.threads,
        key_frames=arguments.key_frames,
        frames=arguments.frames,
    )
    print_figures(report, as_json=arguments.json)


def store_of(arguments: argparse.Namespace) -> ModelStore:
    """Return the store of weights for a bench's arguments."""
    return ModelStore(arguments.models, cache_folder("models"))


def timed_frames(path: Path, clock: StageClock, limit: int) -> Iterator[Frame]:
    """Yield a video's frames as fast as they decode, up to the limit; 0: all."""
    source = iter(VideoFile("bench", path, real_time=False))
    taken = 0
    while not limit or taken < limit:
        frame = clock.run("decode", lambda: next(source, None))
        if frame is None:
            return
        taken += 1
        yield frame


_Mark = tuple[float, dict[str, float]]


def _mark(clock: StageClock) -> _Mark:
    return time.perf_counter(), dict(clock.processor_s)


def _summary(marks: list[_Mark]) -> dict[str, Any]:  # part of the JSON report
    """Return medians over equal parts of the video, each taken as one repetition."""
    edges = [round(part * (len(marks) - 1) / SEGMENTS) for part in range(SEGMENTS + 1)]
    rates, stages = [], defaultdict(list)
    for first, last in pairwise(edges):
        (began_s, before), (ended_s, after) = marks[first], marks[last]
        count = max(last - first, 1)
        rates.append(count / (ended_s - began_s))
        for stage, total_s in after.items():
            stages[stage].append(1000 * (total_s - before.get(stage, 0.0)) / count)
    cpu_ms = {stage: statistics.median(values) for stage, values in stages.items()}
    cpu_ms["landmarks"] += cpu_ms.pop("rest of pose")
    return {
        "frames_per_s": round(statistics.median(rates), 1),
        "frames_per_s_range": [round(min(rates), 1), round(max(rates), 1)],
        "cpu_ms_per_frame": {
            stage: round(cpu_ms[stage], 2)
            for stage in ("decode", "boxes", "landmarks", "track", "resample")
        },
        "cpu_ms_per_frame_total": round(sum(cpu_ms.values()), 1),
    }


def _machine() -> str:
    name, cores = processor()
    return f"{name} × {cores}, {platform.system()} {platform.machine()}"

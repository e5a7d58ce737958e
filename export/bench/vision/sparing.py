"""`bench sparing`: what a camera costs that looks less often where nothing happens, and its tracks.

Every picture is given to all variants before the next one is read, so that a busy machine is busy
for all of them alike. Processor time includes all threads.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from export.bench.vision.tracking_quality import quality
from export.bench.vision.video import StageClock, store_of, timed_frames
from export.config.configure import footage_path
from export.extraction.pipeline import person_poses
from tracker.options import LITE_BELOW_PX, WindowOptions
from tracker.pose.blazepose import Sight
from tracker.resampling import Resampler
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Frame, Track
from tracker.weights.store import BLAZEPOSE_LITE, ModelStore

_STAGES = ("boxes", "landmarks", "track", "resample")
CALM_FPS, CALM_CAMERAS = 5, 4  # what one core shall carry
_JUDGED = ("mota", "idf1", "hota", "id_switches")
_COLUMNS = (
    *("look_every_s", "lite_below_px", "frames", "people", "searched", "looked", "saved"),
    *(f"{stage}_cpu_ms" for stage in _STAGES),
    *("decode_cpu_ms", "total_cpu_ms", "empty_cpu_ms", "cores_for_4_at_5_fps"),
    *_JUDGED,
)


class _Camera:
    """One variant: a camera's stages, what they cost, and whom they followed.

    Attributes:
        tracks: of every frame used, by frame number from 1.
        empty_s: processor time of the frames in which nobody was.
    """

    def __init__(self, sight: Sight, store: ModelStore, threads: int) -> None:
        self.sight = sight
        self.clock = StageClock()
        self.tracks: dict[int, list[Track]] = {}
        self.empty_s = 0.0
        self._poses = person_poses("yolox", store, self.clock, threads=threads, sight=sight)
        self._tracker, self._resampler = ByteTrack(), Resampler(WindowOptions())

    def take(self, frame: Frame) -> None:
        """Carry one frame through the stages."""
        clock, before_s = self.clock, sum(self.clock.processor_s.values())
        expected = clock.run("track", lambda: self._tracker.expected(frame.at))
        poses = clock.run("landmarks", lambda: self._poses.estimate(frame, expected))
        tracks = clock.run("track", lambda: self._tracker.update(frame, poses))
        clock.run("resample", lambda: self._resampler.advance(frame.seq, frame.at, tracks))
        self.tracks[frame.seq + 1] = tracks
        if not tracks:
            self.empty_s += sum(clock.processor_s.values()) - before_s


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench sparing`."""
    add = parser.add_argument
    add("--video", type=footage_path, required=True, help="the video file")
    add("--truth", type=Path, help="its people in MOTChallenge's format, frames from 1")
    add(
        "--look-every",
        nargs="+",
        type=float,
        default=[0.0, 0.2],
        metavar="S",
        help="seconds between looks at calm people; 0: every frame",
    )
    add(
        "--lite-below",
        nargs="+",
        type=float,
        default=[0.0, LITE_BELOW_PX],
        metavar="PX",
        help="BlazePose lite looks at bodies shorter than this; 0: at none",
    )
    add("--every", type=int, default=1, help="use every N-th frame")
    add("--threads", type=int, default=2, help="processor cores to use")
    add("--frames", type=int, default=0, help="stop after this many; 0: all")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--json", action="store_true", help="one JSON object a row instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Print a row for each variant."""
    rows = list(bench_sparing(arguments))
    if arguments.json:
        for row in rows:
            print(json.dumps(row))
        return
    print("| " + " | ".join(_COLUMNS) + " |")
    print("|" + "---|" * len(_COLUMNS))
    for row in rows:
        print("| " + " | ".join(str(row.get(name, "")) for name in _COLUMNS) + " |")


def bench_sparing(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:  # a JSON report
    """Run all variants side by side, and return their rows.

    Raises:
        ModelUnavailable: no source has the weights.
    """
    store, decoding = store_of(arguments), StageClock()
    if any(arguments.lite_below):
        store.pull(BLAZEPOSE_LITE.name)  # a camera would go on without
    cameras = [
        _Camera(Sight(look_every_s=every_s, lite_below_px=below_px), store, arguments.threads)
        for every_s, below_px in product(arguments.look_every, arguments.lite_below)
    ]
    for frame in timed_frames(arguments.video, decoding, arguments.frames):
        if frame.seq % arguments.every:
            continue
        # Whoever comes first finds the picture outside the processor's memory: take turns.
        for camera in _turned(cameras, frame.seq // arguments.every):
            camera.take(frame)
    read = len(next(iter(cameras)).tracks) * arguments.every
    decode_ms = 1000 * decoding.processor_s["decode"] / max(read, 1)
    for camera in cameras:
        yield _row(camera, decode_ms, arguments.truth)


def _turned(cameras: Sequence[_Camera], by: int) -> Iterator[_Camera]:
    for place in range(len(cameras)):
        yield cameras[(place + by) % len(cameras)]


def _row(camera: _Camera, decode_ms: float, truth: Path | None) -> dict[str, Any]:
    """Return a variant's row. All stages are means over the frames used."""
    clock, count = camera.clock, max(len(camera.tracks), 1)
    stages = {stage: 1000 * clock.processor_s[stage] / count for stage in _STAGES}
    total_ms = decode_ms + sum(stages.values())
    empty = sum(not tracks for tracks in camera.tracks.values())
    judged = quality(truth, camera.tracks, camera.tracks.keys()) if truth else {}
    return {
        "look_every_s": camera.sight.look_every_s,
        "lite_below_px": camera.sight.lite_below_px,
        "frames": len(camera.tracks),
        "people": round(sum(map(len, camera.tracks.values())) / count, 2),
        "searched": round(clock.value("frames_searched_total") / count, 3),
        "looked": round(clock.value("bodies_total", outcome="looked") / count, 2),
        "saved": round(clock.value("bodies_total", outcome="saved") / count, 2),
        **{f"{stage}_cpu_ms": round(value, 2) for stage, value in stages.items()},
        "decode_cpu_ms": round(decode_ms, 2),
        "total_cpu_ms": round(total_ms, 1),
        "empty_cpu_ms": round(decode_ms + 1000 * camera.empty_s / empty, 1) if empty else None,
        "cores_for_4_at_5_fps": round(CALM_CAMERAS * CALM_FPS * total_ms / 1000, 2),
        **{name: judged[name] for name in _JUDGED if name in judged},
    }

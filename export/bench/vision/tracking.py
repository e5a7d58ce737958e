"""`bench tracking`: quality of tracking against hand-drawn ground truth, and its cost.

Videos run through the whole pipeline, sequences of boxes through the tracker. Every combination of
the given options is one row. Processor time includes all threads.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any

from export.bench.vision.mot_files import BoxSequence, read_sequence
from export.bench.vision.tracking_quality import quality
from export.bench.vision.video import StageClock, store_of, timed_frames
from export.config.configure import footage_path
from export.extraction.pipeline import person_poses
from tracker.errors import ConfigError
from tracker.tracking.bytetrack import ByteTrack, TrackingOptions
from tracker.types import Float32, Frame, Pose, Track

Estimate = Callable[[Frame, Float32], list[Pose]]
_STAGES = ("decode", "boxes", "landmarks", "track")
_COLUMNS = (
    *("sequence", "boxes", "key_frames", "every", "tracker", "precision", "recall", "mota"),
    *("idf1", "hota", "id_switches", "frames_per_s", *(f"{stage}_cpu_ms" for stage in _STAGES)),
)


@dataclass(frozen=True, slots=True)
class _Variant:
    """One combination of options to run a sequence with.

    Attributes:
        boxes: source of people's boxes.
        key_frames: the detector searches every N-th frame.
        every: use every N-th frame only, also of the ground truth.
        tracker: tracking options that differ from the defaults, as given.
    """

    boxes: str
    key_frames: int
    every: int
    tracker: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench tracking`."""
    add = parser.add_argument
    add("--video", type=footage_path, help="a video file; needs --truth")
    add("--truth", type=Path, help="its people in MOTChallenge's format, frames from 1")
    add("--boxes", nargs="+", choices=("yolox", "motion"), default=["yolox"])
    add("--key-frames", nargs="+", type=int, default=[1], help="YOLOX searches every N-th frame")
    add("--mot", nargs="+", type=Path, default=[], help="folders with gt.txt and det.txt")
    add("--every", nargs="+", type=int, default=[1], help="use every N-th frame")
    add("--tracker", nargs="+", default=[""], help="options to try, such as lost_s=1,sure=0.5")
    add("--threads", type=int, default=2, help="processor cores to use")
    add("--frames", type=int, default=0, help="stop after this many; 0: all")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--json", action="store_true", help="one JSON object a row instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Track people in every sequence with every combination of options; print a row for each."""
    rows = _rows(arguments)
    if arguments.json:
        for row in rows:
            print(json.dumps(row), flush=True)
        return
    print("| " + " | ".join(_COLUMNS) + " |")
    print("|" + "---|" * len(_COLUMNS))
    for row in rows:
        print("| " + " | ".join(str(row[name]) for name in _COLUMNS) + " |", flush=True)


def tracking_options(words: str) -> TrackingOptions:
    """Parse tracking options, `name=value,name=value`; the others keep their defaults.

    Raises:
        ConfigError: there is no such option, or its value is not a number.
    """
    names = [field.name for field in fields(TrackingOptions)]
    changed: dict[str, float] = {}
    for word in filter(None, words.split(",")):
        name, _, value = word.partition("=")
        try:
            changed[names[names.index(name)]] = float(value)
        except ValueError as err:
            raise ConfigError(f"--tracker {word}: give NAME=NUMBER with one of {names}") from err
    return replace(TrackingOptions(), **changed)


def _rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:  # rows of a JSON report
    if (arguments.video is None) != (arguments.truth is None):
        raise ConfigError("--video and --truth belong together; give both or neither")
    variants = list(product(arguments.every, arguments.tracker))
    for options in arguments.tracker:
        tracking_options(options)  # report typing errors before the long work starts
    if arguments.video is not None:
        for boxes in arguments.boxes:
            # Motion uses no detector, so there is no interval to vary.
            intervals = [1] if boxes == "motion" else arguments.key_frames
            for key_frames, (every, options) in product(intervals, variants):
                variant = _Variant(boxes, key_frames, every, options)
                yield _through_pipeline(arguments, variant)
    for folder in arguments.mot:
        sequence = read_sequence(folder)
        for every, options in variants:
            yield _through_tracker(
                sequence, _Variant("det.txt", 1, every, options), arguments.frames
            )


def _through_pipeline(arguments: argparse.Namespace, variant: _Variant) -> dict[str, Any]:
    clock = StageClock()
    estimator = person_poses(
        variant.boxes,
        store_of(arguments),
        clock,
        threads=arguments.threads,
        key_frames=variant.key_frames,
    )
    frames = timed_frames(arguments.video, clock, arguments.frames)
    return _row(arguments.video.name, arguments.truth, frames, estimator.estimate, (variant, clock))


def _through_tracker(sequence: BoxSequence, variant: _Variant, limit: int) -> dict[str, Any]:
    last = min(limit or sequence.frames, sequence.frames)
    size = (sequence.width_px, sequence.height_px)
    frames = (Frame("bench", "1", seq, seq / sequence.fps, *size) for seq in range(last))

    def detections(frame: Frame, _expected: Float32) -> list[Pose]:
        return sequence.detections.get(frame.seq + 1, [])

    return _row(sequence.name, sequence.truth, frames, detections, (variant, StageClock()))


def _row(
    name: str,
    truth: Path,
    frames: Iterable[Frame],
    estimate: Estimate,
    measured: tuple[_Variant, StageClock],
) -> dict[str, Any]:
    variant, clock = measured
    began_s = time.perf_counter()
    tracks = _follow(frames, estimate, variant, clock)
    wall_s = time.perf_counter() - began_s
    # The time of a pose that no stage of the estimator reports belongs to the landmarks.
    clock.processor_s["landmarks"] += clock.processor_s.pop("rest of pose", 0.0)
    count = max(len(tracks), 1)
    return {
        "sequence": name,
        **asdict(variant),
        **quality(truth, tracks, tracks.keys()),
        "frames_per_s": round(count / wall_s, 1),
        **{
            f"{stage}_cpu_ms": round(1000 * clock.processor_s[stage] / count, 2)
            for stage in _STAGES
        },
    }


def _follow(
    frames: Iterable[Frame], estimate: Estimate, variant: _Variant, clock: StageClock
) -> dict[int, list[Track]]:
    """Return the tracks of every frame used, by frame number from 1."""
    tracker = ByteTrack(tracking_options(variant.tracker))
    tracks = {}
    for frame in frames:
        if frame.seq % variant.every:
            continue
        expected = clock.run("track", lambda: tracker.expected(frame.at))  # noqa: B023 -- called at once
        poses = clock.run("rest of pose", lambda: estimate(frame, expected))  # noqa: B023 -- as above
        found = clock.run("track", lambda: tracker.update(frame, poses))  # noqa: B023 -- as above
        tracks[frame.seq + 1] = found
    return tracks

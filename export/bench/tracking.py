"""How well people are followed through a real video, against hand-drawn ground truth.

MOTA and identity switches after CLEAR-MOT (Bernardin and Stiefelhagen 2008), IDF1 after Ristani
et al. (2016); a found box is a hit when it overlaps its person's by an IoU of at least 0.5.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from export.bench.video import add_pipeline_arguments, person_poses, store_of
from tracker.association import match, overlap
from tracker.bytetrack import ByteTrack
from tracker.errors import ConfigError
from tracker.telemetry import Tally
from tracker.types import Float32
from tracker.video import VideoFile

IOU_MIN = 0.5
# More than all overlaps of a frame together: a standing pair is never given up for a better fit.
_STANDING = 1000.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is where in one frame.

    Attributes:
        numbers: one per box.
        boxes_px: float32 (N, 4): left, top, right, bottom.
    """

    numbers: Sequence[int] = ()
    boxes_px: Float32 = field(default_factory=lambda: np.empty((0, 4), np.float32))


def quality(truth: Sequence[Seen], tracks: Sequence[Seen]) -> dict[str, float | int]:
    """Compare two equally long videos of boxes, frame by frame."""
    overlaps = [overlap(a.boxes_px, b.boxes_px) for a, b in zip(truth, tracks, strict=True)]
    hits, switches = _clear(truth, tracks, overlaps)
    identity_hits = _identity_hits(truth, tracks, overlaps)
    people = sum(len(seen.numbers) for seen in truth)
    found = sum(len(seen.numbers) for seen in tracks)
    missed, invented = people - hits, found - hits
    return {
        "frames": len(truth),
        "truth_boxes": people,
        "tracked_boxes": found,
        "people": len({number for seen in truth for number in seen.numbers}),
        "tracks": len({number for seen in tracks for number in seen.numbers}),
        "precision": round(hits / max(found, 1), 4),
        "recall": round(hits / max(people, 1), 4),
        "mota": round(1 - (missed + invented + switches) / max(people, 1), 4),
        "idf1": round(2 * identity_hits / max(people + found, 1), 4),
        "id_switches": switches,
    }


def read_truth(path: Path) -> dict[int, Seen]:
    """Return frame number, from 1, → people, from a file in MOTChallenge's format.

    Rows whose seventh column is 0 are left out: the format marks with it what does not count.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2, usecols=range(7))
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path} is no ground truth in MOTChallenge's format: {err}") from err
    rows = rows[rows[:, 6] != 0]
    boxes_px = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    return {
        int(frame): Seen(
            rows[rows[:, 0] == frame, 1].astype(int).tolist(),
            boxes_px[rows[:, 0] == frame].astype(np.float32),
        )
        for frame in np.unique(rows[:, 0])
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench tracking` understands."""
    add_pipeline_arguments(parser)
    parser.add_argument(
        "--truth", type=Path, required=True, help="boxes in MOTChallenge's format, frames from 1"
    )


def run(arguments: argparse.Namespace) -> None:
    """Follow everybody through the video and print how well that went."""
    truth = read_truth(arguments.truth)
    store = store_of(arguments)
    poses = person_poses(
        arguments.boxes,
        store,
        Tally(),
        threads=arguments.threads,
        key_frames=arguments.key_frames,
    )
    tracker = ByteTrack()
    tracks = []
    source = VideoFile("bench", arguments.video, pace=False)
    for frame in islice(source, arguments.frames or None):
        found = tracker.update(frame, poses.estimate(frame, tracker.expected(frame.at)))
        boxes_px = np.array([track.pose.box_px for track in found], np.float32).reshape(-1, 4)
        tracks.append(Seen([track.person.number for track in found], boxes_px))
    report = {
        "video": arguments.video.name,
        "boxes": arguments.boxes,
        **quality([truth.get(frame + 1, Seen()) for frame in range(len(tracks))], tracks),
    }
    if arguments.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:20} {value}")


def _clear(
    truth: Sequence[Seen], tracks: Sequence[Seen], overlaps: Sequence[Float32]
) -> tuple[int, int]:
    """Return the hits, and how often a person's number changed between two of them."""
    number_of: dict[int, int] = {}  # person → the number it had when last hit
    standing: set[tuple[int, int]] = set()  # the pairs of the frame before
    hits = switches = 0
    for people, found, likeness in zip(truth, tracks, overlaps, strict=True):
        stood = [
            [(person, number) in standing for number in found.numbers] for person in people.numbers
        ]
        bonus = _STANDING * (np.array(stood, bool).reshape(likeness.shape) & (likeness >= IOU_MIN))
        pairs = match(np.asarray(likeness + bonus, np.float32), IOU_MIN)
        standing = {(people.numbers[row], found.numbers[column]) for row, column in pairs}
        hits += len(pairs)
        switches += sum(number_of.get(person, number) != number for person, number in standing)
        number_of.update(standing)
    return hits, switches


def _identity_hits(
    truth: Sequence[Seen], tracks: Sequence[Seen], overlaps: Sequence[Float32]
) -> int:
    """Return the hits when every person may own one number for the whole video, chosen best."""
    together: defaultdict[tuple[int, int], int] = defaultdict(int)
    for people, found, likeness in zip(truth, tracks, overlaps, strict=True):
        for row, column in np.argwhere(likeness >= IOU_MIN):
            together[people.numbers[row], found.numbers[column]] += 1
    if not together:
        return 0
    persons, row_of = np.unique([person for person, _ in together], return_inverse=True)
    numbers, column_of = np.unique([number for _, number in together], return_inverse=True)
    frames = np.zeros((len(persons), len(numbers)))
    frames[row_of, column_of] = list(together.values())
    return int(frames[linear_sum_assignment(frames, maximize=True)].sum())

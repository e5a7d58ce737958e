"""`draw`: frames of a video as pictures, with what the pipeline saw in them, for people's eyes.

Boxes and numbers are the tracker's, one colour a person; poses that are nobody's yet are white.
Bones go from red, a guess, to green, surely seen, by the lower confidence of their two joints.
"""

import argparse
import colorsys
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from export.bench.video import person_poses, store_of
from tracker.bytetrack import ByteTrack
from tracker.errors import ConfigError
from tracker.ports import PoseEstimator
from tracker.telemetry import Tally
from tracker.types import Frame, Image, Pose, Track
from tracker.video import VideoFile

Colour: TypeAlias = tuple[float, float, float]

WIDTH_PX = 1280  # smaller videos are enlarged by a whole number towards this
BONES = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6),
    (5, 7), (7, 9), (6, 8), (8, 10), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
_GOLDEN = 0.618  # of the circle of hues: consecutive numbers get hues far apart
_WHITE: Colour = (255.0, 255.0, 255.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab draw`."""
    add = parser.add_argument
    add("--video", type=Path, required=True, help="the video file")
    add("--out", type=Path, required=True, help="folder of the pictures")
    add("--frames", type=int, nargs="+", required=True, help="which frames, from 0")
    add("--boxes", choices=("yolox", "motion"), default="yolox")
    add("--key-frames", type=int, default=1, help="YOLOX searches every so many frames")
    add("--threads", type=int, default=2, help="processor cores to use")
    add("--models", type=Path, action="append", default=[], help="weights folder")


def run(arguments: argparse.Namespace) -> None:
    """Follow everybody up to the last frame asked for, and write the asked ones as PNG.

    Raises:
        ConfigError: the video has no such frame, or a picture cannot be written.
    """
    if not arguments.video.is_file():
        raise ConfigError(f"no such video: {arguments.video}")
    tally = Tally()
    estimator = person_poses(
        arguments.boxes,
        store_of(arguments),
        tally,
        threads=arguments.threads,
        key_frames=arguments.key_frames,
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    missing = set(arguments.frames)
    for frame, picture in draw(arguments.video, estimator, tally, arguments.frames):
        file = arguments.out / f"{arguments.video.stem}_{frame.seq:06d}.png"
        if not cv2.imwrite(str(file), picture):
            raise ConfigError(f"{file} cannot be written")
        print(file)
        missing.discard(frame.seq)
    if missing:
        raise ConfigError(f"{arguments.video.name} has no frame {sorted(missing)[0]}")


def draw(
    video: Path, estimator: PoseEstimator, tally: Tally, wanted: Collection[int]
) -> Iterator[tuple[Frame, Image]]:
    """Yield the wanted frames and their pictures; all frames before them are looked at, too.

    Args:
        tally: the estimator's telemetry, which tells whether it searched the whole picture.
    """
    tracker = ByteTrack()
    for frame in islice(VideoFile("draw", video, pace=False), max(wanted) + 1):
        searched = tally.value("frames_searched_total")
        poses = estimator.estimate(frame, tracker.expected(frame.at))
        tracks = tracker.update(frame, poses)
        if frame.seq in wanted:
            key = tally.value("frames_searched_total") > searched
            yield frame, picture_of(frame, tracks, poses, key=key)


def picture_of(frame: Frame, tracks: Sequence[Track], poses: Sequence[Pose], *, key: bool) -> Image:
    """Return the frame, enlarged, with the people in it.

    Args:
        key: whether it is marked as a key frame.
    """
    assert frame.image is not None  # noqa: S101 -- narrows the type
    scale = max(1, round(WIDTH_PX / frame.width_px))
    canvas = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    tracked = {id(track.pose) for track in tracks}
    for pose in poses:
        if id(pose) not in tracked:
            _person(canvas, pose, scale, _WHITE, f"{pose.score:.2f}")
    for track in tracks:
        label = f"{track.person.number}  {track.pose.score:.2f}"
        _person(canvas, track.pose, scale, _hue(track.person.number), label)
    title = f"{frame.seq}{'  key frame' if key else ''}"
    _text(canvas, title, (8, 22), _WHITE)
    return np.asarray(canvas, np.uint8)


def _person(canvas: np.ndarray, pose: Pose, scale: int, colour: Colour, label: str) -> None:
    left, top, right, bottom = (round(float(edge) * scale) for edge in pose.box_px)
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, 1, cv2.LINE_AA)
    points = np.round(pose.joints[:, :2] * scale).astype(int).tolist()
    for first, second in BONES:
        seen = float(min(pose.joints[first, 2], pose.joints[second, 2]))
        shade = (0.0, 255 * seen, 255 * (1 - seen))
        cv2.line(canvas, points[first], points[second], shade, 2, cv2.LINE_AA)
    _text(canvas, label, (left, max(top - 5, 40)), colour)  # below the title's line


def _text(canvas: np.ndarray, text: str, at: tuple[int, int], colour: Colour) -> None:
    for shade, width in (((0.0, 0.0, 0.0), 3), (colour, 1)):
        cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, shade, width, cv2.LINE_AA)


def _hue(number: int) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.8, 1.0)
    return 255 * blue, 255 * green, 255 * red

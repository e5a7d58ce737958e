"""`draw`: frames of a video as pictures, with the boxes, numbers and skeletons of the people.

With `--poses` it draws the contents of a pose file instead of running the pipeline. Boxes and
numbers are the tracker's, one colour per person; poses without a track are white. Bones range from
red (low) to green (high) by the lower confidence of their two joints.
"""

import argparse
import colorsys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias, get_args

import cv2
import numpy as np

from export.config.configure import check_rates, footage_path, make_out_folder
from export.data.rate_file import note_in
from export.extraction.footage import Footage, probe_pictures, probe_video
from export.extraction.pipeline import BoxKind, Recipe, person_poses, with_weights
from tracker.detection.key_frames import box_around
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.sources.pose_file import PersonPoses, read_people
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Frame, Image, PersonId, Pose, Track

Colour: TypeAlias = tuple[float, float, float]

FPS = 24.0  # of pictures, which have no rate of their own
WIDTH_PX = 1280  # smaller videos are enlarged by a whole factor, to about this width
BONES = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6),
    (5, 7), (7, 9), (6, 8), (8, 10), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
_GOLDEN = 0.618  # of the circle of hues: consecutive numbers get hues far apart
_WHITE: Colour = (255.0, 255.0, 255.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab draw`."""
    add = parser.add_argument
    add("--video", type=footage_path, required=True, help="the video file, or folder of pictures")
    add("--out", type=Path, required=True, help="folder of the pictures")
    add("--frames", type=int, nargs="+", required=True, help="numbers of the frames, from 0")
    add(
        "--poses",
        type=Path,
        help="draw this pose file of the video instead of running the pipeline",
    )
    add(
        "--poses-fps",
        type=float,
        help="rate of its frame numbers [as extract noted, else those of the video's frames]",
    )
    add("--boxes", choices=get_args(BoxKind), help="[yolox if it can be had]")
    add("--key-frames", type=int, default=1, help="YOLOX searches every N-th frame")
    add("--threads", type=int, default=2, help="processor cores to use")
    add("--models", type=Path, action="append", default=[], help="weights folder")


def run(arguments: argparse.Namespace) -> None:
    """Track people up to the last requested frame, and write the requested frames as PNG.

    Raises:
        BadFootage: the video is missing or cannot be read.
        BadPoses: the pose file is missing or malformed.
        ConfigError: a setting is wrong, the video has no such frame, or a picture cannot be
            written.
    """
    _check(arguments)
    place: Path = arguments.video
    clip = probe_pictures(place, FPS) if place.is_dir() else probe_video(place)
    pictures = _from_file(clip, arguments) if arguments.poses else _detected(clip, arguments)
    missing = set(arguments.frames)
    for frame, picture in pictures:
        file = arguments.out / f"{clip.name}_{frame.seq:06d}.png"
        if not cv2.imwrite(str(file), picture):
            raise ConfigError(f"{file} cannot be written")
        print(file)
        missing.discard(frame.seq)
    if missing:
        raise ConfigError(f"{place.name} has no frame {sorted(missing)[0]}")


def _check(arguments: argparse.Namespace) -> None:
    check_rates(arguments, "poses_fps")
    make_out_folder(arguments.out, "--out")


def _detected(clip: Footage, arguments: argparse.Namespace) -> Iterator[tuple[Frame, Image]]:
    """Run the pipeline up to the last wanted frame; yield the wanted frames and their pictures."""
    recipe = Recipe(models=tuple(arguments.models))
    recipe, _ = with_weights(recipe, boxes=arguments.boxes)
    telemetry = InMemoryTelemetry()
    estimator = person_poses(
        recipe.boxes,
        recipe.store,
        telemetry,
        threads=arguments.threads,
        key_frames=arguments.key_frames,
    )
    tracker = ByteTrack()
    for frame in islice(clip.read(), max(arguments.frames) + 1):
        searched = telemetry.value("frames_searched_total")
        poses = estimator.estimate(frame, tracker.expected(frame.at))
        tracks = tracker.update(frame, poses)
        if frame.seq in arguments.frames:
            key = telemetry.value("frames_searched_total") > searched
            yield frame, picture_of(frame, tracks, poses, key=key)


def _from_file(clip: Footage, arguments: argparse.Namespace) -> Iterator[tuple[Frame, Image]]:
    """Yield the wanted frames with the poses that a file has at their times."""
    people = read_people(arguments.poses)
    note = note_in(arguments.poses.parent)
    # A file with one pose a frame counts frames; one on a time grid counts the grid's ticks.
    grid_fps = note.fps if note is not None and note.frames == "grid" else None
    fps = arguments.poses_fps or grid_fps
    for frame in islice(clip.read(), max(arguments.frames) + 1):
        if frame.seq in arguments.frames:
            number = frame.seq if fps is None else round(frame.at * fps)
            yield frame, picture_of(frame, tracks_at(frame, people, number), [], key=False)


def tracks_at(frame: Frame, people: Mapping[int, PersonPoses], number: int) -> list[Track]:
    """Return the poses of a pose file at a frame number, as tracks."""
    tracks = []
    for person, poses in people.items():
        for joints in poses.joints[poses.frames == number]:
            pose = Pose(joints, box_around(joints), person, float(joints[:, 2].mean()))
            tracks.append(Track(PersonId("draw", "file", person), frame.seq, frame.at, pose))
    return tracks


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

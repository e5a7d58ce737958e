"""Clips to extract poses from: video files, and folders of pictures in natural order."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from PIL import Image as Pillow

from tracker.errors import BadFootage
from tracker.sources.file_search import files_below
from tracker.sources.opencv_capture import open_file
from tracker.sources.video_file import VideoFile
from tracker.sources.video_problems import cover_problem, why_unreadable
from tracker.sources.video_times import look_through
from tracker.types import Frame

VIDEO_SUFFIXES = (
    ".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".flv",
)  # fmt: skip
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
Found = TypeVar("Found")
# Containers only estimate how many frames they hold; fewer mean that decoding stopped early.
COMPLETE, SLACK_FRAMES, SLACK_S = 0.95, 2, 0.5
_ORIENTATION, _LYING = 0x0112, range(5, 9)  # EXIF: these values swap width and height


@dataclass(frozen=True, slots=True)
class Footage:
    """One clip: a video file, or a folder of pictures.

    Attributes:
        name: of its pose file, without the suffix.
        frames: their number.
        first: the first frame wanted.
        stop: the first one no longer wanted; None: all.
        length_s: of the whole clip; 0: unknown.
        varying: frame number / fps is not the time of every frame.
    """

    name: str
    path: Path
    fps: float
    frames: int
    first: int = 0
    stop: int | None = None
    length_s: float = 0.0
    varying: bool = False

    @property
    def wanted(self) -> int:
        """How many frames are wanted."""
        return (self.frames if self.stop is None else self.stop) - self.first

    def part(self, begin: float, end: float) -> "Footage":
        """Return the part between two fractions of its length."""
        stop = None if end == 1 else round(self.frames * end)
        return replace(self, first=round(self.frames * begin), stop=stop)

    def read(self, remark: Callable[[str], None] = print) -> Iterator[Frame]:
        """Yield the wanted frames, at = seconds from the first frame.

        Args:
            remark: gets a sentence about the clip's time stamps if they are not as they should be.

        Raises:
            BadFootage: a picture cannot be decoded, or the video ends early.
        """
        video = None if self.path.is_dir() else VideoFile("lab", self.path, real_time=False)
        decoded, at_s = 0, 0.0
        for frame in islice(_pictures(self) if video is None else video, self.stop):
            decoded, at_s = frame.seq + 1, frame.at
            if frame.seq >= self.first:
                yield frame
        if not self._is_whole(decoded, at_s):
            raise BadFootage(
                f"{self.path} decodes only up to frame {decoded} of {self.frames}; repair it, or "
                f"extract only the good part with --end {decoded / self.frames * 0.99:.2f}"
            )
        for note in () if video is None else video.notes():
            remark(f"{self.path.name}: {note}")

    def _is_whole(self, decoded: int, at_s: float) -> bool:
        """Whether all wanted frames came; two packets may make one frame, but time is time."""
        if decoded >= COMPLETE * (self.first + self.wanted) - SLACK_FRAMES:
            return True
        return self.stop is None and at_s >= COMPLETE * self.length_s - SLACK_S > 0


def gather(videos: Sequence[Path], folders: Sequence[Path], pictures_fps: float) -> list[Footage]:
    """Find every clip, in natural order, and open each once to check that it can be read.

    Args:
        videos: files, and folders to search at any depth.
        folders: folders of pictures, or folders of such folders.
        pictures_fps: the rate of pictures.

    Raises:
        BadFootage: clips are missing or cannot be read, or two have the same name; the text has a
            line for each.
    """
    problems: list[str] = []
    files = [_tried(_videos, place, problems) for place in videos]
    inner = [_tried(_folders, place, problems) for place in folders]
    probes = [partial(_tried, probe_video, file) for found in files for file in found or ()]
    of_pictures = partial(probe_pictures, fps=pictures_fps)
    probes += [partial(_tried, of_pictures, folder) for found in inner for folder in found or ()]
    clips = [clip for probe in probes if (clip := probe(problems)) is not None]
    problems += _same_names(clips)
    if problems:
        raise BadFootage(
            "\n  ".join(problems if len(problems) < 2 else ["bad footage:", *problems])
        )
    return clips


def probe_video(path: Path) -> Footage:
    """Open a video, decode its first frame and look through its packets.

    Raises:
        BadFootage: it cannot be read.
    """
    if not path.is_file():
        raise BadFootage(f"no such video: {path}")
    capture = open_file(path)
    try:
        if not capture.read()[0]:
            raise BadFootage(f"{path.parent}: {why_unreadable(path)}")
        if (problem := cover_problem(path, capture)) is not None:
            raise BadFootage(f"{path.parent}: {problem}")
    finally:
        capture.release()
    times = look_through(path)
    return Footage(
        path.stem,
        path,
        times.fps,
        times.frames,
        length_s=times.length_s,
        varying=times.varying,
    )


def probe_pictures(folder: Path, fps: float) -> Footage:
    """Read the headers of a folder's pictures.

    Raises:
        BadFootage: a header cannot be read, or the pictures differ in size.
    """
    files = _in_folder(folder)
    if not files:
        raise BadFootage(f"{folder} holds no pictures; they end in {', '.join(PICTURE_SUFFIXES)}")
    size_px = _size_px(files[0])
    for file in files[1:]:
        if (other_px := _size_px(file)) != size_px:
            raise BadFootage(
                f"{folder} mixes sizes: {files[0].name} has {size_px[0]}×{size_px[1]} pixels, "
                f"{file.name} {other_px[0]}×{other_px[1]}; one folder is one camera's clip"
            )
    return Footage(folder.resolve().name, folder, fps, len(files))


def natural(path: Path) -> list[tuple[int, str]]:
    """Return a sorting key by which frame 10 comes after frame 9."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _tried(look: Callable[[Path], Found], place: Path, problems: list[str]) -> Found | None:
    """Return what `look` finds; on BadFootage add its text to the problems and return None."""
    try:
        return look(place)
    except BadFootage as err:
        problems.append(str(err))
        return None


def _videos(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    files = [path for path in files_below(place) if path.suffix.lower() in VIDEO_SUFFIXES]
    if not files:
        raise BadFootage(f"{place} holds no videos; they end in {', '.join(VIDEO_SUFFIXES)}")
    return sorted(files, key=natural)


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        raise BadFootage(f"no such folder of pictures: {place}")
    inner = [path for path in place.iterdir() if path.is_dir() and not _hidden(path, place)]
    if not inner:
        return [place]
    if _in_folder(place):
        raise BadFootage(f"{place} holds both pictures and folders; keep only one kind in it")
    return sorted(inner, key=natural)


def _in_folder(folder: Path) -> list[Path]:
    files = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
    return sorted((path for path in files if not _hidden(path, folder)), key=natural)


def _hidden(path: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(below).parts)


def _size_px(file: Path) -> tuple[int, int]:
    """Return width and height as decoded, read from the file's header."""
    try:
        with Pillow.open(file) as picture:
            width_px, height_px = picture.size
            lying = picture.getexif().get(_ORIENTATION) in _LYING
    except (OSError, SyntaxError, Pillow.DecompressionBombError) as err:
        raise BadFootage(f"{file} cannot be read as picture: {err}") from err
    return (height_px, width_px) if lying else (width_px, height_px)


def _pictures(clip: Footage) -> Iterator[Frame]:
    for seq, file in enumerate(_in_folder(clip.path)):
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise BadFootage(f"{file} cannot be decoded; replace it, or leave its folder out")
        height_px, width_px = image.shape[:2]
        pixels = image.astype(np.uint8, copy=False)
        yield Frame("lab", "0", seq, seq / clip.fps, width_px, height_px, image=pixels)


def _same_names(clips: Sequence[Footage]) -> list[str]:
    places: dict[str, list[Path]] = {}
    for clip in clips:
        places.setdefault(clip.name, []).append(clip.path)
    return [
        f"{' and '.join(map(str, paths))} would write the same pose file; rename all but one"
        for paths in places.values()
        if len(paths) > 1
    ]

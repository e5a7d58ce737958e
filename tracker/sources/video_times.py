"""Look through the packets of a video file for its true rate, length and number of frames.

What a container states of itself is often a guess: transport streams state their field rate or the
unit of their clock, and only some formats count their frames.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.limits import is_frame_rate
from tracker.sources.opencv_capture import open_file
from tracker.sources.presentation_times import DISORDER_S, LONGEST_HOLE_S

DEFAULT_FPS = 25.0  # for files without rate and time stamps
MOST_PACKETS = 200_000  # over an hour; the rest of a longer file is estimated
COUNTS_FRAMES = (".mp4", ".m4v", ".mov", ".avi")
STATES_LENGTH = (".mkv", ".webm", ".flv", ".wmv")
# A video's rate varies if some frame is this far from number / rate.
_DRIFT_S, _DRIFT = 0.25, 0.01


@dataclass(frozen=True, slots=True)
class VideoTimes:
    """When the frames of a file come.

    Attributes:
        fps: the usual rate of its frames, without holes.
        frames: their number; that of the container where the file is shorter than it states.
        length_s: from the first frame to the end of the last; 0 if unknown.
        varying: frame number / fps is not the time of every frame.
    """

    fps: float
    frames: int
    length_s: float
    varying: bool = False


def look_through(path: Path) -> VideoTimes:
    """Read the file's packets, without decoding them.

    Of a file that cannot be read at all, the number of frames is 0.
    """
    capture = open_file(path, packets=True)
    try:
        stated = _Stated(
            path.suffix.lower(),
            capture.get(cv2.CAP_PROP_FPS),
            capture.get(cv2.CAP_PROP_FRAME_COUNT),
        )
        stamps_s: list[float] = []
        while len(stamps_s) < MOST_PACKETS and capture.grab():
            stamps_s.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    finally:
        capture.release()
    return _times(np.array(stamps_s, np.float64), stated)


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the container states of itself, be it true or not."""

    suffix: str
    fps: float
    frames: float

    @property
    def length_s(self) -> float:
        return self.frames / self.fps if self.fps > 0 and self.frames > 0 else 0.0


def _times(stamps_s: NDArray[np.float64], stated: _Stated) -> VideoTimes:
    steps_s, parts = _steps(stamps_s)
    fps = _rate(steps_s, stated.fps)
    # The last frame of each recording lasts as long as any other.
    seen_s = float(steps_s.sum()) + (parts if len(steps_s) else len(stamps_s)) / fps
    if len(stamps_s) == MOST_PACKETS:
        length_s = max(stated.length_s, seen_s)
        frames = max(round(len(stamps_s) * length_s / seen_s), len(stamps_s))
        return VideoTimes(fps, frames, length_s, _varies(steps_s, fps))
    frames, length_s = _whole(len(stamps_s), seen_s, fps, stated)
    return VideoTimes(fps, frames, length_s, _varies(steps_s, fps))


def _steps(stamps_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return the times between frames, of packets in decoding order, and how many recordings."""
    before, here, after = stamps_s[:-2], stamps_s[1:-1], stamps_s[2:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    absurd = (high - low < DISORDER_S) & ((here < low - DISORDER_S) | (here > high + DISORDER_S))
    stamps_s = np.delete(stamps_s, np.flatnonzero(absurd) + 1)
    # Several recordings in one file, each of which begins its stamps again.
    parts = np.split(stamps_s, np.flatnonzero(np.diff(stamps_s) < -DISORDER_S) + 1)
    steps_s = np.concatenate([np.diff(np.sort(part)) for part in parts])
    return steps_s[(steps_s > 0) & (steps_s <= LONGEST_HOLE_S)], len(parts)


def _rate(steps_s: NDArray[np.float64], stated_fps: float) -> float:
    """Return the usual rate; the container's own where the stamps agree, for it is not rounded."""
    if not len(steps_s):
        return stated_fps if is_frame_rate(stated_fps) else DEFAULT_FPS
    usual_s = float(np.median(steps_s))
    near = steps_s[(steps_s > 0.5 * usual_s) & (steps_s < 1.5 * usual_s)]
    fps = 1 / float(near.mean())
    return stated_fps if abs(stated_fps - fps) < 0.01 * fps else fps


def _whole(found: int, seen_s: float, fps: float, stated: _Stated) -> tuple[int, float]:
    """Return the number of frames and the length that a whole file has; it may be cut off."""
    if abs(stated.length_s - seen_s) <= 0.05 * seen_s + 0.5:
        return found, seen_s
    if stated.suffix in COUNTS_FRAMES and stated.frames > found:
        return int(stated.frames), 0.0
    if stated.suffix in STATES_LENGTH and stated.length_s > seen_s:
        return round(stated.length_s * fps), stated.length_s
    return found, seen_s


def _varies(steps_s: NDArray[np.float64], fps: float) -> bool:
    at_s = np.cumsum(steps_s)
    drift_s = np.abs(at_s - np.arange(1, len(at_s) + 1) / fps)
    return bool((drift_s > _DRIFT_S + _DRIFT * at_s).any())

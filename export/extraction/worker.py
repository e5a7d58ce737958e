"""A process that extracts clips: one JSON message a line, requests on stdin, answers on stdout.

The first line is the recipe, each further one a clip; the end of stdin ends the process.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

import msgspec

from export.data.pose_writer import SUFFIX
from export.extraction.footage import Footage
from export.extraction.pipeline import Recipe, estimator_for, extract
from tracker.errors import WardenError
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import Frame

Kind = TypeVar("Kind")
TELL_EVERY_S = 0.25


class ExtractRequest(msgspec.Struct, frozen=True):
    """What a worker is to do with every clip."""

    recipe: Recipe
    out: Path


class FramesRead(msgspec.Struct, tag="seen", frozen=True):
    """So many frames of the clip are done."""

    frames: int


class Done(msgspec.Struct, tag="done", frozen=True):
    """The clip's pose file is written."""

    frames: int
    poses: int
    people: int


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """The clip cannot be extracted."""

    reason: str


ExtractAnswer: TypeAlias = FramesRead | Done | Failed


def to_line(message: ExtractRequest | Footage | ExtractAnswer) -> bytes:
    """Return a message as one line."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"


def answer_in(line: bytes) -> ExtractAnswer:
    """Read a worker's answer."""
    answer: ExtractAnswer = msgspec.json.decode(line, type=ExtractAnswer)
    return answer


def main() -> None:
    """Work until nobody sends clips any more."""
    # Whatever a library prints goes to stderr: stdout is for answers alone.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    request = _read(sys.stdin.buffer.readline(), ExtractRequest)
    shared = estimator_for(request.recipe) if request.recipe.pose == "rtmo" else None
    for line in iter(sys.stdin.buffer.readline, b""):
        clip = _read(line, Footage)
        try:
            estimator = shared or estimator_for(request.recipe)
            frames = _Counted(clip.read(), lambda seen: _say(answers, FramesRead(seen)))
            poses = extract(frames, estimator, ByteTrack(), request.recipe.fps)
            written = poses.write(request.out / f"{clip.name}{SUFFIX}")
        except (WardenError, OSError) as err:
            _say(answers, Failed(str(err)))
        else:
            _say(answers, Done(frames.seen, written, poses.people))


class _Counted:
    """Passes frames on and tells now and then how many they were."""

    def __init__(self, frames: Iterator[Frame], tell: Callable[[int], None]) -> None:
        self._frames = frames
        self._tell = tell
        self.seen = 0

    def __iter__(self) -> Iterator[Frame]:
        told_at = time.monotonic()
        for frame in self._frames:
            yield frame
            self.seen += 1
            if time.monotonic() - told_at >= TELL_EVERY_S:
                self._tell(self.seen)
                told_at = time.monotonic()


def _say(answers: BinaryIO, answer: ExtractAnswer) -> None:
    answers.write(to_line(answer))


def _read(line: bytes, kind: type[Kind]) -> Kind:
    return msgspec.json.decode(line, type=kind, dec_hook=lambda wanted, value: wanted(value))


if __name__ == "__main__":
    main()

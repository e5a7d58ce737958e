"""Worker process that extracts clips: JSON lines, requests on stdin and replies on stdout.

The first line is an `ExtractRequest`, each further one a clip. The process exits when stdin closes.
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
from tracker.weights.store import RTMO_WEIGHTS

Kind = TypeVar("Kind")
PROGRESS_EVERY_S = 0.25


class ExtractRequest(msgspec.Struct, frozen=True):
    """How to extract every clip, and the folder to write its pose file to."""

    recipe: Recipe
    out: Path


class ExtractProgress(msgspec.Struct, tag="seen", frozen=True):
    """How many frames of the clip are extracted so far."""

    frames: int


class ClipDone(msgspec.Struct, tag="done", frozen=True):
    """The clip's pose file is written."""

    frames: int
    poses: int
    people: int
    remarks: tuple[str, ...] = ()


class ClipFailed(msgspec.Struct, tag="failed", frozen=True):
    """The clip cannot be extracted."""

    reason: str


ExtractReply: TypeAlias = ExtractProgress | ClipDone | ClipFailed


def encode_line(message: ExtractRequest | Footage | ExtractReply) -> bytes:
    """Encode a message as one line of JSON."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"


def parse_reply(line: bytes) -> ExtractReply:
    """Decode a reply of a worker from one line."""
    reply: ExtractReply = msgspec.json.decode(line, type=ExtractReply)
    return reply


def main() -> None:
    """Extract the clips named on stdin, one after the other, until it closes."""
    # What libraries print goes to stderr: stdout carries replies only.
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    request = _read(sys.stdin.buffer.readline(), ExtractRequest)
    shared = estimator_for(request.recipe) if request.recipe.pose in RTMO_WEIGHTS else None
    for line in iter(sys.stdin.buffer.readline, b""):
        clip = _read(line, Footage)
        try:
            estimator = shared or estimator_for(request.recipe)
            remarks: list[str] = []
            read = clip.read(remarks.append)
            frames = _Counted(read, lambda count: _send(replies, ExtractProgress(count)))
            poses = extract(frames, estimator, ByteTrack(), request.recipe.fps)
            written = poses.write(request.out / f"{clip.name}{SUFFIX}")
        except (WardenError, OSError) as err:
            _send(replies, ClipFailed(str(err)))
        else:
            done = ClipDone(frames.count, written, poses.people, tuple(remarks))
            _send(replies, done)


class _Counted:
    """Iterates over frames and reports their number every `PROGRESS_EVERY_S`."""

    def __init__(self, frames: Iterator[Frame], report: Callable[[int], None]) -> None:
        self._frames = frames
        self._report = report
        self.count = 0

    def __iter__(self) -> Iterator[Frame]:
        reported_at = time.monotonic()
        for frame in self._frames:
            yield frame
            self.count += 1
            if time.monotonic() - reported_at >= PROGRESS_EVERY_S:
                self._report(self.count)
                reported_at = time.monotonic()


def _send(replies: BinaryIO, reply: ExtractReply) -> None:
    replies.write(encode_line(reply))


def _read(line: bytes, kind: type[Kind]) -> Kind:
    return msgspec.json.decode(line, type=kind, dec_hook=lambda wanted, value: wanted(value))


if __name__ == "__main__":
    main()

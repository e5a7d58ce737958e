"""Shows the progress of an extraction: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from export.data.pose_writer import SUFFIX
from export.extraction.footage import Footage
from export.extraction.worker import ClipDone
from export.extraction.worker_pool import ProgressListener

LINE_EVERY_S = 60.0


class ProgressDisplay(ProgressListener):
    """Prints a line for each clip that ends, and the number of frames done.

    Attributes:
        failures: path and reason of each clip that failed.
    """

    def __init__(
        self, clips: Sequence[Footage], out: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.failures: list[tuple[str, str]] = []
        self._out = out
        self._clock = clock
        self._clips = len(clips)
        self._ended = 0
        self._running: dict[str, int] = {}
        self._over = 0  # frames of the clips that have ended
        # `disable=None`: no bar unless stderr is a terminal.
        total = sum(clip.wanted for clip in clips)
        self._bar = tqdm(total=total, unit=" frames", disable=None, smoothing=0.1)
        self._reported_at = self._began_at = clock()

    def __enter__(self) -> "ProgressDisplay":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._bar.close()
        if kind is KeyboardInterrupt:
            self._print("finished files are kept; run the same command again to continue")

    def advanced(self, clip: Footage, frames: int) -> None:
        self._running[clip.name] = frames
        self._advance()

    def done(self, clip: Footage, done: ClipDone) -> None:
        self._end(clip, done.frames)
        self._print(
            f"{self._out / clip.name}{SUFFIX}: {done.poses} poses, {done.people} people, "
            f"{done.frames} frames"
        )
        for remark in done.remarks:
            self._print(f"note: {remark}")

    def failed(self, clip: Footage, reason: str) -> None:
        self._end(clip, clip.wanted)
        self.failures.append((str(clip.path), reason))
        self._print(f"{clip.path}: failed")

    def _end(self, clip: Footage, frames: int) -> None:
        self._ended += 1
        self._over += frames
        self._running.pop(clip.name, None)
        self._advance()

    def _advance(self) -> None:
        frames = self._over + sum(self._running.values())
        self._bar.update(frames - self._bar.n)
        now = self._clock()
        if self._bar.disable and now - self._reported_at >= LINE_EVERY_S:
            self._reported_at = now
            rate = frames / (now - self._began_at)
            self._print(f"{frames} of {self._bar.total} frames, {rate:.0f}/s")

    def _print(self, line: str) -> None:
        tqdm.write(f"[{self._ended}/{self._clips}] {line}")
        sys.stdout.flush()  # so that a log file shows it at once

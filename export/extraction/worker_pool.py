"""Worker processes that share the clips out among themselves; one that dies takes one clip along.

Threads would not do: a decoder that crashes ends its process, and estimators hold the interpreter.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from export.data.pose_writer import SUFFIX, part_of
from export.extraction.footage import Footage
from export.extraction.worker import Done, Failed, Order, ScoreResult, Seen, answer_in, to_line
from tracker.child_process import signalled_with_parent

_COMMAND = [sys.executable, "-P", "-m", "export.extraction.worker"]
_PIECE_BYTES = 1 << 16


class Audience(Protocol):
    """Who is told how the work goes."""

    def seen(self, clip: Footage, frames: int) -> None:
        """So many frames of a clip are done."""
        ...

    def done(self, clip: Footage, done: Done) -> None:
        """A clip is finished."""
        ...

    def failed(self, clip: Footage, reason: str) -> None:
        """A clip is given up."""
        ...


def work_through(clips: Sequence[Footage], order: Order, *, workers: int, tell: Audience) -> None:
    """Extract all clips; whatever becomes of this, no worker is left and no half file."""
    waiting = deque(clips)
    with contextlib.ExitStack() as crew, selectors.DefaultSelector() as selector:

        def hire() -> None:
            worker = crew.enter_context(_Worker(order))
            selector.register(worker.answers, selectors.EVENT_READ, worker)
            worker.take(waiting.popleft())

        for _ in range(min(workers, len(waiting))):
            hire()
        while selector.get_map():
            for key, _ in selector.select():
                worker: _Worker = key.data
                _listen(worker, tell, waiting)
                if worker.clip is None:
                    selector.unregister(worker.answers)
                    worker.dismiss()
                    if waiting:
                        hire()


def _listen(worker: "_Worker", tell: Audience, waiting: deque[Footage]) -> None:
    """Pass a worker's answers on, and clips to it; it has none afterwards when it is of no use."""
    for answer in worker.hear():
        clip = worker.clip
        if clip is None:
            return
        if isinstance(answer, Seen):
            tell.seen(clip, answer.frames)
            continue
        if isinstance(answer, Done):
            tell.done(clip, answer)
        else:
            tell.failed(clip, answer.reason)
        worker.clip = None
        if waiting and worker.alive:
            worker.take(waiting.popleft())


class _Worker:
    """One process. Leaving its context kills it and removes what it had half written.

    Attributes:
        clip: what it works on.
        alive: it has not closed its end of the pipe.
    """

    def __init__(self, order: Order) -> None:
        self.clip: Footage | None = None
        self.alive = True
        self._out = order.out
        self._heard = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `dismiss`
        # A group of its own: Ctrl-C is for us, who then kill it, and not for its traceback.
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            preexec_fn=signalled_with_parent(signal.SIGKILL),
            process_group=0,
        )
        assert self._process.stdin is not None  # noqa: S101 -- narrows the type
        assert self._process.stdout is not None  # noqa: S101 -- narrows the type
        self._orders, self.answers = self._process.stdin, self._process.stdout
        self._send(to_line(order))

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def take(self, clip: Footage) -> None:
        """Begin with a clip."""
        self.clip = clip
        self._send(to_line(clip))

    def hear(self) -> Iterator[ScoreResult]:
        """Yield what it has said; its death is told as the failure of its clip."""
        piece = os.read(self.answers.fileno(), _PIECE_BYTES)
        *lines, self._heard = (self._heard + piece).split(b"\n")
        for line in lines:
            yield answer_in(line)
        if not piece:
            self.alive = False
            yield Failed(self._obituary())

    def dismiss(self) -> None:
        """Kill it; nothing of it is left."""
        self._process.kill()
        self._process.wait()
        if self.clip is not None:
            part_of(self._out / f"{self.clip.name}{SUFFIX}", self._process.pid).unlink(True)
        for pipe in (self._orders, self.answers, self._errors):
            pipe.close()

    def _send(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died: `hear` tells of that
            self._orders.write(line)

    def _obituary(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "it said nothing")
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"its process died ({cause}): {last}"

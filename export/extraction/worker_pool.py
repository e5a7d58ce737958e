"""Worker processes, one clip at a time each; one that dies costs its clip alone.

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
from export.extraction.worker import (
    Done,
    ExtractAnswer,
    ExtractRequest,
    Failed,
    FramesRead,
    answer_in,
    to_line,
)
from tracker.child_process import signalled_with_parent

_COMMAND = [sys.executable, "-P", "-m", "export.extraction.worker"]
_PIECE_BYTES = 1 << 16


class ProgressListener(Protocol):
    """Receives the progress of every clip."""

    def frames_read(self, clip: Footage, frames: int) -> None:
        """So many frames of a clip are done."""
        ...

    def done(self, clip: Footage, done: Done) -> None:
        """A clip is finished."""
        ...

    def failed(self, clip: Footage, reason: str) -> None:
        """A clip is given up."""
        ...


def work_through(
    clips: Sequence[Footage], request: ExtractRequest, *, workers: int, listener: ProgressListener
) -> None:
    """Extract all clips; however it ends, no worker is left running and no file half written."""
    waiting = deque(clips)
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:

        def start_worker() -> None:
            worker = stack.enter_context(_Worker(request))
            selector.register(worker.answers, selectors.EVENT_READ, worker)
            worker.take(waiting.popleft())

        for _ in range(min(workers, len(waiting))):
            start_worker()
        while selector.get_map():
            for key, _ in selector.select():
                worker: _Worker = key.data
                _listen(worker, listener, waiting)
                if worker.clip is None:
                    selector.unregister(worker.answers)
                    worker.dismiss()
                    if waiting:
                        start_worker()


def _listen(worker: "_Worker", listener: ProgressListener, waiting: deque[Footage]) -> None:
    """Pass a worker's answers on, and clips to it; it has none afterwards when it has ended."""
    for answer in worker.hear():
        clip = worker.clip
        if clip is None:
            return
        if isinstance(answer, FramesRead):
            listener.frames_read(clip, answer.frames)
            continue
        if isinstance(answer, Done):
            listener.done(clip, answer)
        else:
            listener.failed(clip, answer.reason)
        worker.clip = None
        if waiting and worker.alive:
            worker.take(waiting.popleft())


class _Worker:
    """One process. Leaving its context kills it and removes what it had half written.

    Attributes:
        clip: what it works on.
        alive: it has not closed its end of the pipe.
    """

    def __init__(self, request: ExtractRequest) -> None:
        self.clip: Footage | None = None
        self.alive = True
        self._out = request.out
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
        self._requests, self.answers = self._process.stdin, self._process.stdout
        self._send(to_line(request))

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def take(self, clip: Footage) -> None:
        """Begin with a clip."""
        self.clip = clip
        self._send(to_line(clip))

    def hear(self) -> Iterator[ExtractAnswer]:
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
        for pipe in (self._requests, self.answers, self._errors):
            pipe.close()

    def _send(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died: `hear` tells of that
            self._requests.write(line)

    def _obituary(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "it said nothing")
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"its process died ({cause}): {last}"

"""Runs worker processes that extract clips in parallel; a crash costs one clip.

Not threads: a decoder that crashes ends its process, and estimators hold the interpreter lock.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from export.data.pose_writer import SUFFIX, part_of
from export.extraction.footage import Footage
from export.extraction.worker import (
    ClipDone,
    ClipFailed,
    ExtractProgress,
    ExtractReply,
    ExtractRequest,
    encode_line,
    parse_reply,
)
from tracker.child_process import isolated, signalled_with_parent

_COMMAND = isolated("export.extraction.worker")
_PIECE_BYTES = 1 << 16


class ProgressListener(Protocol):
    """Receives the progress of an extraction."""

    def advanced(self, clip: Footage, frames: int) -> None:
        """Take the number of frames of a clip extracted so far."""
        ...

    def done(self, clip: Footage, done: ClipDone) -> None:
        """Take the result of a clip that is finished."""
        ...

    def failed(self, clip: Footage, reason: str) -> None:
        """Take the reason why a clip failed."""
        ...


def run_workers(
    clips: Sequence[Footage], request: ExtractRequest, *, workers: int, listener: ProgressListener
) -> None:
    """Extract all clips; on any exit, kill the workers and remove their partial files."""
    waiting = deque(clips)
    with contextlib.ExitStack() as workers_alive, selectors.DefaultSelector() as selector:

        def start_worker() -> None:
            worker = workers_alive.enter_context(_Worker(request))
            selector.register(worker.replies, selectors.EVENT_READ, worker)
            worker.extract(waiting.popleft())

        for _ in range(min(workers, len(waiting))):
            start_worker()
        while selector.get_map():
            for key, _ in selector.select():
                worker: _Worker = key.data
                _handle_replies(worker, listener, waiting)
                if worker.clip is None:
                    selector.unregister(worker.replies)
                    worker.stop()
                    if waiting:
                        start_worker()


def _handle_replies(worker: "_Worker", listener: ProgressListener, waiting: deque[Footage]) -> None:
    """Pass a worker's replies to the listener and its next clip to the worker.

    Afterwards `worker.clip` is None if the worker is dead or no clip is waiting.
    """
    for reply in worker.receive():
        clip = worker.clip
        if clip is None:
            return
        if isinstance(reply, ExtractProgress):
            listener.advanced(clip, reply.frames)
            continue
        if isinstance(reply, ClipDone):
            listener.done(clip, reply)
        else:
            listener.failed(clip, reply.reason)
        worker.clip = None
        if waiting and worker.alive:
            worker.extract(waiting.popleft())


class _Worker:
    """One worker process. Leaving its context kills it and removes its partial file.

    Attributes:
        clip: the clip it is extracting.
        alive: its end of the pipe is open.
    """

    def __init__(self, request: ExtractRequest) -> None:
        self.clip: Footage | None = None
        self.alive = True
        self._out = request.out
        self._unread = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `stop`
        # Its own process group: Ctrl-C reaches only the parent, which then kills the workers.
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
        self._requests, self.replies = self._process.stdin, self._process.stdout
        self._send(encode_line(request))

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def extract(self, clip: Footage) -> None:
        """Send a clip to extract."""
        self.clip = clip
        self._send(encode_line(clip))

    def receive(self) -> Iterator[ExtractReply]:
        """Yield the replies received; if the process has died, its clip has failed."""
        piece = os.read(self.replies.fileno(), _PIECE_BYTES)
        *lines, self._unread = (self._unread + piece).split(b"\n")
        for line in lines:
            yield parse_reply(line)
        if not piece:
            self.alive = False
            yield ClipFailed(self._cause_of_death())

    def stop(self) -> None:
        """Kill the process, remove its partial file and close its pipes."""
        self._process.kill()
        self._process.wait()
        if self.clip is not None:
            part_of(self._out / f"{self.clip.name}{SUFFIX}", self._process.pid).unlink(True)
        for pipe in (self._requests, self.replies, self._errors):
            pipe.close()

    def _send(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died: `receive` reports that
            self._requests.write(line)

    def _cause_of_death(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"its process died ({cause}): {last}"

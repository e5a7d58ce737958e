"""What keeps a process from speaking for a camera whose lease it no longer holds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from tracker.camera.loop import Parts
from tracker.errors import StoreUnavailable
from tracker.ports import StatusStore, WindowStore
from tracker.types import CameraStatus, FrameView, Samples


class LeaseGuard:
    """Open as long as a camera's lease is surely ours: it closes by itself when not renewed.

    Redis frees a lease by its own clock, from when it took our word; we count from before we gave
    it. So the fence closes first, and no successor can have begun.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._open_until_s = float("-inf")

    def open(self, until_s: float) -> None:
        """Let calls pass until then."""
        with self._lock:
            self._open_until_s = until_s

    def close(self) -> None:
        """Let no call pass any more; returns once the last one is through."""
        self.open(float("-inf"))

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold the fence open for one call.

        Raises:
            StoreUnavailable: it is closed.
        """
        with self._lock:
            if self._clock() >= self._open_until_s:
                raise StoreUnavailable("the camera's lease is not ours")
            yield


def fenced(parts: Parts, fence: LeaseGuard) -> Parts:
    """Return a camera's parts that speak while the fence is open."""
    return replace(
        parts, store=FencedStore(parts.store, fence), board=FencedBoard(parts.board, fence)
    )


class FencedStore(WindowStore):
    """Passes a camera's samples on while its fence is open."""

    def __init__(self, store: WindowStore, fence: LeaseGuard) -> None:
        self._store = store
        self._fence = fence

    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        with self._fence.passing():
            return self._store.push(view, samples)


class FencedBoard(StatusStore):
    """Passes a camera's reports on while its fence is open."""

    def __init__(self, board: StatusStore, fence: LeaseGuard) -> None:
        self._board = board
        self._fence = fence

    def report(self, status: CameraStatus) -> None:
        with self._fence.passing():
            self._board.report(status)

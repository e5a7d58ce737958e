"""What keeps a process from speaking for a camera whose lease it no longer holds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from tracker.camera.loop import CameraDependencies
from tracker.errors import StoreUnavailable
from tracker.ports import StatusStore, WindowStore
from tracker.types import CameraStatus, FrameCues, FrameView, Samples


class LeaseGuard:
    """Open as long as a camera's lease is surely ours: it closes by itself when not renewed.

    Redis frees a lease by its own clock, from when it took our word; we count from before we gave
    it. So the guard closes first, and no successor can have begun.

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
    def while_held(self) -> Iterator[None]:
        """Hold the guard open for one call.

        Raises:
            StoreUnavailable: it is closed.
        """
        with self._lock:
            if self._clock() >= self._open_until_s:
                raise StoreUnavailable("the camera's lease is not ours")
            yield


def guarded(dependencies: CameraDependencies, guard: LeaseGuard) -> CameraDependencies:
    """Return a camera's dependencies that speak while the guard is open."""
    return replace(
        dependencies,
        window_store=GuardedWindowStore(dependencies.window_store, guard),
        status_store=GuardedStatusStore(dependencies.status_store, guard),
    )


class GuardedWindowStore(WindowStore):
    """Passes a camera's samples on while its guard is open."""

    def __init__(self, store: WindowStore, guard: LeaseGuard) -> None:
        self._store = store
        self._guard = guard

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        with self._guard.while_held():
            return self._store.push(view, samples, cues)


class GuardedStatusStore(StatusStore):
    """Passes a camera's reports on while its guard is open."""

    def __init__(self, board: StatusStore, guard: LeaseGuard) -> None:
        self._board = board
        self._guard = guard

    def report(self, status: CameraStatus) -> None:
        with self._guard.while_held():
            self._board.report(status)

"""Keeps a process from writing for a camera whose lease it no longer holds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from tracker.camera.dependencies import CameraDependencies
from tracker.errors import StoreUnavailable
from tracker.ports import SceneStore, StatusStore, WindowStore
from tracker.scene_block import SceneBlock
from tracker.types import CameraStatus, FrameCues, FrameView, Samples


class LeaseGuard:
    """Open while a camera's lease is certainly ours; closes by itself unless renewed.

    We start our lease timer before sending the request, so it always expires before Redis's does,
    and no successor can have begun.

    Args:
        clock: monotonic seconds.
        silent: the camera is prepared for taking it over: until the guard is opened or closed,
            what it would write is dropped without an error.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, silent: bool = False
    ) -> None:
        self._clock = clock
        self._lock = Lock()
        self._open_until_s = float("-inf")
        self._silent = silent
        self.was_asked = False

    def open(self, until_s: float) -> None:
        """Allow calls until then."""
        with self._lock:
            self._open_until_s, self._silent = until_s, False

    def drops(self) -> bool:
        """Tell whether what is to be written now is dropped; remembers that there was something."""
        with self._lock:
            self.was_asked = self.was_asked or self._silent
            return self._silent

    @property
    def is_silent(self) -> bool:
        """Whether the camera is only prepared."""
        return self._silent

    def close(self) -> None:
        """Allow no more calls; returns once the last one has finished."""
        self.open(float("-inf"))

    @contextmanager
    def while_held(self) -> Iterator[None]:
        """Run one call while the lease is held.

        Raises:
            StoreUnavailable: the lease is not ours.
        """
        with self._lock:
            if self._clock() >= self._open_until_s:
                raise StoreUnavailable("the camera's lease is not ours")
            yield


def guarded(dependencies: CameraDependencies, guard: LeaseGuard) -> CameraDependencies:
    """Return a camera's dependencies whose stores write only while the lease is held."""
    return replace(
        dependencies,
        window_store=GuardedWindowStore(dependencies.window_store, guard),
        status_store=GuardedStatusStore(dependencies.status_store, guard),
        scenes=GuardedSceneStore(dependencies.scenes, guard),
    )


class GuardedWindowStore(WindowStore):
    """Pushes a camera's samples while its lease is held."""

    def __init__(self, store: WindowStore, guard: LeaseGuard) -> None:
        self._store = store
        self._guard = guard

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        if self._guard.drops():
            return 0
        with self._guard.while_held():
            return self._store.push(view, samples, cues)


class GuardedSceneStore(SceneStore):
    """Keeps what a camera saw of people while its lease is held."""

    def __init__(self, store: SceneStore, guard: LeaseGuard) -> None:
        self._store = store
        self._guard = guard

    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        if self._guard.drops():
            return
        with self._guard.while_held():
            self._store.put(camera, writer, blocks)


class GuardedStatusStore(StatusStore):
    """Reports a camera's status while its lease is held."""

    def __init__(self, status_store: StatusStore, guard: LeaseGuard) -> None:
        self._status_store = status_store
        self._guard = guard

    def report(self, status: CameraStatus) -> None:
        # Of a camera that still connects nothing is prepared yet; of one that is lost, no more is.
        if self._guard.is_silent and (status.state == "connecting" or self._guard.drops()):
            return
        with self._guard.while_held():
            self._status_store.report(status)

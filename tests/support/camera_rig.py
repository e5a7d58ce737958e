"""One camera's loop in a thread, on parts of the test's choice."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import numpy as np

from support.waiting import PATIENCE_S
from tracker.camera.dependencies import CameraDependencies
from tracker.camera.loop import run_camera_loop
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.ports import FrameSource, StatusStore, WindowStore
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import CameraStatus, Frame, FrameCues, FrameView, Pose, Samples


class Played(FrameSource):
    """Each opening plays the next scene: frame numbers, then an error or the end."""

    def __init__(
        self, *scenes: tuple[Sequence[int], Exception | None], notes: tuple[str, ...] = ()
    ) -> None:
        self._scenes = list(scenes)
        self._notes = notes
        self._body = Pose(np.ones((17, 3), np.float32), np.zeros(4, np.float32), 1)
        self.opened = 0

    def __iter__(self) -> Iterator[Frame]:
        self.opened += 1
        seqs, error = self._scenes.pop(0)
        for seq in seqs:
            at = 1.79e9 + seq / 24
            yield Frame("gate", f"s{self.opened}", seq, at, 64, 48, poses=(self._body,))
        if error is not None:
            raise error

    def notes(self) -> tuple[str, ...]:
        return self._notes


class Kept(WindowStore, StatusStore):
    """Store and board in one: keeps what it is told; may be out of order for a while."""

    def __init__(self) -> None:
        self.views: list[FrameView] = []
        self.samples: list[Samples] = []
        self.cues: list[FrameCues] = []
        self.statuses: list[CameraStatus] = []
        self.down_for = 0

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        if self.down_for:
            self.down_for -= 1
            raise StoreUnavailable("no answer")
        self.views.append(view)
        self.samples += samples
        self.cues += [] if cues is None else [cues]
        return sum(one.due for one in samples)

    def report(self, status: CameraStatus) -> None:
        self.statuses.append(status)
        if len(self.statuses) == 1:
            raise StoreUnavailable("no answer")


class Rig:
    """Runs the camera loop on parts of the test's choice; `kept` and `tally` hold the outcome."""

    played = Played
    new_board = Kept

    def __init__(self) -> None:
        self.kept = Kept()
        self.tally = InMemoryTelemetry()
        self._parts = CameraDependencies(
            source=Played(),
            estimator=CarriedPoses(),
            make_tracker=lambda _session: CarriedIds(),
            windows=WindowOptions(),
            window_store=self.kept,
            status_store=self.kept,
            telemetry=self.tally,
        )

    @contextmanager
    def watching(self, name: str = "gate", **parts: Any) -> Iterator[Event]:
        """Run the loop in a thread; it must end soon after it is told to stop.

        Args:
            parts: fields of `CameraDependencies` to replace, each of its own type.
        """
        stop = Event()
        thread = Thread(target=run_camera_loop, args=(name, replace(self._parts, **parts), stop))
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(PATIENCE_S)
        assert not thread.is_alive()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for another thread to make something true."""
        deadline_s = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < deadline_s, "it never came true"
            sleep(0.005)

"""Decide which of a source's frames are processed: each in the camera's turn, and none too old."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from tracker.camera.fair_scheduler import Slot
from tracker.camera.health import CameraHealth
from tracker.ports import FrameSource, Telemetry
from tracker.types import Frame

Result = TypeVar("Result")


class FrameIntake:
    """Takes frames from one camera's source and processes them during the camera's turns.

    Args:
        slot: the camera's access to turns.
        clock: UTC seconds.
    """

    def __init__(
        self,
        camera: str,
        *,
        slot: Slot,
        health: CameraHealth,
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._slot = slot
        self._health = health
        self._telemetry = telemetry
        self._clock = clock
        self._session = ""
        self._next_seq = 0
        self._received_s = 0.0

    def process(
        self, source: FrameSource, work: Callable[[Frame], Result]
    ) -> Iterator[tuple[Frame, Result]]:
        """Yield each processed frame with the result of `work`, which runs during the turn.

        Raises:
            CameraLost: the source failed.
        """
        arriving = iter(source)
        try:
            idle_since_s = time.perf_counter()
            for frame in arriving:
                self._received(frame, "late", idle_s=time.perf_counter() - idle_since_s)
                processed = self._in_turn(frame, arriving, work)
                if processed is None:
                    return
                yield processed
                idle_since_s = time.perf_counter()
        finally:
            self._slot.release()

    def _in_turn(
        self, frame: Frame, arriving: Iterator[Frame], work: Callable[[Frame], Result]
    ) -> tuple[Frame, Result] | None:
        """Wait for the turn and process the newest frame; None if the source ends meanwhile.

        If the wait exceeds one source interval, process the newer frame instead: a frame's age is
        then bounded by the interval, however many cameras wait.
        """
        while True:
            interval_s = self._health.source_interval_s()
            with self._slot.turn(interval_s, next_frame_waits=self._next_frame_waits) as granted:
                if granted:
                    return frame, work(frame)
            newer = next(arriving, None)
            self._dropped(1, "overload")
            if newer is None:
                return None
            self._received(newer, "overload", idle_s=0.0)
            frame = newer

    def _next_frame_waits(self) -> bool:
        elapsed_s = time.perf_counter() - self._received_s
        return elapsed_s >= self._health.source_interval_s()

    def _received(self, frame: Frame, reason: str, *, idle_s: float) -> None:
        """Record a frame, and for which reason the frames before it were skipped."""
        skipped = max(frame.seq - self._next_seq, 0) if frame.session == self._session else 0
        self._session, self._next_seq = frame.session, frame.seq + 1
        self._received_s = time.perf_counter()
        self._health.frame_received(frame.at, self._clock(), frames=1 + skipped, idle_s=idle_s)
        self._dropped(skipped, reason)

    def _dropped(self, frames: int, reason: str) -> None:
        if frames:
            self._telemetry.count(
                "frames_dropped_total", frames, camera=self._camera, reason=reason
            )

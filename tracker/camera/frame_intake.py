"""Which of a source's frames are looked at: each in its turn, and none that has grown old."""

import time
from collections.abc import Callable, Iterator

from tracker.camera.fair_scheduler import Slot
from tracker.camera.health import CameraHealth
from tracker.ports import FrameSource, Telemetry
from tracker.types import Frame


class Intake:
    """Takes frames from one camera's source and waits for its turn to look at them.

    Args:
        seat: the camera's right to turns.
        clock: UTC seconds.
    """

    def __init__(
        self,
        camera: str,
        *,
        seat: Slot,
        vitals: CameraHealth,
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._seat = seat
        self._vitals = vitals
        self._telemetry = telemetry
        self._clock = clock
        self._session = ""
        self._next_seq = 0
        self._taken_s = 0.0

    def frames(self, source: FrameSource) -> Iterator[Frame]:
        """Yield frames to look at, each with a turn that is ours until `give_back`.

        Raises:
            CameraLost: the source failed.
        """
        arriving = iter(source)
        try:
            free_since_s = time.perf_counter()
            for frame in arriving:
                self._took(frame, "late", idle_s=time.perf_counter() - free_since_s)
                newest = self._in_turn(frame, arriving)
                if newest is None:
                    return
                yield newest
                free_since_s = time.perf_counter()
        finally:
            self._seat.leave()

    def give_back(self) -> None:
        """Let another camera have the turn."""
        since_s = time.perf_counter() - self._taken_s
        self._seat.leave(returning=since_s >= self._vitals.source_interval_s())

    def _in_turn(self, frame: Frame, arriving: Iterator[Frame]) -> Frame | None:
        """Wait for our turn; return the source's newest frame by then, None if it has ended.

        Whoever waits longer than until the next frame takes that one: however long the line, a
        frame's age when it is looked at is bounded by the source's own interval.
        """
        while not self._seat.wait(self._vitals.source_interval_s()):
            newer = next(arriving, None)
            self._dropped(1, "overload")
            if newer is None:
                return None
            self._took(newer, "overload", idle_s=0.0)
            frame = newer
        return frame

    def _took(self, frame: Frame, reason: str, *, idle_s: float) -> None:
        """Note a frame, and for which reason the frames before it were skipped."""
        skipped = max(frame.seq - self._next_seq, 0) if frame.session == self._session else 0
        self._session, self._next_seq = frame.session, frame.seq + 1
        self._taken_s = time.perf_counter()
        self._vitals.saw_frame(frame.at, self._clock(), frames=1 + skipped, idle_s=idle_s)
        self._dropped(skipped, reason)

    def _dropped(self, frames: int, reason: str) -> None:
        if frames:
            self._telemetry.count(
                "frames_dropped_total", frames, camera=self._camera, reason=reason
            )

"""How one camera is doing: kept by its loop, told by its reporter."""

from collections import deque
from threading import Lock

from tracker.types import CameraState, CameraStatus

STALL_S = 3.0
RATE_OVER_S = 5.0


class Vitals:
    """A camera's state; its two threads share it. Times are handed in, UTC seconds."""

    def __init__(self, camera: str, notes: tuple[str, ...] = ()) -> None:
        self._camera = camera
        self._notes = notes
        self._lock = Lock()
        self._state: CameraState = "connecting"
        self._reason: str | None = None
        self._arrivals: deque[float] = deque()
        self._last_frame_at: float | None = None
        self._reconnects = 0

    def saw_frame(self, captured_at: float, now: float) -> None:
        """Note a frame: the camera is live."""
        with self._lock:
            if self._arrivals and now < self._arrivals[-1]:  # the clock was set back
                self._arrivals.clear()
            self._state, self._reason = "live", None
            self._last_frame_at = captured_at
            self._arrivals.append(now)
            self._forget_before(now - RATE_OVER_S)

    def lost(self, reason: str) -> None:
        """Note that no frames can be had, and why."""
        with self._lock:
            self._state, self._reason = "lost", reason
            self._arrivals.clear()

    def reconnecting(self) -> None:
        """Note that the source is opened again; until a frame comes the reason stands."""
        with self._lock:
            self._state = "connecting"
            self._reconnects += 1

    def ended(self) -> None:
        """Note that the source has given its last frame."""
        with self._lock:
            self._state, self._reason = "ended", "the source has ended"
            self._arrivals.clear()

    def status(self, now: float) -> CameraStatus:
        """Return the truth at this moment; a live camera that went silent is stalled."""
        with self._lock:
            # A distance, for a clock that was set back must not call a silent camera live.
            silent_s = abs(now - self._arrivals[-1]) if self._arrivals else 0.0
            self._forget_before(now - RATE_OVER_S, keep=1)
            state, reason = self._state, self._reason
            if state == "live" and silent_s > STALL_S:
                state, reason = "stalled", f"no frame for {silent_s:.0f} s"
            return CameraStatus(
                self._camera,
                state,
                self._rate(now),
                self._last_frame_at,
                self._reconnects,
                reason,
                self._notes,
            )

    def _rate(self, now: float) -> float:
        if len(self._arrivals) < 2:
            return 0.0
        span_s = now - self._arrivals[0]
        return round((len(self._arrivals) - 1) / span_s, 2) if span_s > 0 else 0.0

    def _forget_before(self, at: float, keep: int = 0) -> None:
        while len(self._arrivals) > keep and self._arrivals[0] < at:
            self._arrivals.popleft()

"""How one camera is doing: kept by its loop, told by its reporter."""

from dataclasses import replace
from threading import Lock

from tracker.camera.frame_rates import Load, Rates
from tracker.camera.load_shedding import Latch
from tracker.options import WindowOptions
from tracker.types import CameraState, CameraStatus

STALL_S = 3.0
FROZEN_S = 10.0  # no picture stays the same for so long, to the last bit, while a sensor lives
OVERLOADED_AFTER_S, RELIEVED_AFTER_S = 3.0, 5.0


class CameraHealth:
    """A camera's state; its two threads share it. Times are handed in, UTC seconds.

    Args:
        windows: tells which frame rate is too low to score anybody.
    """

    def __init__(
        self, camera: str, *, priority: int = 1, windows: WindowOptions | None = None
    ) -> None:
        self._camera = camera
        self._priority = priority
        self._windows = windows or WindowOptions()
        self._lock = Lock()
        self._state: CameraState = "connecting"
        self._reason: str | None = None
        self._rates = Rates()
        self._overload = Latch(rise_s=OVERLOADED_AFTER_S, fall_s=RELIEVED_AFTER_S)
        self._seen_at: float | None = None
        self._last_frame_at: float | None = None
        self._reconnects = 0
        self._still_s = 0.0

    def saw_frame(
        self, captured_at: float, now: float, *, frames: int = 1, idle_s: float = 0.0
    ) -> None:
        """Note a frame: the camera is live.

        Args:
            frames: how many the source gave since the last one seen.
            idle_s: how long the camera waited for it with nothing else to do.
        """
        with self._lock:
            self._state, self._reason = "live", None
            self._last_frame_at = captured_at
            self._seen_at = now
            self._rates.saw(now, frames=frames, idle_s=idle_s)

    def looked(self, now: float, *, worked_s: float) -> None:
        """Note that the people in a frame have been found, and how long that took."""
        with self._lock:
            self._rates.looked(now, worked_s=worked_s)

    def saw_picture(self, still_s: float) -> None:
        """Note for how long the picture has not changed by a single bit."""
        with self._lock:
            self._still_s = still_s

    def silenced(self, reason: str) -> None:
        """Note that a source that was open gives no frames any more, though nobody closed it."""
        with self._lock:
            self._state, self._reason = "stalled", reason
            self._fall_silent()

    def lost(self, reason: str) -> None:
        """Note that no frames can be had, and why."""
        with self._lock:
            self._state, self._reason = "lost", reason
            self._fall_silent()

    def reconnecting(self) -> None:
        """Note that the source is opened again; until a frame comes the reason stands.

        A silent source stays stalled until opening it fails or succeeds.
        """
        with self._lock:
            if self._state != "stalled":
                self._state = "connecting"
            self._reconnects += 1

    def ended(self) -> None:
        """Note that the source has given its last frame."""
        with self._lock:
            self._state, self._reason = "ended", "the source has ended"
            self._fall_silent()

    def source_interval_s(self) -> float:
        """Return the time between two frames of the source."""
        with self._lock:
            return self._rates.source_interval_s()

    def load(self, now: float) -> Load:
        """Return what the camera asks of the machine."""
        with self._lock:
            return self._rates.load(now)

    def status(self, now: float, remarks: tuple[str, ...] = ()) -> CameraStatus:
        """Return the truth at this moment; a live camera that went silent or froze is stalled.

        Args:
            remarks: what the source has to say.
        """
        with self._lock:
            # A distance, for a clock that was set back must not call a silent camera live.
            silent_s = 0.0 if self._seen_at is None else abs(now - self._seen_at)
            overloaded = self._overload.update(self._rates.load(now).short, now)
            status = CameraStatus(
                self._camera,
                self._state,
                round(self._rates.looked_at_fps(now), 2),
                self._last_frame_at,
                self._reconnects,
                self._reason,
                remarks,
                source_fps=round(self._rates.source_fps(), 2),
                priority=self._priority,
                overloaded=overloaded and self._state == "live",
            )
        if status.state == "live" and silent_s > STALL_S:
            reason = f"no frame for {silent_s:.0f} s"
            return replace(status, state="stalled", reason=reason, source_fps=0.0, overloaded=False)
        if status.state == "live" and self._still_s >= FROZEN_S:
            reason = f"frozen picture: unchanged for {self._still_s:.0f} s"
            return replace(status, state="stalled", reason=reason, overloaded=False)
        return _explained(status, self._windows)

    def _fall_silent(self) -> None:
        self._seen_at = None
        self._rates.clear()


def _explained(status: CameraStatus, windows: WindowOptions) -> CameraStatus:
    """Return the status with a note on its being overloaded, if it is."""
    if not status.overloaded:
        return status
    note = f"overloaded: looking at {status.fps:.1f} of {status.source_fps:.1f} frames/s"
    # A person's window does not reach across a longer gap between two looks.
    gap_s = max(windows.bridge_s, (windows.bridge_frames + 1) / max(status.source_fps, 1.0))
    if status.fps * gap_s < 0.95:  # a rate over a few frames is not exact
        note += f", too few to score anybody: {1 / gap_s:.1f} are needed"
    return replace(status, notes=(*status.notes, note))

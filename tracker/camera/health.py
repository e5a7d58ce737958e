"""Keep one camera's state: written by its frame loop, read by its status reporter."""

from dataclasses import replace
from functools import partial
from threading import Lock

from tracker.camera.frame_rates import FrameRates, Load
from tracker.camera.load_shedding import Latch
from tracker.camera.outage import STEADY_S, Outage
from tracker.options import WindowOptions
from tracker.types import CameraState, CameraStatus

STALL_S = 3.0
FROZEN_S = 10.0  # a working sensor's noise changes some bit of the picture sooner
OVERLOADED_AFTER_S, RELIEVED_AFTER_S = 3.0, 5.0
ENOUGH = 0.95  # a rate over a few frames is not exact


class CameraHealth:
    """A camera's state, shared by its two threads. All times are passed in, in UTC seconds.

    Args:
        windows: decides which frame rate is too low to score anybody.
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
        self._rates = FrameRates()
        self._overload = Latch(rise_s=OVERLOADED_AFTER_S, fall_s=RELIEVED_AFTER_S)
        self._too_few = Latch(rise_s=OVERLOADED_AFTER_S, fall_s=RELIEVED_AFTER_S)
        self._outage: Outage | None = None
        self._received_at: float | None = None
        self._last_frame_at: float | None = None
        self._reconnects = 0
        self._still_s = 0.0
        self._left_out: tuple[str, ...] = ()

    def frame_received(
        self, captured_at: float, now: float, *, frames: int = 1, idle_s: float = 0.0
    ) -> None:
        """Record a frame: the camera is live, after an outage once frames have come for a while.

        Args:
            frames: how many the source gave since the last recorded one.
            idle_s: how long the camera waited for it with nothing else to do.
        """
        with self._lock:
            self._state = "live"
            if self._outage is None or self._outage.is_over(now):
                self._outage, self._reason = None, None
            self._last_frame_at = captured_at
            self._received_at = now
            self._rates.frame_received(now, frames=frames, idle_s=idle_s)

    def frame_processed(self, now: float, *, worked_s: float) -> None:
        """Record that the people in a frame have been found, and how long that took."""
        with self._lock:
            self._rates.frame_processed(now, worked_s=worked_s)

    def picture_unchanged(self, still_s: float) -> None:
        """Record for how long the picture has not changed by a single bit."""
        with self._lock:
            self._still_s = still_s

    def people_left_out(self, *, ignored: int, too_small: int) -> None:
        """Record how many people of the newest frame are not watched."""
        if not (ignored or too_small or self._left_out):
            return
        notes = (
            f"people: {ignored} in ignored zones, not watched" if ignored else "",
            f"people: {too_small} smaller than min_height_px, not watched" if too_small else "",
        )
        with self._lock:
            self._left_out = tuple(note for note in notes if note)

    def stalled(self, reason: str, now: float) -> None:
        """Record that an open source gives no more frames, though it was not closed."""
        self._gave_none("stalled", reason, now)

    def lost(self, reason: str, now: float) -> None:
        """Record that the source gives no frames, and why."""
        self._gave_none("lost", reason, now)

    def reconnecting(self) -> None:
        """Record that the source is being reopened; the reason stays until a frame comes.

        A stalled source stays stalled until reopening it fails or succeeds.
        """
        with self._lock:
            if self._state != "stalled":
                self._state = "connecting"
            self._reconnects += 1

    def ended(self) -> None:
        """Record that the source has given its last frame."""
        with self._lock:
            self._state, self._reason, self._outage = "ended", "the source has ended", None
            self._forget_rates()

    def source_interval_s(self) -> float:
        """Return the time between two frames of the source."""
        with self._lock:
            return self._rates.source_interval_s()

    def load(self, now: float) -> Load:
        """Return the camera's load."""
        with self._lock:
            return self._rates.load(now)

    def status(self, now: float, notes: tuple[str, ...] = ()) -> CameraStatus:
        """Return the status now; a live camera without new frames or pictures is stalled.

        Args:
            notes: the source's own notes.
        """
        with self._lock:
            # Absolute: after the clock was set back, a silent camera must not count as live.
            silent_s = 0.0 if self._received_at is None else abs(now - self._received_at)
            overloaded = self._overload.update(self._rates.load(now).short, now)
            fps, source_fps = self._rates.processed_fps(now), self._rates.source_fps()
            few = self._state == "live" and fps < ENOUGH * self._least_fps(source_fps)
            too_few = self._too_few.update(few, now)
            status = CameraStatus(
                self._camera,
                self._state,
                round(fps, 2),
                self._last_frame_at,
                self._reconnects,
                self._reason,
                (*notes, *(self._left_out if self._state == "live" else ())),
                source_fps=round(source_fps, 2),
                priority=self._priority,
                overloaded=overloaded and self._state == "live",
                too_few_frames=too_few and self._state == "live",
                lost_since=None if self._outage is None else self._outage.since,
            )
        return self._shown(status, silent_s)

    def _shown(self, status: CameraStatus, silent_s: float) -> CameraStatus:
        """Return what holds of a camera whose source is open, and gives frames or does not."""
        away = partial(replace, status, overloaded=False, too_few_frames=False)
        if status.state == "live" and silent_s > STALL_S:
            reason = f"no frame for {silent_s:.0f} s"
            return away(state="stalled", reason=reason, source_fps=0.0)
        if status.state == "live" and self._still_s >= FROZEN_S:
            reason = f"frozen picture: unchanged for {self._still_s:.0f} s"
            return away(state="stalled", reason=reason)
        if status.state == "live" and status.lost_since is not None:
            note = f"pictures come again: live once they have come for {STEADY_S:.0f} s"
            return away(state="connecting", notes=(*status.notes, note))
        return self._with_load_note(status)

    def _gave_none(self, state: CameraState, reason: str, now: float) -> None:
        with self._lock:
            if self._outage is None:
                self._outage = Outage(now if self._last_frame_at is None else self._last_frame_at)
            self._outage.lost()
            self._state, self._reason = state, reason
            self._forget_rates()

    def _least_fps(self, source_fps: float) -> float:
        """Return how many frames per second have to be processed to score anybody."""
        # A person's window does not span a longer gap between two processed frames.
        windows = self._windows
        return 1 / max(windows.bridge_s, (windows.bridge_frames + 1) / max(source_fps, 1.0))

    def _with_load_note(self, status: CameraStatus) -> CameraStatus:
        """Return the status with a note on its frame rate, if too few frames are processed."""
        if not (status.overloaded or status.too_few_frames):
            return status
        fps, of, least = status.fps, status.source_fps, self._least_fps(status.source_fps)
        if not status.too_few_frames:
            note = f"overloaded: looking at {fps:.1f} of {of:.1f} frames/s"
        elif status.overloaded:
            note = (
                f"overloaded: looking at {fps:.1f} of {of:.1f} frames/s, "
                f"too few to score anybody: {least:.1f} are needed"
            )
        else:
            note = (
                f"looking at {fps:.1f} frames/s, too few to score anybody: {least:.1f} are needed"
            )
        return replace(status, notes=(*status.notes, note))

    def _forget_rates(self) -> None:
        self._received_at = None
        self._rates.clear()

"""A camera whose alerts this process decides, and what a successor continues from."""

from dataclasses import dataclass

import msgspec

from inference.replay.journal import JournaledAlerts
from service.alerts.camera_rules import CameraRules
from service.alerts.saved_state import SavedState
from service.alerts.score_drift import ScoreDrift
from service.archive.stretch_queue import CameraWatch


@dataclass(slots=True)
class HeldCamera:
    """A camera whose lease we hold.

    Attributes:
        rules: by which its alerts are decided.
        term: in which we decide about it.
        read, cues_read: entry ids of the last score and of the last cues added.
        saved: what the episode store has.
        newest_frame_at: capture time of the newest frame known.
        newest_frame_since: when we learned of it.
        drift: of the scores since we took the lease.
        watch: sees what the rules see.
        closed_for_good: nobody watches it, and nothing of it is open any more.
        foreign_model: scores by it came, though nobody knows its rules.
    """

    rules: CameraRules
    term: int
    journal: JournaledAlerts
    read: str
    cues_read: str
    saved: bytes | None
    newest_frame_since: float
    drift: ScoreDrift
    watch: CameraWatch | None = None
    newest_frame_at: float | None = None
    closed_for_good: bool = False
    foreign_model: str = ""

    def saved_with(self, state: bytes) -> bytes:
        """Return what a successor continues from; `state` is that of the alerts."""
        return msgspec.msgpack.encode(SavedState(self.read, state, self.cues_read))

    def time_by(self, now: float) -> float | None:
        """Return the capture time by now; None before the first frame."""
        since_s = now - self.newest_frame_since
        return None if self.newest_frame_at is None else self.newest_frame_at + since_s

    def frame_reported(self, at: float | None, now: float) -> None:
        """Record the camera's newest frame."""
        if at != self.newest_frame_at:
            self.newest_frame_at, self.newest_frame_since = at, now

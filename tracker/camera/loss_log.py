"""Logs that a camera is lost, and that it is back: one line each, however often it is retried."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)
# A camera that is lost again before it has run this long was not really back.
STEADY_S = 10.0


class LossLog:
    """The log lines about one camera's outages.

    A retry that fails for a reason already logged is a debug message; another reason is worth a
    line, for it may need another remedy.

    Args:
        clock: UTC seconds.
    """

    def __init__(self, camera: str, clock: Callable[[], float]) -> None:
        self.camera = camera
        self._clock = clock
        self._lost_at: float | None = None
        self._back_at: float | None = None
        self._logged: set[str] = set()  # reasons of this outage; there are about twenty

    def lost(self, reason: str, text: str, wait_s: float) -> None:
        """Log a loss or a failed retry.

        Args:
            reason: in one word.
            text: the same for people.
            wait_s: until the next try.
        """
        level = self._level(reason)
        if self._lost_at is None:
            self._lost_at = self._clock()
        self._back_at = None
        self._logged.add(reason)
        fields = {"camera": self.camera, "reason": text, "wait_s": round(wait_s, 1)}
        log.log(level, "camera lost", extra=fields)

    def frame_received(self) -> None:
        """Note a frame; log that the camera is back once frames have come for a while."""
        if self._lost_at is None:
            return
        now = self._clock()
        if self._back_at is None:
            self._back_at = now
        # Absolute: the clock may have been set back.
        if abs(now - self._back_at) < STEADY_S:
            return
        away_s = round(max(self._back_at - self._lost_at, 0.0), 1)
        log.info("camera live again", extra={"camera": self.camera, "away_s": away_s})
        self._lost_at = self._back_at = None
        self._logged.clear()

    def _level(self, reason: str) -> int:
        if self._lost_at is None:
            return logging.WARNING
        return logging.DEBUG if reason in self._logged else logging.INFO

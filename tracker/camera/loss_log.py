"""Logs that a camera is lost, and that it is back: one line each, however often it is retried."""

import logging
from collections.abc import Callable

from tracker.camera.outage import Outage

log = logging.getLogger(__name__)


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
        self._outage: Outage | None = None
        self._logged: set[str] = set()  # reasons of this outage; there are about twenty

    def lost(self, reason: str, text: str, wait_s: float) -> None:
        """Log a loss or a failed retry.

        Args:
            reason: in one word.
            text: the same for people.
            wait_s: until the next try.
        """
        level = self._level(reason)
        if self._outage is None:
            self._outage = Outage(self._clock())
        self._outage.lost()
        self._logged.add(reason)
        fields = {"camera": self.camera, "reason": text, "wait_s": round(wait_s, 1)}
        log.log(level, "camera lost", extra=fields)

    def frame_received(self) -> None:
        """Note a frame; log that the camera is back once frames have come for a while."""
        outage = self._outage
        if outage is None or not outage.is_over(self._clock()) or outage.back_at is None:
            return
        away_s = round(max(outage.back_at - outage.since, 0.0), 1)
        log.info("camera live again", extra={"camera": self.camera, "away_s": away_s})
        self._outage = None
        self._logged.clear()

    def _level(self, reason: str) -> int:
        if self._outage is None:
            return logging.WARNING
        return logging.DEBUG if reason in self._logged else logging.INFO

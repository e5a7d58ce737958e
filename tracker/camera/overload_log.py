"""Logs that a camera is overloaded, and that it no longer is: one line a minute at most."""

import logging
from collections.abc import Callable

from tracker.types import CameraStatus

log = logging.getLogger(__name__)
# At the edge of what a machine can carry a camera is overloaded and relieved every few seconds.
AT_MOST_EVERY_S = 60.0


class OverloadLog:
    """The log lines about one camera's load.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._overloaded = False
        self._changes = 0
        self._logged_at: float | None = None

    def report(self, status: CameraStatus) -> None:
        """Note the newest status; log the state it leads to, unless a line was written lately.

        What changed meanwhile is counted in the next line. A camera without frames has no load.
        """
        if status.state != "live":
            return
        if status.overloaded != self._overloaded:
            self._overloaded = status.overloaded
            self._changes += 1
        now = self._clock()
        is_recent = self._logged_at is not None and now - self._logged_at < AT_MOST_EVERY_S
        if not self._changes or is_recent:
            return
        fields = {"camera": status.name, "fps": status.fps, "source_fps": status.source_fps}
        if self._changes > 1:
            fields["changes"] = self._changes
        if self._overloaded:
            log.warning("camera overloaded: not all of its frames are processed", extra=fields)
        else:
            log.info("camera no longer overloaded", extra=fields)
        self._logged_at, self._changes = now, 0

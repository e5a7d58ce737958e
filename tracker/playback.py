"""What recorded and simulated sources share: session names and real time."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

# A recorded source may fall this far behind before it skips to the newest frame: a short hiccup
# then costs no frame, a reader that is too slow never lags by more.
LATE_S = 0.1
# Further from its time nobody is by being slow: the clock was set, or the machine slept.
SET_S = 5.0


def session_name(opened_at: float, play: int = 0) -> str:
    """Name the session that began at `opened_at`, in its `play`-th loop of the source."""
    moment = datetime.fromtimestamp(opened_at, UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}-{play}"


class PlaybackClock:
    """Plays numbered frames in real time: frame i is due i / fps seconds after the first.

    A clock that is set moves the capture times, not the play.

    Args:
        stop: ends every wait at once.
    """

    def __init__(self, fps: float, clock: Callable[[], float], stop: Event) -> None:
        self._fps = fps
        self._clock = clock
        self._stop = stop
        self._start_at = clock()

    def wait_for(self, index: int) -> tuple[int, float] | None:
        """Wait until frame `index` is due; a late reader gets the newest frame due by now.

        Returns:
            The number of the frame to give and its capture time; None when told to stop.
        """
        due_at = self._start_at + index / self._fps
        wait_s = due_at - self._clock()
        if wait_s > 1 + 2 / self._fps or wait_s < -SET_S:  # go on from where the clock is now
            self._start_at -= wait_s
            wait_s, due_at = 0.0, due_at - wait_s
        if wait_s > 0:
            self._stop.wait(wait_s)
        if self._stop.is_set():
            return None
        if wait_s < -LATE_S:
            index += int(-wait_s * self._fps)
        return index, self._start_at + index / self._fps

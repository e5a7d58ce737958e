"""Play recorded and simulated sources in real time: sessions, due frames, skipped frames."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from threading import Event

# A reader may fall this far behind before it skips to the newest frame: a short hiccup then costs
# no frame, and a reader that is too slow never lags further.
LATE_S = 0.1
# A larger gap means the clock was changed or the machine slept, not that the reader is slow.
CLOCK_CHANGED_S = 5.0


def session_name(opened_at: float, play: int = 0) -> str:
    """Return the name of the session that began at `opened_at`, in the `play`-th repetition."""
    moment = datetime.fromtimestamp(opened_at, UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}-{play}"


def sessions(clock: Callable[[], float], stop: Event, *, loop: bool) -> Iterator[tuple[int, str]]:
    """Yield number and session name of each play: one, or with `loop` one after the other."""
    for play in count():
        yield play, session_name(clock(), play)
        if not loop or stop.is_set():
            return


class PlaybackClock:
    """Plays moments of a recording in real time, counted in seconds from its first frame.

    A change of the clock moves the capture times, not the playback.

    Args:
        clock: UTC seconds.
        stop: ends every wait at once.

    Attributes:
        late_s: how long the last moment had been due when it was waited for; 0 if it was not yet.
            Read before the wait, so that a clock that is set during it makes nothing late.
    """

    def __init__(self, clock: Callable[[], float], stop: Event) -> None:
        self.late_s = 0.0
        self._clock = clock
        self._stop = stop
        self._start_at = clock()
        self._moment_s = 0.0

    def wait_until(self, moment_s: float) -> float | None:
        """Wait until a moment is due, if it is not yet; return its time, None when told to stop."""
        step_s, self._moment_s = moment_s - self._moment_s, moment_s
        due_at = self._start_at + moment_s
        wait_s = due_at - self._clock()
        if wait_s > 1 + max(step_s, 0) or wait_s < -CLOCK_CHANGED_S:  # continue from the new time
            self._start_at -= wait_s
            wait_s, due_at = 0.0, due_at - wait_s
        self.late_s = max(0.0, -wait_s)
        if wait_s > 0:
            self._stop.wait(wait_s)
        return None if self._stop.is_set() else due_at


class FrameClock:
    """Plays numbered frames in real time: frame i is due i / fps seconds after the first.

    Args:
        fps: frames per second.
        clock: UTC seconds.
        stop: ends every wait at once.
    """

    def __init__(self, fps: float, clock: Callable[[], float], stop: Event) -> None:
        self._fps = fps
        self._playback = PlaybackClock(clock, stop)

    def due_frames(self) -> Iterator[tuple[int, float]]:
        """Yield number and capture time of each frame when it is due, until stopped.

        A late reader skips to the newest frame that is due.
        """
        index = 0
        while (due := self.wait_for(index)) is not None:
            yield due
            index = due[0] + 1

    def wait_for(self, index: int) -> tuple[int, float] | None:
        """Wait until frame `index` is due; a late reader gets the newest frame due by now.

        Returns:
            The number of the frame to give and its capture time; None when told to stop.
        """
        due_at = self._playback.wait_until(index / self._fps)
        if due_at is None:
            return None
        late_s = self._playback.late_s
        skipped = int(late_s * self._fps) if late_s > LATE_S else 0
        return index + skipped, due_at + skipped / self._fps

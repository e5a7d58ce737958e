"""Time that need not pass: a clock that moves when somebody waits."""

from threading import Event


class SteppedTime:
    """A clock, and a stop flag whose waits move it on at once."""

    def __init__(self) -> None:
        self.now = 1.79e9
        self.stop = SteppedStop(self)

    def __call__(self) -> float:
        return self.now


class SteppedStop(Event):
    """A stop flag that needs no real time to wait."""

    def __init__(self, time: SteppedTime) -> None:
        super().__init__()
        self._time = time

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "this wait would never end"
        if not self.is_set():
            self._time.now += timeout
        return self.is_set()

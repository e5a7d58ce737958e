"""In-memory twin of the board of canaries, for tests."""

from collections.abc import Callable, Sequence

from service.ports.canary import PROCESS_LIFE_S, CanaryBoard, CanaryShowing


class MemoryCanaryBoard(CanaryBoard):
    """Twin of RedisCanaryBoard.

    Args:
        clock: UTC seconds.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._showings: dict[str, CanaryShowing] = {}
        self._until: dict[str, float] = {}
        self._found: dict[str, str] = {}

    def put(self, showing: CanaryShowing) -> None:
        self._showings[showing.name] = showing
        self.keep(showing.process)

    def keep(self, process: str) -> None:
        self._until[process] = self._clock() + PROCESS_LIFE_S

    def leave(self, process: str) -> None:
        self._until.pop(process, None)

    def settle(self, showing: CanaryShowing) -> bool:
        known = self._showings.get(showing.name)
        if known is None or not known.on_its_way or known.session != showing.session:
            return False
        self._showings[showing.name] = showing
        return True

    def showings(self) -> Sequence[CanaryShowing]:
        now = self._clock()
        live = {process for process, until in self._until.items() if until > now}
        self._showings = {n: each for n, each in self._showings.items() if each.process in live}
        return [self._showings[name] for name in sorted(self._showings)]

    def found(self, camera: str, session: str) -> None:
        self._found[camera] = session

    def was_found(self, camera: str, session: str) -> bool:
        return self._found.get(camera) == session

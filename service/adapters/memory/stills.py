"""Pictures of cameras that somebody asked for, in memory for a moment."""

from collections.abc import Callable

from service.ports.status import STILL_BYTES, STILL_LIFE_S, Stills


class MemoryStills(Stills):
    """Keeps one picture a camera for seconds.

    Args:
        clock: seconds.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wanted: dict[str, float] = {}
        self._pictures: dict[str, tuple[bytes, float]] = {}

    def want(self, camera: str) -> None:
        self._wanted[camera] = self._clock() + STILL_LIFE_S

    def is_wanted(self, camera: str) -> bool:
        return self._wanted.get(camera, float("-inf")) > self._clock()

    def put(self, camera: str, picture: bytes) -> None:
        if len(picture) <= STILL_BYTES:
            self._wanted.pop(camera, None)
            self._pictures[camera] = (picture, self._clock() + STILL_LIFE_S)

    def get(self, camera: str) -> bytes | None:
        picture, until = self._pictures.get(camera, (b"", float("-inf")))
        return picture if until > self._clock() else None

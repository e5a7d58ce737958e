"""Bounds the bodies of `POST /score` that are being read, all together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.api.problems import Problem

READING_BYTES = 64_000_000


class BodiesBeingRead:
    """Counts their bytes.

    Args:
        busy: returns the problem of a body that there is no room for.
    """

    def __init__(self, busy: Callable[[], Problem]) -> None:
        self._busy = busy
        self._bytes = 0

    @contextmanager
    def reading(self) -> Iterator[Callable[[int], None]]:
        """Yield what counts the bytes of a body that is being read.

        Raises:
            Problem: bodies that are being read fill their bound.
        """
        held = 0

        def add(size: int) -> None:
            nonlocal held
            if self._bytes + size > READING_BYTES:
                raise self._busy()
            held += size
            self._bytes += size

        try:
            yield add
        finally:
            self._bytes -= held

"""Patience: wait until something is true, however slow the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
# Far beyond what any of this takes: only what never comes true shall fail a test.
PATIENCE_S = 180.0
POLL_S = 0.05


def eventually(
    look: Callable[[], Found | None], within_s: float = PATIENCE_S, what: str = ""
) -> Found:
    """Return what a look finds as soon as it finds something.

    Raises:
        AssertionError: it found nothing in time.
    """
    end_s = time.monotonic() + within_s
    while True:
        if found := look():
            return found
        assert time.monotonic() < end_s, f"not within {within_s:g} s: {what or look}"
        time.sleep(POLL_S)

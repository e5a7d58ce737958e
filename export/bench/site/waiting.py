"""Waits in a bench until a service has come to a state."""

import time
from collections.abc import Callable

from export.bench.site.service import READY_WITHIN_S

POLL_S = 0.05


def await_state(
    look: Callable[[], bool],
    what: str,
    *,
    within_s: float = READY_WITHIN_S,
    every_s: float = POLL_S,
) -> None:
    """Wait until `look` says yes.

    Args:
        look: asked every `every_s` seconds.
        what: the state in words.
        within_s: patience, seconds; however slow the machine is, it is longer.
        every_s: between two looks, seconds.

    Raises:
        SystemExit: it does not come in time; the text says what was waited for.
    """
    end_s = time.monotonic() + within_s
    while not look():
        if time.monotonic() > end_s:
            raise SystemExit(f"{what}: not within {within_s:g} s; see the service's log")
        time.sleep(every_s)

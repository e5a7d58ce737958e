"""Keeps LiteRT's greeting out of the log: it is written past our format, and says nothing new."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

GREETING = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
STDERR = 2

# Taken by the first start of the process, which alone is greeted; never given back.
_first_start = Lock()


@contextmanager
def without_greeting() -> Iterator[None]:
    """Let the runtime start; what else is written to stderr meanwhile follows at the end.

    The runtime has no setting for it, and its start takes milliseconds.
    """
    if not _first_start.acquire(blocking=False):
        yield
        return
    try:
        usual = os.dup(STDERR)
    except OSError:  # nobody reads what we say
        yield
        return
    with tempfile.TemporaryFile(buffering=0) as kept:
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(usual, STDERR)
            os.close(usual)
            kept.seek(0)
            # One write, so that no other line comes into the middle of these.
            os.write(STDERR, kept.read().replace(GREETING, b""))

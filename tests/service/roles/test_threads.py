"""Threads beside a role's main loop."""

import logging
import threading

import pytest
from support.waiting import eventually

from service.roles.threads import start_repeating

EVERY_S = 0.001


def test_a_failure_ends_no_repeated_check(caplog: pytest.LogCaptureFixture) -> None:
    """It is tried again; the log has the first of failures in a row, and when it works again."""
    stop, calls = threading.Event(), 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls in (2, 3, 4):
            raise RuntimeError("a bug")

    with caplog.at_level(logging.INFO):
        thread = start_repeating("health check", check, EVERY_S, stop)
        eventually(lambda: calls > 6)
        stop.set()
        thread.join()

    said = [(each.levelname, each.getMessage(), each.what) for each in caplog.records]  # type: ignore[attr-defined] # by extra
    assert said == [
        ("ERROR", "failed; it is tried again", "health check"),
        ("INFO", "works again", "health check"),
    ]

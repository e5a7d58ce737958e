"""Which lines of a process's loops about an outage are written."""

import logging

from support.stepped_time import SteppedTime

from service.process.outage_filter import SAME_WITHIN_S, OutageFilter

AWAY, BACK = "store unavailable; retrying", "store available again"


def record(message: str, loop: str, store: str = "redis") -> logging.LogRecord:
    """What a loop says of its store."""
    return logging.makeLogRecord({"msg": message, "loop": loop, "store": store})


def test_one_loop_says_that_a_store_is_away_and_back() -> None:
    """The others say nothing, also those that notice some seconds later."""
    time = SteppedTime()
    speaks = OutageFilter(time)
    said: list[str] = []
    for message in (AWAY, BACK, AWAY):
        for loop in ("alerts", "archive", "canary"):
            said += [f"{message} {loop}"] * speaks.filter(record(message, loop))
            time.now += 2

    assert said == [f"{AWAY} alerts", f"{BACK} alerts", f"{AWAY} alerts"]


def test_each_store_is_spoken_of() -> None:
    """Redis that is back does not mean that the archive is."""
    speaks = OutageFilter(SteppedTime())

    assert speaks.filter(record(AWAY, "alerts"))
    assert speaks.filter(record(AWAY, "archive", "archive"))
    assert speaks.filter(record(BACK, "alerts"))
    assert not speaks.filter(record(AWAY, "stretches", "archive"))


def test_a_loop_that_fails_alone_later_is_heard() -> None:
    """Nothing is left out of an outage that others said nothing of lately."""
    time = SteppedTime()
    speaks = OutageFilter(time)
    speaks.filter(record(AWAY, "alerts"))
    time.now += SAME_WITHIN_S

    assert speaks.filter(record(AWAY, "archive"))


def test_all_other_lines_are_written() -> None:
    """However alike they are."""
    speaks = OutageFilter(SteppedTime())
    line = logging.makeLogRecord({"msg": "camera lost", "camera": "gate"})

    assert speaks.filter(line)
    assert speaks.filter(line)

"""A clock elsewhere that is asked seldom, and need not always answer."""

import pytest

from service.store_clock import StoreClock
from tracker.errors import StoreUnavailable


class Server:
    """A server whose clock differs from ours."""

    def __init__(self) -> None:
        self.now = 5000.0
        self.asked = 0
        self.is_away = False

    def __call__(self) -> float:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("gone")
        return self.now


def test_it_is_asked_once_a_second_and_counted_on_in_between() -> None:
    """However often somebody wants to know; a clock there that was set is seen within a second."""
    server, uptime = Server(), [10.0]
    clock = StoreClock(server, uptime=lambda: uptime[0])
    first = [clock() for _ in range(5)]
    uptime[0] += 0.5
    between, asked = clock(), server.asked
    uptime[0] += 0.6
    server.now = 1000.0

    assert (first, between, asked) == ([5000.0] * 5, 5000.5, 1)
    assert clock() == 1000.0


def test_what_is_known_is_counted_on_while_nobody_answers() -> None:
    """After a message was sent nothing may keep its delivery from being noted."""
    server, uptime = Server(), [10.0]
    clock = StoreClock(server, uptime=lambda: uptime[0])
    clock()
    server.is_away = True
    uptime[0] += 60

    assert [clock() for _ in range(3)] == [5060.0] * 3
    assert server.asked == 2


def test_nobody_makes_up_a_time_that_was_never_said() -> None:
    """Before the first answer there is none."""
    server = Server()
    server.is_away = True
    clock = StoreClock(server)

    with pytest.raises(StoreUnavailable):
        clock()

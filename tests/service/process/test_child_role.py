"""Children that do not stay alive, with processes of the real kind and a clock of our own."""

import os
import signal
import socket
import sys
from collections.abc import Iterator

import httpx
import pytest
from support.waiting import PATIENCE_S, eventually

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.process.child_role import QUICK_DEATHS, STEADY_S, ChildRole
from service.process.standby import Standby
from tracker.errors import Fatal

FAILING = [sys.executable, "-ISc", "raise SystemExit(7)"]
WAITING = [sys.executable, "-ISc", "import time; time.sleep(600)"]


class Life:
    """A role over many lives; time passes only when a test says so."""

    def __init__(self, command: list[str], standby: Standby | None = None) -> None:
        self.role = ChildRole("api", command, os.environ, standby)
        self.telemetry = PrometheusTelemetry()
        self.now = 0.0

    def start(self) -> None:
        """Start the role for the first time."""
        self.role.start(self.now, ())

    def check(self) -> None:
        """Check the role, as the supervisor does ten times a second."""
        self.role.check(self.now, (), self.telemetry)

    @property
    def alive(self) -> bool:
        """Whether a process exists, dead or alive, that nobody has looked after."""
        return self.role._process is not None

    def die(self, after_s: float = 0.1) -> None:
        """Let the running process end so long after its start, and start the next one."""
        self.now += after_s
        eventually(self._is_over, what="the process ends")
        self.now += 100.0  # beyond any delay

    def go_on(self, lives: int) -> None:
        """Start and end so many lives."""
        for _ in range(lives):
            self.check()
            self.die()

    def _is_over(self) -> bool:
        self.check()
        return not self.alive

    def kill(self) -> None:
        """Kill the process from outside."""
        assert self.role._process is not None
        os.kill(self.role._process.pid, signal.SIGKILL)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """The site's socket."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


def test_a_role_that_ends_at_every_start_ends_the_site_with_a_summary(
    listener: socket.socket,
) -> None:
    """After the second death in a row clients get 503; after the sixth the supervisor gives up."""
    standby = Standby(listener, client_s=PATIENCE_S)
    life = Life(FAILING, standby)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
    life.start()
    try:
        life.die()
        life.check()
        life.die()
        assert httpx.get(url, timeout=PATIENCE_S).status_code == 503
        with pytest.raises(Fatal) as given_up:
            life.go_on(QUICK_DEATHS)
    finally:
        life.role.terminate()
        life.role.join(PATIENCE_S)

    assert f"ended {QUICK_DEATHS} times in a row" in str(given_up.value)
    assert "status 7" in str(given_up.value)
    assert b'role_restarts_total{role="api"} 5.0' in life.telemetry.render()


def test_a_role_that_ran_for_a_while_is_always_restarted() -> None:
    """Deaths are counted in a row: each run of 30 s begins the count again."""
    life = Life(FAILING)
    life.start()

    for _ in range(QUICK_DEATHS + 2):
        life.die(after_s=STEADY_S + 1)
        life.check()

    life.role.join(PATIENCE_S)


def test_a_role_that_others_kill_is_always_restarted() -> None:
    """The kernel kills when memory is short, people kill by hand: no fault of the role."""
    life = Life(WAITING)
    life.start()
    try:
        for _ in range(QUICK_DEATHS + 2):
            life.kill()
            life.die()
            life.check()
    finally:
        life.role.join(0)


def test_a_role_may_yield_to_the_others() -> None:
    """Each start of it has the niceness, above that of the supervisor."""
    role = ChildRole("camera", WAITING, os.environ, niceness=5)
    try:
        role.start(0.0, ())
        process = role._process
        assert process is not None
        niceness = os.getpriority(os.PRIO_PROCESS, process.pid)
    finally:
        role.terminate()
        role.join(PATIENCE_S)

    assert niceness == min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)

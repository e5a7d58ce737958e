"""One child process of `posewarden up`: started, restarted when it ends, ended with the site."""

import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.lifecycle import FATAL_EXIT, RESTART_BACKOFF
from service.process.standby import Standby
from tracker.errors import Fatal

log = logging.getLogger(__name__)
STEADY_S = 30.0  # after running this long, a role's next restart waits the shortest delay
# A role that ends so often without ever running that long does not recover by itself.
QUICK_DEATHS = 6
AWAY_AFTER_DEATHS = 2  # from then on clients are not kept waiting for the API's return
# Somebody else's doing, such as the kernel's when memory is short: no reason to give up.
KILLED = (-signal.SIGKILL, -signal.SIGTERM)


class ChildRole:
    """One child process, restarted whenever it ends.

    Args:
        standby: answers in its place while it does not run; for the API.
        niceness: how far it yields the processor to the other roles.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        standby: Standby | None = None,
        niceness: int = 0,
    ) -> None:
        self.name = name
        self._command, self._environment = command, environment
        self._standby = standby
        self._niceness = niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._delays_s = RESTART_BACKOFF.delays()
        self._started_at = self._due_at = 0.0
        self._quick_deaths = 0

    def start(self, now: float, inherited: tuple[int, ...]) -> None:
        """Start the process; it keeps the inherited file descriptors."""
        if self._standby is not None:
            self._standby.end()  # two that accept would share the clients
        self._started_at = now
        self._process = subprocess.Popen(
            self._command, env=dict(self._environment), pass_fds=inherited
        )
        if self._niceness:
            # Before it has threads, which inherit it; the supervisor's own may be above 0 already.
            own = os.getpriority(os.PRIO_PROCESS, 0)
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, own + self._niceness)

    def check(self, now: float, inherited: tuple[int, ...], telemetry: PrometheusTelemetry) -> None:
        """Restart the process if it has ended and its delay is over.

        Raises:
            Fatal: it ended with the status that means a restart cannot help, or ended by itself
                right after each of many starts.
        """
        if self._process is None:
            if now >= self._due_at:
                telemetry.count("role_restarts_total", role=self.name)
                self.start(now, inherited)
            return
        status = self._process.poll()
        if status is None:
            return
        if status == FATAL_EXIT:
            raise Fatal(f"the {self.name} role cannot run; see its error above")
        telemetry.forget(self._process.pid)
        self._ended(status, now)

    def _ended(self, status: int, now: float) -> None:
        if now - self._started_at > STEADY_S:
            self._delays_s = RESTART_BACKOFF.delays()
            self._quick_deaths = 0
        if status not in KILLED:
            self._quick_deaths += 1
        if self._quick_deaths >= QUICK_DEATHS:
            raise Fatal(
                f"the {self.name} role ended {QUICK_DEATHS} times in a row within {STEADY_S:g} s "
                f"of its start, the last time {_words(status)}; its own lines above say why"
            )
        wait_s = next(self._delays_s)
        self._due_at, self._process = now + wait_s, None
        log.error("role ended", extra={"role": self.name, "status": status, "wait_s": wait_s})
        if self._standby is not None and self._quick_deaths >= AWAY_AFTER_DEATHS:
            self._standby.begin()

    def terminate(self) -> None:
        """Ask the process to end."""
        if self._standby is not None:
            self._standby.end()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def join(self, within_s: float) -> None:
        """Wait for the process to end; kill it after this time."""
        if self._process is None:
            return
        try:
            self._process.wait(max(within_s, 0.01))
        except subprocess.TimeoutExpired:
            log.warning("role killed", extra={"role": self.name})
            self._process.kill()
            self._process.wait()


def _words(status: int) -> str:
    """Say how a process ended."""
    return f"by signal {-status}" if status < 0 else f"with status {status}"

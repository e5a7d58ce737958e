"""Redis on several machines, played by processes on ports of this one."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from export.bench.site.redis_access import OPEN, RedisAccess
from tracker.child_process import signalled_with_parent

HOST = "127.0.0.1"
START_S = 120.0  # an upper bound on a machine that is very slow
POLL_S = 0.02
STARTS = 3  # a port that was free may be taken before the server has it
# Nobody is promoted because this machine is slow: whoever wants it promotes by hand.
NEVER_MS = 600_000
# A replica is served at once, instead of waiting for others to come.
AT_ONCE = ("--repl-diskless-sync-delay", "0", "--save", "")


@dataclass
class RedisNode:
    """One server process.

    Attributes:
        settings: words of its command line, beside port and folder.
        access: how it is spoken to.
    """

    folder: Path
    port: int
    settings: Sequence[str] = ()
    access: RedisAccess = OPEN
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process; `answers` tells when it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = shutil.which("redis-server") or "redis-server"
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [binary, *self._head(), *self.settings],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=signalled_with_parent(signal.SIGKILL),
            )

    def kill(self) -> None:
        """End the process as the loss of its machine would: at once, saying nothing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def hang(self) -> None:
        """Stop the process: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def ask(self, *words: str | int) -> str:
        """Send a command to this process alone; return the reply as redis-cli writes it.

        Raises:
            OSError: it does not answer, or refuses.
        """
        asked = subprocess.run(
            [
                shutil.which("redis-cli") or "redis-cli",
                "-e",
                "-h",
                HOST,
                "-p",
                str(self.port),
                *self.access.client,
                *map(str, words),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=START_S,
        )
        if asked.returncode:
            raise OSError(f"{words[0]}: {asked.stdout.strip()}{asked.stderr.strip()}")
        return asked.stdout.strip()

    def about(self, section: str) -> dict[str, str]:
        """Return a section of INFO."""
        pairs = (line.partition(":") for line in self.ask("INFO", section).splitlines())
        return {name: value for name, _, value in pairs}

    def runs(self) -> bool:
        """Tell whether its process has not ended."""
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Tell whether it answers.

        Raises:
            OSError: it has ended; the text is the end of its log.
        """
        if not self.runs():
            raise OSError((self.folder / "redis.log").read_text(errors="replace")[-500:])
        with contextlib.suppress(OSError):
            return self.ask("PING") == "PONG"
        return False

    def _head(self) -> list[str]:
        place = ("--bind", HOST, "--dir", str(self.folder))
        return [*self.access.listening(self.port), *place, *self.access.server]

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None, "start it first"  # noqa: S101 -- a misuse
        self.process.send_signal(number)


class RedisNodes(ABC):
    """Several servers in a folder of their own; a context manager.

    Args:
        access: how they are spoken to, by each other, too.
    """

    nodes: list[RedisNode]

    def __init__(self, access: RedisAccess = OPEN) -> None:
        self.nodes = []
        self._access = access
        self._folder = Path(tempfile.mkdtemp(prefix="posewarden-redis-"))

    def start(self) -> None:
        """Start all and wait until they know each other.

        Raises:
            OSError: one of them does not start; the text is the end of its log.
        """
        for left in range(STARTS, 0, -1):
            try:
                self._start()
                return
            except OSError:
                self._end_all()
                if left == 1:
                    raise

    def stop(self) -> None:
        """End all and forget their files; harmless when they have ended."""
        self._end_all()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _start(self) -> None:
        """Start all once; what fails is ended and tried anew with other ports."""

    def _end_all(self) -> None:
        for node in self.nodes:
            node.kill()
        self.nodes = []


def free_ports(number: int) -> list[int]:
    """Return free TCP ports of this machine, all different."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(number)]
        return [int(probe.getsockname()[1]) for probe in probes]


def is_installed() -> bool:
    """Tell whether Debian's redis-server and redis-cli are there."""
    return all(
        shutil.which(name, path=os.environ.get("PATH")) for name in ("redis-server", "redis-cli")
    )


def until(is_true: Callable[[], object]) -> None:
    """Wait for a state.

    Raises:
        OSError: it did not come, on a machine however slow.
    """
    end_s = time.monotonic() + START_S
    while not is_true():
        if time.monotonic() > end_s:
            raise OSError(f"not within {START_S:g} s: {is_true}")
        time.sleep(POLL_S)

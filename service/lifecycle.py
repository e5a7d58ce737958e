"""What every process needs to live and die well: signals, waiting, backing off, parents."""

import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from threading import Event
from types import FrameType
from typing import TypeVar

from tracker.child_process import end_with
from tracker.errors import ConfigError, Fatal, Transient

log = logging.getLogger(__name__)
Result = TypeVar("Result")
# How a child tells its supervisor that starting it again cannot help; alone it would exit with 1.
FATAL_EXIT = 3
BACKLOG = 2048
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0


def stop_on_signals() -> Event:
    """Return an event that SIGTERM and Ctrl-C set; a second signal ends the process at once."""
    stop = Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent dies, even by kill -9.

    Raises:
        Fatal: the parent is gone already.
    """
    if not end_with(parent, signal.SIGKILL):
        raise Fatal(f"the supervisor, process {parent}, is gone")


def process_name() -> str:
    """Return a name that no other process has."""
    # Containers may share a host's name, and each of them counts its processes from 1.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def backoff_delays(first: float = FIRST_WAIT_S, longest: float = LONGEST_WAIT_S) -> Iterator[float]:
    """Yield growing waits, in seconds, for ever."""
    wait_s = first
    while True:
        yield wait_s
        wait_s = min(wait_s * 2, longest)


def retry_until(attempt: Callable[[], Result], what: str, stop: Event) -> Result | None:
    """Repeat an attempt while it fails transiently, with growing waits.

    Returns:
        Its result; None when we were told to stop first.
    """
    for wait_s in backoff_delays():
        try:
            return attempt()
        except Transient as err:
            log.warning("waiting for %s", what, extra={"reason": str(err), "wait_s": wait_s})
        if stop.wait(wait_s):
            return None
    raise AssertionError("waits never end")


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigError: the address is taken or not ours.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as err:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {err.strerror or err}; "
            "choose another --port or end the program that has it"
        ) from err

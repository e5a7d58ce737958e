"""Signals, retries, listening sockets and parent-death handling of every process."""

import errno
import logging
import os
import resource
import secrets
import signal
import socket
import time
from collections.abc import Callable
from threading import Event
from types import FrameType
from typing import TypeVar

from tracker.backoff import Backoff
from tracker.child_process import signal_with_parent
from tracker.errors import ConfigError, Fatal, Transient

log = logging.getLogger(__name__)
Result = TypeVar("Result")
FATAL_EXIT = 3  # a supervised child exits with this when a restart cannot help
OPEN_FILES = 65_536
BACKLOG = 2048
LOG_AGAIN_S = 60.0
# Why the system refuses an address to listen on, with the remedy.
_REFUSED = {
    errno.EADDRINUSE: "another program uses the port; choose another one by --port, or by `port` "
    "in the site's file, or stop that program",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose another one by --host, or by "
    "`host` in the site's file",
    errno.EACCES: "only root may use this port; choose one from 1024 on by --port, or by `port` "
    "in the site's file",
}
STORE_BACKOFF = RESTART_BACKOFF = Backoff(first_s=0.2, longest_s=5.0)


def stop_on_signals() -> Event:
    """Return an event that SIGTERM and Ctrl-C set; a second signal ends the process at once.

    A hang-up does the same, unless it is ignored already, as `nohup` makes it.
    """
    stop = Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _hang_up)
    return stop


def _hang_up(_number: int, _frame: FrameType | None) -> None:
    log.warning("stopping on SIGHUP: the terminal closed; settings are read at the start only")
    signal.raise_signal(signal.SIGTERM)  # which a server's own handler takes, too


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, even by kill -9.

    Raises:
        Fatal: the parent is gone already.
    """
    if not signal_with_parent(parent, signal.SIGKILL):
        raise Fatal(f"the supervisor, process {parent}, is gone")


def process_name() -> str:
    """Return a name that is unique to this process, on every machine of the site."""
    # Containers may share a host name, and each of them numbers its processes from 1.
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def retry_until(
    attempt: Callable[[], Result],
    what: str,
    stop: Event,
    clock: Callable[[], float] = time.monotonic,
) -> Result | None:
    """Repeat an attempt while it fails transiently, with growing delays.

    A reason is logged when it is new, and once a minute from then on.

    Args:
        clock: monotonic seconds.

    Returns:
        Its result; None if stopped first.
    """
    began_s, logged_s, logged = clock(), 0.0, ""
    for wait_s in STORE_BACKOFF.delays():
        try:
            return attempt()
        except Transient as err:
            now_s = clock()
            if str(err) != logged or now_s - logged_s >= LOG_AGAIN_S:
                fields = {"reason": str(err), "for_s": round(now_s - began_s, 1)}
                log.warning("waiting for %s", what, extra=fields)
                logged_s, logged = now_s, str(err)
        if stop.wait(wait_s):
            return None
    raise AssertionError("delays never end")


def allow_open_files() -> int:
    """Let this process open as many files as the system grants; return how many.

    Programs are started with 1024, which a thousand clients' sockets fill.
    """
    soft, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= OPEN_FILES:
        return soft
    wanted = OPEN_FILES if granted == resource.RLIM_INFINITY else min(granted, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, granted))
    return wanted


def bindable(host: str) -> str:
    """Return the address to bind for a host; `::` and "" mean every address, of IPv4, too.

    A machine without IPv6 gets IPv4's: images bind `::` without knowing where they run.
    """
    if host not in ("", "::"):
        return host
    return "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 -- it was asked for


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; on `::` for IPv4 as well.

    Raises:
        ConfigError: the address is taken or not ours.
    """
    try:
        bound = bindable(host)
        family, _, _, _, address = socket.getaddrinfo(bound, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=bound == "::"
        )
    except OSError as err:
        why = _REFUSED.get(
            err.errno or 0, f"{err.strerror or err}; choose another --host or --port"
        )
        raise ConfigError(f"cannot listen on {host}:{port}: {why}") from err

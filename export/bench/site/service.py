"""Runs `posewarden up` and observes it from outside: by process, HTTP and WebSocket only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

READY_WITHIN_S = 180.0
ANSWER_WITHIN_S = 60.0  # of any request: a busy machine is slow, not wrong


@dataclass(frozen=True, slots=True)
class Received:
    """One message of `/ws/alerts` and when this client received it, UTC seconds."""

    at: float
    event: dict[str, Any]  # JSON as it came

    @property
    def latency_s(self) -> float:
        """Time from the capture of the deciding frame to this client."""
        return float(self.at - self.event["alert"]["opened_at"])


class RunningService:
    """`posewarden up` on a free port with its own data folder; a context manager.

    Args:
        folder: for site file, log and data, which are kept; by default a temporary folder.
        site: further settings of the site file.

    Attributes:
        received: every alert message so far, collected by a background thread.
        site_file: its configuration, once started.
    """

    def __init__(
        self,
        cameras: list[dict[str, Any]],
        *,
        folder: Path | None = None,
        site: Mapping[str, Any] | None = None,
    ) -> None:
        # Its showings would be in the figures of those cameras that are measured.
        self._site = {"canary": {"pictures": False}, **(site or {}), "cameras": cameras}
        self._given = folder
        key = self._site.get("api_key")
        self._headers = {} if key is None else {"X-API-Key": str(key)}
        self.received: list[Received] = []
        self._ends = False
        self.url = f"http://127.0.0.1:{free_port()}"

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = self._given or Path(self._folder.name)
        site = self.site_file = folder / "site.yaml"
        site.write_text(yaml.safe_dump(self._site))
        command = [str(Path(sys.executable).with_name("posewarden")), "up", "--config", str(site)]
        self._data = folder / "data"
        command += ["--port", self.url.rsplit(":", 1)[1], "--data", str(self._data)]
        self._log = (folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        self._wait_until_ready(folder / "log")
        threading.Thread(target=self._collect, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends = True
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        self._folder.cleanup()

    def get(self, path: str) -> Any:  # noqa: ANN401 -- any JSON
        """Return the JSON at a path."""
        with self._opened(path) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> int:
        """Send JSON to a path; return the status."""
        data = json.dumps(body).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310 -- our own
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            return int(answer.status)

    def metrics(self) -> str:
        """Return the text of `/metrics`."""
        with self._opened("/metrics") as answer:
            return str(answer.read().decode())

    def opened(self) -> list[Received]:
        """Return the messages that opened an alert."""
        return [message for message in self.received if message.event["type"] == "opened"]

    def memory_mb(self) -> float:
        """Return the resident memory of the process tree in MB, shared pages counted once (PSS)."""
        return memory_mb(_tree(self.process.pid))

    def cpu_s(self) -> float:
        """Return the processor seconds used by the live process tree."""
        return cpu_s(_tree(self.process.pid))

    def roles(self) -> dict[str, list[int]]:
        """Return the live processes by role: supervisor, redis, camera and so on."""
        roles: dict[str, list[int]] = {}
        for process in _tree(self.process.pid):
            roles.setdefault(_role(process), []).append(process)
        return roles

    def redis_info(self, section: str) -> dict[str, str]:
        """Return a section of the embedded Redis server's INFO."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5.0)
            client.connect(str(self._data / "redis.sock"))
            client.sendall(f"INFO {section}\r\nQUIT\r\n".encode())
            answer = b"".join(iter(lambda: client.recv(65_536), b"")).decode()
        pairs = (line.partition(":") for line in answer.splitlines())
        return {name: value for name, colon, value in pairs if colon}

    @property
    def redis_url(self) -> str:
        """Where the embedded Redis server is, for further processes of this site."""
        return f"unix://{self._data / 'redis.sock'}"

    def threads(self) -> int:
        """Return the number of threads of the live process tree."""
        return sum(
            len(list(Path(f"/proc/{process}/task").glob("*")))
            for process in _tree(self.process.pid)
        )

    def _wait_until_ready(self, log: Path) -> None:
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, OSError):
                self.get("/readyz")
                return
            time.sleep(0.2)
        self.process.kill()
        raise RuntimeError(
            f"posewarden up was not ready in time; its log:\n{log.read_text()[-2000:]}"
        )

    def _opened(self, path: str) -> HTTPResponse:
        request = urllib.request.Request(self.url + path, headers=self._headers)  # noqa: S310 -- our own
        within_s = ANSWER_WITHIN_S
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=within_s)  # noqa: S310 -- the same
        return answer

    def _collect(self) -> None:
        """Collect alert messages until the service closes the connection."""
        try:
            with (
                contextlib.suppress(ConnectionClosed, OSError),
                connect(
                    self.url.replace("http", "ws", 1) + "/ws/alerts",
                    additional_headers=self._headers,
                    open_timeout=ANSWER_WITHIN_S,
                    ping_timeout=ANSWER_WITHIN_S,
                ) as client,
            ):
                for message in client:
                    event = json.loads(message)
                    if "alert" in event:
                        self.received.append(Received(time.time(), event))
        except InvalidStatus:
            if not self._ends:  # a service that is ending refuses newcomers
                raise


def cpu_s(processes: Iterable[int]) -> float:
    """Return the processor seconds used by these processes; ended ones count as 0."""
    return sum(map(_cpu_ticks, processes)) / os.sysconf("SC_CLK_TCK")


def memory_mb(processes: Iterable[int]) -> float:
    """Return the memory of these processes in MB, shared pages counted once (PSS)."""
    return sum(map(_pss_kb, processes)) / 1024


def free_port() -> int:
    """Return a free TCP port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _role(process: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
        if "service.cli" in words:
            return words[words.index("service.cli") + 1]
        if any(name in words[0] for name in ("valkey-server", "redis-server")):
            return "redis"
    return "supervisor"


def _tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [root]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found


def _pss_kb(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _cpu_ticks(process: int) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0

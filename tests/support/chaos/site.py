"""A whole site of real processes over one real Redis, whose clock can be set."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
import redis
import yaml

from export.bench.site.service import free_port
from service.adapters.redis.embedded import find_server
from support.plain_http import PLAIN
from support.waiting import PATIENCE_S
from tracker.child_process import signalled_with_parent

CLOCK = Path(__file__).with_name("clock")
# Kept small, so that filling it up takes a moment.
MAXMEMORY = "64mb"


class Site:
    """Processes of one site, started one by one by role and number; all are killed in the end.

    Args:
        server: redis, or the valkey that is embedded elsewhere.
        weights: folder of pose weights.
        archive: address of the archive's database; None: a file under `data`.
        outputs: where alerts are sent.

    Attributes:
        roles: the living processes by name, such as worker-2.
        client: of Redis, for looking at it and for doing harm.
    """

    def __init__(
        self,
        folder: Path,
        stack: ExitStack,
        cameras: Sequence[Mapping[str, object]],
        *,
        server: str = "redis",
        weights: Path,
        archive: str | None = None,
        outputs: Sequence[Mapping[str, object]] = (),
    ) -> None:
        self._folder, self._stack = folder, stack
        self._server = _binary(server)
        self.redis_port = free_port()
        self.roles: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self.cameras = [str(camera["name"]) for camera in cameras]
        address = {"url": f"redis://127.0.0.1:{self.redis_port}/0"}
        places = {"data": str(folder / "data"), "model_folders": [str(weights)]}
        site = {"redis": address, **places, "cameras": list(cameras), "outputs": list(outputs)}
        site |= {} if archive is None else {"archive": {"url": archive}}
        self.data = folder / "data"
        (folder / "site.yaml").write_text(yaml.safe_dump(site))
        self.set_clock(0.0)
        self.client = redis.Redis(port=self.redis_port, socket_timeout=5)
        stack.callback(self.client.close)
        self._http = stack.enter_context(httpx.Client(timeout=2.0, verify=PLAIN))

    @property
    def log(self) -> Path:
        """What all processes said."""
        return self._folder / "log"

    def start_redis(self) -> None:
        """Start Redis on its append-only file."""
        options = {
            "port": self.redis_port,
            "dir": self._folder,
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": MAXMEMORY,
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.redis = self._run([str(self._server), *words])

    def start(self, name: str) -> None:
        """Start a role's process; do not wait for it."""
        role = name.partition("-")[0]
        port = self.ports.setdefault(name, free_port())
        command = [str(Path(sys.executable).with_name("posewarden")), role]
        command += ["--config", str(self._folder / "site.yaml")]
        command += ["--port" if role == "api" else "--metrics-port", str(port)]
        self.roles[name] = self._run(command)

    def kill(self, name: str) -> None:
        """Kill a role's process by force."""
        process = self.roles.pop(name)
        process.kill()
        process.wait()

    def set_clock(self, offset_s: float) -> None:
        """Set the wall clock of all roles so far ahead of ours."""
        self.clock_offset_s = offset_s
        path = self._folder / "clock"
        # In place: the roles have mapped this very file.
        with path.open("r+b" if path.exists() else "wb") as file:
            file.write(struct.pack("<d", offset_s))

    def now(self) -> float:
        """The time by the roles' wall clock."""
        return time.time() + self.clock_offset_s

    def of_role(self, role: str) -> list[str]:
        """Return the names of a role's living processes."""
        return [name for name in self.roles if name.startswith(role + "-")]

    def metrics(self, name: str) -> dict[str, float]:
        """Return a process's metrics by series, without our prefix; none if it does not answer."""
        try:
            text = self._http.get(f"http://127.0.0.1:{self.ports[name]}/metrics").text
        except httpx.TransportError:
            return {}
        rows = (
            line.rpartition(" ") for line in text.splitlines() if line.startswith("posewarden_")
        )
        return {series.removeprefix("posewarden_"): float(value) for series, _, value in rows}

    def total(self, role: str, name: str, /, **labels: str) -> float:
        """Return the sum of a metric over a role's living processes and over all other labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            value
            for process in self.of_role(role)
            for series, value in self.metrics(process).items()
            if series.partition("{")[0] == name and all(each in series for each in wanted)
        )

    def held(self, name: str) -> int:
        """Return how many cameras a process holds."""
        role = name.partition("-")[0]
        return int(self.metrics(name).get(f'cameras_held{{role="{role}"}}', 0))

    def get(self, path: str) -> Any:
        """Return JSON from whichever API answers."""
        for name in self.of_role("api"):
            try:
                return self._http.get(f"http://127.0.0.1:{self.ports[name]}{path}").json()
            except (httpx.TransportError, ValueError):
                continue
        return None

    def post(self, path: str, body: object) -> int:
        """Send JSON to whichever API answers, once; return the status, 0 if none does."""
        once = {"Idempotency-Key": uuid4().hex}
        for name in self.of_role("api"):
            url = f"http://127.0.0.1:{self.ports[name]}{path}"
            with suppress(httpx.TransportError):
                # The audit log waits for a database that is away, a little.
                sent = self._http.post(url, json=body, headers=once, timeout=PATIENCE_S)
                return sent.status_code
        return 0

    def decided(self, camera: str) -> float:
        """Return the capture time up to which the process that holds a camera has decided."""
        told = [self.metrics(name) for name in self.of_role("api")]
        series = f'camera_last_score_timestamp_seconds{{camera="{camera}"}}'
        deciding = (each for each in told if each.get('cameras_held{role="api"}', 0) > 0)
        return max((each.get(series, 0.0) for each in deciding), default=0.0)

    def memory_mb(self) -> dict[int, tuple[str, float]]:
        """Return the resident memory of all processes by their numbers, with their names."""
        named = {"redis": self.redis, **self.roles}
        return {
            process.pid: (name, psutil.Process(process.pid).memory_info().rss / 2**20)
            for name, process in named.items()
            if process.poll() is None
        }

    def _run(self, command: list[str]) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join(filter(None, [str(CLOCK), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONPATH": path, "CHAOS_CLOCK": str(self._folder / "clock")}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=environment,
                preexec_fn=signalled_with_parent(signal.SIGKILL),
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


def _binary(server: str) -> Path:
    if server == "valkey":
        return find_server()
    found = shutil.which("redis-server")
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no redis-server on the PATH")
    return Path(found)

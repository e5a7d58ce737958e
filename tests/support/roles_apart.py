"""A site whose roles run apart over one redis-server; each process can be killed and come back."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import yaml

from export.bench.site.service import free_port
from service.adapters.redis.connection import connect
from support.plain_http import PLAIN
from support.waiting import PATIENCE_S, eventually


class RolesApart:
    """Processes of one site, started one by one; the stack kills those that are left.

    Args:
        folder: for the site's file, Redis' file and the log.
    """

    def __init__(self, folder: Path, stack: ExitStack, cameras: list[dict[str, Any]]) -> None:
        self._folder, self._stack = folder, stack
        self._redis_port, self._api_port = free_port(), free_port()
        self.redis_url = f"redis://127.0.0.1:{self._redis_port}/0"
        self.url = f"http://127.0.0.1:{self._api_port}"
        self.running: list[subprocess.Popen[bytes]] = []
        self.write_file(cameras)

    def write_file(self, cameras: list[dict[str, Any]]) -> Path:
        """Write the site's file, for processes that are started from now on."""
        path = self._folder / "site.yaml"
        site = {"redis": {"url": self.redis_url}, "data": str(self._folder / "data")}
        site["canary"] = {"pictures": False}  # tests of it start it themselves
        path.write_text(yaml.safe_dump({**site, "cameras": cameras}))
        return path

    def serve_redis(self) -> None:
        """Start Redis on its append-only file."""
        server = shutil.which("redis-server")
        if server is None:
            (pytest.fail if "CI" in os.environ else pytest.skip)("no redis-server on the PATH")
        options = f"--port {self._redis_port} --appendonly yes --dir {self._folder}".split()
        self._run(server, *options)
        with connect(self.redis_url) as client:
            eventually(lambda: _answers(client))

    def role(self, name: str) -> "subprocess.Popen[bytes]":
        """Start a role."""
        command = [str(Path(sys.executable).with_name("posewarden")), name]
        command += ["--config", str(self._folder / "site.yaml")]
        command += ["--port", str(self._api_port)] if name == "api" else ["--metrics-port", "0"]
        return self._run(*command)

    def kill_all(self) -> None:
        """End every process as a power cut would."""
        for process in self.running:
            process.kill()
        for process in self.running:
            process.wait()
        self.running.clear()

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the API, once it answers."""

        def answer() -> httpx.Response | None:
            try:
                return httpx.request(
                    method, self.url + path, json=body, timeout=PATIENCE_S, verify=PLAIN
                )
            except httpx.TransportError:
                return None

        return eventually(answer)

    def cameras(self) -> dict[str, dict[str, Any]]:
        """Return the rows of `/cameras` by name."""
        answer = self.ask("GET", "/cameras")
        return {row["name"]: row for row in answer.json()} if answer.is_success else {}

    def log(self) -> str:
        """Return what all processes have said."""
        return (self._folder / "log").read_text()

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        self.running.append(process)
        return process


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False

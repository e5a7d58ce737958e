"""The roles apart, a site without cameras, and a service without the workshop's libraries."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from support.machine_clock import Stopwatch
from support.running_site import EVERYBODY
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService
from service.adapters.redis.connection import connect

pytestmark = pytest.mark.slow
STANDING = {"poses": [[[50 + 3 * (v % 5), 10 * v, 0.9] for v in range(17)]] * 24, "fps": 24}

WITHOUT_WORKSHOP = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "onnx", "onnxscript", "tqdm", "export"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def without_workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every Python that is started from here find no torch, as on a running site."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_WORKSHOP)
    # Before what is there: of several trees, this one is tested.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    refused = subprocess.run(
        [sys.executable, "-c", "import torch"], capture_output=True, text=True, check=False
    )
    assert "No module named 'torch'" in refused.stderr


@contextmanager
def running(*command: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a command; end it by force."""
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("without_workshop")
def test_a_site_without_cameras_serves_and_ends() -> None:
    """Ready in 20 s without torch, /score answers, SIGTERM ends all in 5 s with status 0."""
    starting = Stopwatch()
    with RunningService([]) as service:
        assert starting.machine_s() < 20
        pose = [[100.0 + 3 * (joint % 5), 50.0 + 10 * joint, 0.9] for joint in range(17)]
        answer = httpx.post(
            service.url + "/score", json={"poses": [pose] * 24, "fps": 24}, timeout=PATIENCE_S
        )
        oversized = httpx.post(service.url + "/score", content=b"[" * 2_100_000, timeout=PATIENCE_S)
        nested = httpx.post(service.url + "/score", content=b"[" * 100_000, timeout=PATIENCE_S)
        ending = Stopwatch()
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0
        assert ending.machine_s() < 5

    assert answer.status_code == 200
    assert len(answer.json()["windows"]) == 1
    assert (oversized.status_code, nested.status_code) == (413, 422)


def _assert_ready(answer: httpx.Response) -> None:
    """The site works, and its worker says which provider serves each batch size."""
    state = answer.json()
    assert (answer.status_code, state["wanted_provider"]) == (200, "auto")
    (worker,) = state["workers"]
    assert [each["windows"] for each in worker["batches"]] == [2**power for power in range(9)]
    assert worker["batches"][-1]["provider"] == worker["provider"]


@pytest.mark.usefixtures("without_workshop")
def test_roles_start_in_any_order(tmp_path: Path) -> None:
    """Camera, worker and API wait for a Redis that comes last, and name one that is full."""
    server = shutil.which("redis-server")
    if server is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no redis-server on the PATH")
    redis_port, api_port = _free_ports(2)
    site = tmp_path / "site.yaml"
    site.write_text(f"""
redis: {{url: "redis://127.0.0.1:{redis_port}/0"}}
data: {tmp_path}/data
cameras: [{{name: yard, source: "sim:?people=1&seed=3", threshold: {EVERYBODY}}}]
""")
    role = [str(Path(sys.executable).with_name("posewarden"))]
    config, alone = ["--config", str(site)], ["--metrics-port", "0"]
    url = f"http://127.0.0.1:{api_port}"
    with ExitStack() as stack:
        roles = [
            stack.enter_context(running(*role, "camera", *config, *alone)),
            stack.enter_context(running(*role, "api", *config, "--port", str(api_port))),
            stack.enter_context(running(*role, "worker", *config, *alone)),
        ]
        time.sleep(1.5)
        assert [each.poll() for each in roles] == [None] * 3
        command = [server, "--port", str(redis_port), "--save", "", "--dir", str(tmp_path)]
        stack.enter_context(running(*command))

        eventually(lambda: _alerts(url))
        ready = httpx.get(url + "/readyz", timeout=PATIENCE_S)
        _assert_ready(ready)
        with connect(f"redis://127.0.0.1:{redis_port}/0") as client:
            client.config_set("maxmemory", 1)
            eventually(lambda: not httpx.get(url + "/readyz", timeout=PATIENCE_S).json()["workers"])
            full = httpx.get(url + "/readyz", timeout=PATIENCE_S).json()["reasons"]
            refused = httpx.post(url + "/score", json=STANDING, timeout=PATIENCE_S).json()["detail"]
            client.config_set("maxmemory", 0)
        assert full == ["Redis refuses writes: memory is full; raise maxmemory"]
        assert full[0] in refused
        eventually(lambda: httpx.get(url + "/readyz", timeout=PATIENCE_S).status_code == 200)
        for each in roles:
            each.terminate()
        assert [each.wait(PATIENCE_S) for each in roles] == [0, 0, 0]


def _alerts(url: str) -> list[object]:
    try:
        return list(httpx.get(url + "/alerts", timeout=PATIENCE_S).json()["alerts"])
    except httpx.TransportError:
        return []


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [int(probe.getsockname()[1]) for probe in probes]

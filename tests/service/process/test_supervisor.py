import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from socket import create_server

import httpx
import psutil
import pytest
from support.small_disk import fill, refuses, small_disk
from support.waiting import PATIENCE_S, eventually

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.connection import connect
from service.adapters.redis.disk_guard import SENTENCE, DiskGuard, read_unsaved
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.keys import ONE_SHARD
from service.config.load import load
from service.process.supervisor import (
    GUARD_EVERY_S,
    GUARD_TIMEOUT_S,
    EmbeddedServer,
    camera_processes,
    report_camera_processes,
)

pytestmark = pytest.mark.slow

SITE = """
camera_processes: 2
cameras:
  - {name: yard, source: "sim:?people=2&fps=15&seed=3", threshold: 3.0}
  - {name: gate, source: "sim:?people=1&fps=5&seed=4", threshold: 3.0}
"""


@pytest.fixture
def model() -> Path:
    """The model that a site runs by default."""
    path = load(None).model_path
    if not path.is_file():
        pytest.skip(f"no bundled model {path.name}")
    return path


@contextmanager
def site(tmp_path: Path, *flags: str) -> "Iterator[subprocess.Popen[str]]":
    """Run `posewarden up` as a user does; kill whatever is left of it."""
    config = tmp_path / "site.yaml"
    config.write_text(SITE)
    command = [sys.executable, "-P", "-m", "service.cli", "up", "--config", str(config)]
    command += ["--data", str(tmp_path / "data"), *flags]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    """Read on until the service says where it is."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"page at (\S+)/", line):
            return found[1]
    raise AssertionError("the service ended before it was ready")


def gone(processes: list[psutil.Process], within_s: float) -> bool:
    """Tell whether all these processes end in time."""
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return not alive


def test_site_starts_heals_and_ends(tmp_path: Path, model: Path) -> None:
    """All roles come up, a killed one comes back, SIGTERM ends all; each logs as `up` was told.

    The camera processes share the cameras, and the page adds up what they hold.

    It runs in a folder whose files are called as the libraries are: none of them is executed.
    """
    for name in ("uvicorn", "click", "yaml", "numpy", "json", "redis", "sitecustomize", "service"):
        (tmp_path / f"{name}.py").write_text(f"open('executed-{name}', 'w')\n")
    flags = ("--port", "0", "--model", str(model), "--log-format", "json")
    with site(tmp_path, *flags) as process:
        url = address(process)
        children = psutil.Process(process.pid).children(recursive=True)
        commands = [" ".join(child.cmdline()) for child in children]
        assert sum("--log-format json" in command for command in commands) == 4
        eventually(lambda: _shared(tmp_path / "data") == 2)
        held = 'cameras_held{role="camera"} 2.0'
        eventually(lambda: held in httpx.get(url + "/metrics", timeout=PATIENCE_S).text)
        worker = next(child for child in children if "worker" in child.cmdline())
        worker.kill()
        end_at = time.monotonic() + PATIENCE_S
        while (
            'role_restarts_total{role="worker"} 1.0'
            not in httpx.get(url + "/metrics", timeout=PATIENCE_S).text
        ):
            assert time.monotonic() < end_at
            time.sleep(0.1)
        children = psutil.Process(process.pid).children(recursive=True)

        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert gone(children, PATIENCE_S)
    assert list(tmp_path.glob("executed-*")) == []


def _shared(data: Path) -> int:
    """Return how many processes watch cameras."""
    with connect(f"unix://{data}/redis.sock") as client:
        return len({client.get(ONE_SHARD.watch(name)) for name in ("gate", "yard")} - {None})


@pytest.mark.parametrize(
    ("wanted", "cores", "number"), [("auto", 1, 1), ("auto", 15, 1), ("auto", 32, 4), (3, 2, 3)]
)
def test_camera_processes_follow_the_cores(wanted: object, cores: int, number: int) -> None:
    """One for each eight, unless the site says how many."""
    assert camera_processes(load(None, {"camera_processes": wanted}), cores) == number


def test_the_log_says_how_many_camera_processes_and_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By the cores, or because the site says so."""
    with caplog.at_level(logging.INFO):
        for wanted in ("auto", 3):
            report_camera_processes(load(None, {"camera_processes": wanted}), 3, 24)

    assert [vars(record)["reason"] for record in caplog.records] == [
        "one for each 8 cores",
        "the setting says so",
    ]


def test_kill_leaves_no_orphan(tmp_path: Path, model: Path) -> None:
    """When the supervisor is killed by force, roles and Valkey die with it."""
    with site(tmp_path, "--port", "0", "--model", str(model)) as process:
        address(process)
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == 5

        process.kill()
        assert gone(children, PATIENCE_S)


def test_taken_address_is_said_in_one_line(tmp_path: Path) -> None:
    """A port in use ends the start at once with status 1 and the remedy."""
    with create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with site(tmp_path, "--port", port) as process:
            output, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert len(output.splitlines()) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in output


def test_a_server_that_cannot_start_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    """With a damaged file each failed start is followed by a wait, and the end is not delayed."""
    telemetry = PrometheusTelemetry()
    others = set(psutil.Process().children())
    with EmbeddedRedis(tmp_path / "data") as redis:
        (child,) = set(psutil.Process().children()) - others
        child.kill()
        child.wait(PATIENCE_S)
        for manifest in (tmp_path / "data").rglob("*.manifest"):
            manifest.write_text("no manifest")
        server = EmbeddedServer(redis)

        for moment in (0.0, 0.01, 0.02, 1000.0, 1000.01):
            server.check(moment, telemetry)

    assert b'posewarden_role_restarts_total{role="redis"} 2.0' in telemetry.render()


def test_the_supervisor_looks_after_a_full_disk(tmp_path: Path) -> None:
    """A full disk stops the server's writes until the next look; a silent server stops nothing."""
    telemetry, times_s = PrometheusTelemetry(), count(step=GUARD_EVERY_S)
    with (
        small_disk(tmp_path / "disk") as disk,
        EmbeddedRedis(disk / "data") as redis,
        connect(redis.url, timeout_s=PATIENCE_S) as client,
        connect(redis.url, timeout_s=GUARD_TIMEOUT_S) as guarding,
    ):
        server = EmbeddedServer(redis, DiskGuard(guarding, disk / "data"))

        def said() -> bool:
            server.check(next(times_s), telemetry)
            return not refuses(client) and read_unsaved(client) == SENTENCE

        server.check(next(times_s), telemetry)
        fill(disk)
        eventually(lambda: refuses(client))

        eventually(said)

        process = redis._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        server.check(next(times_s), telemetry)
        process.send_signal(signal.SIGCONT)
        assert client.ping()

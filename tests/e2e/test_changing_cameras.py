"""Cameras that are added, changed, paused and deleted while processes run, die and come back."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from support.machine_clock import Stopwatch
from support.roles_apart import RolesApart
from support.running_site import EVERYBODY
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import RunningService
from service.adapters.redis.connection import connect
from service.adapters.redis.keys import ONE_SHARD
from service.adapters.redis.status_store import RedisStatusStore
from tracker.memory_telemetry import InMemoryTelemetry

pytestmark = pytest.mark.slow
GATE = {"name": "gate", "source": "sim:?people=1&seed=1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesApart]:
    """Redis, the API, a worker and two camera processes, whose file has one camera."""
    with ExitStack() as stack:
        site = RolesApart(tmp_path_factory.mktemp("site"), stack, [GATE])
        site.serve_redis()
        start_roles(site)
        yield site


def start_roles(site: RolesApart) -> None:
    """Start everything but Redis."""
    for role in ("camera", "api", "worker", "camera"):
        site.role(role)


def add(site: RolesApart, name: str, **settings: object) -> dict[str, Any]:
    """Add a camera in whose view people walk."""
    body = {"name": name, "source": f"sim:?people=2&seed={len(name)}", **settings}
    answer = site.ask("POST", "/cameras", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def shown(site: RolesApart, name: str, version: int, state: str = "live") -> bool:
    """Tell whether the process that watches a camera says that it runs by this version."""
    row = site.cameras().get(name, {})
    return (row.get("version"), row.get("state")) == (version, state)


def sessions(site: RolesApart) -> dict[str, str]:
    """Return in which session each camera is."""
    with connect(site.redis_url) as client:
        board = RedisStatusStore(client, clock=time.time, telemetry=InMemoryTelemetry())
        names = list(site.cameras())
        return {name: view.session for name, view in board.views(names).items()}


def holders(site: RolesApart) -> dict[str, bytes]:
    """Return which process watches each camera."""
    with connect(site.redis_url) as client:
        held = {name: client.get(ONE_SHARD.watch(name)) for name in site.cameras()}
        return {name: holder for name, holder in held.items() if isinstance(holder, bytes)}


def alerts(site: RolesApart, **filters: str) -> list[dict[str, Any]]:
    """Return a camera's alerts."""
    answer = site.ask("GET", f"/alerts?{'&'.join(f'{k}={v}' for k, v in filters.items())}")
    return list(answer.json()["alerts"]) if answer.is_success else []


def test_two_processes_share_cameras_that_come_change_and_go(site: RolesApart) -> None:
    """Each is shown by its new version; everything that was set outlives kill -9 of all."""
    version = {name: add(site, name)["version"] for name in ("hall", "dock")}
    version["yard"] = add(site, "yard", threshold=EVERYBODY)["version"]
    for name, number in version.items():
        eventually(lambda name=name, number=number: shown(site, name, number))
    eventually(lambda: sorted(Counter(holders(site).values()).values()) == [2, 2])
    eventually(lambda: len(sessions(site)) == 4)
    before = sessions(site)

    changed = site.ask("PATCH", "/cameras/hall", {"source": "sim:?people=3&seed=9"}).json()
    eventually(lambda: shown(site, "hall", changed["version"]))
    retuned = site.ask("PATCH", "/cameras/gate", {"threshold": 3.5}).json()
    eventually(lambda: shown(site, "gate", retuned["version"]))
    eventually(lambda: sessions(site)["hall"] != before["hall"])

    paused = site.ask("POST", "/cameras/dock/pause").json()
    eventually(lambda: shown(site, "dock", paused["version"], "paused"))
    eventually(lambda: alerts(site, camera="yard", state="open"))
    site.kill_all()
    site.serve_redis()
    start_roles(site)

    eventually(lambda: shown(site, "hall", changed["version"]))
    eventually(lambda: shown(site, "dock", paused["version"], "paused"))
    eventually(lambda: site.cameras()["gate"]["threshold"] == 3.5)
    assert site.ask("DELETE", "/cameras/yard").status_code == 204
    eventually(lambda: "yard" not in site.cameras())
    eventually(lambda: not alerts(site, camera="yard", state="open"))
    assert alerts(site, camera="yard", state="closed")
    eventually(lambda: set(holders(site)) == {"gate", "hall", "dock"})


def test_a_name_in_file_and_api_is_refused_at_the_start(site: RolesApart) -> None:
    """The process says which camera and what to do, and ends."""
    add(site, "attic")
    path = site.write_file([GATE, {"name": "attic", "source": "sim:"}])
    command = [str(Path(sys.executable).with_name("posewarden")), "camera"]

    ended = subprocess.run(
        [*command, "--config", str(path), "--metrics-port", "0"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert ended.returncode == 1
    assert "camera attic: it is in the site's file and was added over the API" in ended.stderr
    assert "DELETE /cameras/attic" in ended.stderr


def test_the_first_camera_of_all_starts_what_it_needs(tmp_path: Path) -> None:
    """`up` without cameras runs the API alone; what was added outlives the supervisor's death."""
    with RunningService([], folder=tmp_path) as service:
        assert len(psutil.Process(service.process.pid).children()) == 2  # Valkey and the API
        stopwatch = Stopwatch()
        hall = {"name": "hall", "source": "sim:?people=1"}
        answer = httpx.post(service.url + "/cameras", json=hall, timeout=PATIENCE_S)
        version = answer.json()["version"]
        eventually(lambda: _row(service.url).get("version") == version)
        print(f"first camera of a site shown after {stopwatch.machine_s():.1f} s")
        eventually(lambda: _row(service.url).get("state") == "live")
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait(PATIENCE_S)

    with RunningService([], folder=tmp_path) as again:
        eventually(lambda: _row(again.url).get("state") == "live")
        assert _row(again.url)["version"] == version


def _row(url: str) -> dict[str, Any]:
    rows = httpx.get(url + "/cameras", timeout=PATIENCE_S).json()
    return dict(rows[0]) if rows else {}

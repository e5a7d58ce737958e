"""A site of containers, built, watched, broken and mended; `make test-compose` runs it.

Needs a Docker engine with compose and a few minutes, hence a name that pytest does not collect by
itself. The tests follow one site through its life, so their order matters.
"""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import yaml
from websockets.sync.client import connect

from export.bench.site.service import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PROJECT = "posewarden-smoke"
ROLES = {"camera": 10001, "worker": 10001, "api": 10001}
SEEN = dict.fromkeys(ROLES, 1)  # by Prometheus
# Whose folders an image of that name from elsewhere than its publisher may not own.
OWNERS = {"redis": 999, "prometheus": 65534}
SQUARE = {
    "name": "square",
    "source": "sim:?people=4&fps=15&seed=7&events=fall@6,run@14,fight@22&loop=30",
}
STREET = {"name": "street", "source": "clip.avi?loop=1"}


# As .env.example has it.
NODES = [name for name, each in COMPOSE["services"].items() if each["image"].startswith("redis:")]
CLUSTER = {
    "COMPOSE_PROFILES": "cluster",
    "REDIS_URL": f"redis+cluster://{','.join(NODES)}",
    "REDIS_SHARDS": "4",
    "REDIS_WAIT_REPLICAS": "1",
}


class Site:
    """The compose project, its API and what Docker says about its containers."""

    def __init__(
        self, folder: Path, project: str = PROJECT, more: Mapping[str, str] | None = None
    ) -> None:
        self._project = project
        self.key = (ROOT / "secrets" / "api_key").read_text()
        self.address, self.grafana = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self._environment = os.environ | {
            "SITE": str(folder),
            "API_ADDRESS": self.address,
            "GRAFANA_ADDRESS": self.grafana,
            **(more or {}),
        }

    def compose(self, *arguments: str) -> str:
        """Run compose on the project; return what it prints."""
        command = shlex.split(os.environ.get("COMPOSE", "docker compose"))
        return run(*command, "-p", self._project, *arguments, environment=self._environment)

    def containers(self, service: str) -> list[str]:
        """Return the ids of a service's running containers."""
        return self.compose("ps", "-q", service).split()

    def get(self, path: str) -> Any:
        """Return what the API answers."""
        answer = httpx.get(f"http://{self.address}{path}", headers={"X-API-Key": self.key})
        answer.raise_for_status()
        return answer.json()

    def alerts(self) -> set[str]:
        """Return the ids of the newest alerts."""
        return {alert["id"] for alert in self.get("/alerts?limit=200")["alerts"]}


def save_clip(path: Path) -> None:
    """Write four seconds of a ball that crosses the picture."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for number in range(40):
        picture = np.full((240, 320, 3), 60, np.uint8)
        cv2.circle(picture, (8 * number, 120), 30, (0, 200, 255), -1)
        writer.write(picture)
    writer.release()


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """Run a command in the checkout; return what it prints.

    Raises:
        AssertionError: it failed; the text says how.
    """
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (
        f"{shlex.join(command)}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    )
    return done.stdout


def inspect(container: str) -> dict[str, Any]:
    """Return what Docker knows about a container."""
    (known,) = json.loads(run("docker", "inspect", container))
    return known  # type: ignore[no-any-return] # JSON


def own_folder(volume: str, owner: int) -> None:
    """Give a volume to a user: published images own theirs already, stand-ins for them do not."""
    image, mount = "python:3.11-slim-bookworm", f"{volume}:/folder"
    run("docker", "run", "--rm", "-v", mount, image, "chown", f"{owner}:{owner}", "/folder")


def eventually(wanted: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait for a condition; failing HTTP calls mean not yet."""
    end_s = time.monotonic() + within_s
    while True:
        try:
            if wanted():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end_s, f"not within {within_s:g} s: {what}"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a simulated camera, built from this checkout and taken down in the end."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "site.yaml").write_text(yaml.safe_dump({"cameras": [SQUARE, STREET]}))
    save_clip(folder / "clip.avi")
    folder.chmod(0o755)
    site = Site(folder)
    site.compose("build", *ROLES)
    for service, owner in OWNERS.items():
        own_folder(f"{PROJECT}_{service}", owner)
    try:
        site.compose("up", "--detach", "redis", *ROLES, "prometheus")
        yield site
    finally:
        if os.environ.get("SMOKE_LOGS"):
            print(site.compose("logs", "--no-color", "--tail", "40"))
        site.compose("down", "--volumes", "--timeout", "5")


def test_the_site_becomes_ready(site: Site) -> None:
    """Every role, Redis and Prometheus are healthy by their own probes."""
    eventually(lambda: site.get("/readyz")["ready"], 120, "/readyz")
    for service in ("redis", *ROLES, "prometheus"):
        (container,) = site.containers(service)
        eventually(
            lambda container=container: (
                inspect(container)["State"]["Health"]["Status"] == "healthy"
            ),
            60,
            f"{service} healthy",
        )


def test_a_video_is_watched_with_the_weights_of_the_image(site: Site) -> None:
    """The sealed camera decodes pictures and looks at them with the BlazePose it brought along."""

    def watched() -> bool:
        (street,) = (each for each in site.get("/cameras") if each["name"] == "street")
        return street["state"] == "live" and street["fps"] > 0  # however slow the machine is

    eventually(watched, 300, "frames of the video")


def test_the_key_is_asked_for(site: Site) -> None:
    """Who has no key gets nothing, who has it gets a score."""
    pose = [[100.0 + 3 * (joint % 5), 50.0 + 10 * joint, 0.9] for joint in range(17)]
    request = {"poses": [pose] * 24, "fps": 24}

    refused = httpx.post(f"http://{site.address}/score", json=request)
    scored = httpx.post(
        f"http://{site.address}/score", json=request, headers={"X-API-Key": site.key}, timeout=20
    )

    assert refused.status_code == 401
    assert scored.status_code == 200
    assert len(scored.json()["windows"]) == 1


def test_an_alert_is_heard_and_kept(site: Site) -> None:
    """The simulated square's next anomaly comes over the WebSocket and stands in the history."""
    header = {"Authorization": f"Bearer {site.key}"}

    with connect(f"ws://{site.address}/ws/alerts", additional_headers=header) as socket:
        message = {}
        while "alert" not in message:
            message = json.loads(socket.recv(timeout=90))

    assert message["alert"]["camera"] == "square"
    assert message["alert"]["id"] in site.alerts()


def test_prometheus_sees_every_role(site: Site) -> None:
    """Each role is a target and answers, the API by its key."""
    eventually(lambda: _targets_up(site).items() >= SEEN.items(), 90, "targets")


def test_containers_are_sealed(site: Site) -> None:
    """No root, no capabilities, a root file system to read only, and only the API published."""
    for service in ("redis", *ROLES, "prometheus"):
        (container,) = site.containers(service)
        known = inspect(container)
        assert known["Config"]["User"].split(":")[0] not in {"", "0", "root"}, service
        assert known["HostConfig"]["ReadonlyRootfs"], service
        assert known["HostConfig"]["CapDrop"] == ["ALL"], service
        assert known["HostConfig"]["Memory"] > 0, service
        assert "no-new-privileges:true" in known["HostConfig"]["SecurityOpt"], service
        assert not _tried(container, "touch /made"), service
        assert _tried(container, "cd /tmp && touch made"), service
        published = [port for port in known["NetworkSettings"]["Ports"].values() if port]
        assert bool(published) == (service == "api"), service


def test_roles_run_as_their_own_user_without_the_workshop(site: Site) -> None:
    """The uid is fixed, /data is the camera's to write, and neither torch nor pip is there."""
    for service, uid in ROLES.items():
        (container,) = site.containers(service)
        assert run("docker", "exec", container, "id", "-u").strip() == str(uid)
        assert not _tried(container, "python -c 'import torch'")
        assert not _tried(container, "python -c 'import pip'")
        assert not _tried(container, "python -c 'import export'")
    (camera,) = site.containers("camera")
    assert _tried(camera, "touch /data/made")
    assert _tried(camera, "posewarden models list | grep -q '^blazepose  ok  /models/'")


def test_no_secret_shows(site: Site) -> None:
    """Neither Docker's description of the containers nor the logs repeat a secret."""
    secrets = [(ROOT / "secrets" / name).read_text() for name in ("api_key", "redis_password")]
    for service in ("redis", *ROLES, "prometheus"):
        (container,) = site.containers(service)
        said = run("docker", "inspect", container) + site.compose("logs", "--no-color", service)
        assert not [secret for secret in secrets if secret in said], service


def test_killing_a_worker_stops_nothing(site: Site) -> None:
    """Two workers share the load; when one is killed, alerts go on."""
    site.compose("up", "--detach", "--no-recreate", "--scale", "worker=2", "worker")
    eventually(lambda: len(site.get("/readyz")["workers"]) == 2, 60, "the second worker")
    eventually(lambda: _targets_up(site).get("worker") == 2, 60, "the second worker's metrics")

    run("docker", "kill", site.containers("worker")[0])
    known = site.alerts()

    eventually(lambda: bool(site.alerts() - known), 60, "an alert after the kill")


def test_restarting_redis_loses_no_alert(site: Site) -> None:
    """What was told before a restart of Redis is known after it, and new alerts come."""
    known = site.alerts()
    (container,) = site.containers("redis")

    run("docker", "restart", "--time", "5", container)

    eventually(lambda: site.get("/readyz")["ready"], 60, "/readyz after Redis' restart")
    assert known <= site.alerts()
    eventually(lambda: bool(site.alerts() - known), 60, "an alert after Redis' restart")


def test_down_and_up_keeps_the_history(site: Site) -> None:
    """The containers and networks are made anew, the volumes stay: every alert is known."""
    known = site.alerts()

    site.compose("down", "--timeout", "5")
    site.compose("up", "--detach", "redis", *ROLES, "prometheus")

    eventually(lambda: site.get("/readyz")["ready"], 180, "/readyz of new containers")
    assert known <= site.alerts()
    eventually(lambda: bool(site.alerts() - known), 120, "an alert of new containers")


def test_deciders_join(site: Site) -> None:
    """A process of the profile `decide` is healthy, and Prometheus and alerts see it."""
    site.compose("--profile", "decide", "up", "--detach", "--no-recreate", "decide")
    (container,) = site.containers("decide")
    known = site.alerts()

    eventually(lambda: inspect(container)["State"]["Health"]["Status"] == "healthy", 120, "decide")
    eventually(lambda: _targets_up(site).get("decide") == 1, 180, "its metrics")
    eventually(lambda: bool(site.alerts() - known), 120, "an alert with two that decide")


def test_grafana_shows_the_dashboards(site: Site) -> None:
    """Grafana starts with its password and both dashboards; skipped where its image is not had."""
    image = COMPOSE["services"]["grafana"]["image"]
    if subprocess.run(["docker", "pull", "--quiet", image], capture_output=True).returncode:
        pytest.skip(f"{image} cannot be had here, and no stand-in for it would run")
    site.compose("up", "--detach", "grafana")
    login = ("admin", (ROOT / "secrets" / "grafana_password").read_text())

    def shown() -> bool:
        found = httpx.get(f"http://{site.grafana}/api/search?type=dash-db", auth=login)
        found.raise_for_status()
        return len(found.json()) == 2

    eventually(shown, 60, "two dashboards")


@pytest.fixture
def clustered(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A site beside it, of the same images, on a cluster of Redis."""
    (tmp_path / "site.yaml").write_text(yaml.safe_dump({"cameras": [SQUARE]}))
    tmp_path.chmod(0o755)
    site.compose("stop", "--timeout", "5")  # two would need two machines
    other = Site(tmp_path, f"{PROJECT}-cluster", CLUSTER)
    for node in NODES:
        own_folder(f"{PROJECT}-cluster_{node}", OWNERS["redis"])
    try:
        other.compose("up", "--detach", *NODES, *ROLES)
        yield other
    finally:
        other.compose("down", "--volumes", "--timeout", "5")


def test_a_cluster_outlives_a_node(clustered: Site) -> None:
    """It is made by itself; a killed master is replaced, comes back as a replica, alerts go on."""
    eventually(lambda: clustered.get("/readyz")["ready"], 180, "/readyz on a cluster")
    eventually(lambda: bool(clustered.alerts()), 120, "an alert on a cluster")
    (victim,) = clustered.containers(NODES[0])

    run("docker", "kill", victim)
    eventually(lambda: "fail" in _nodes_seen(clustered), 60, "its death is seen")
    eventually(lambda: _nodes_seen(clustered).count("master") == 4, 60, "its replica's promotion")
    known = clustered.alerts()
    eventually(lambda: bool(clustered.alerts() - known), 120, "an alert after the fail-over")
    run("docker", "start", victim)

    eventually(lambda: _nodes_seen(clustered).count("slave") == 3, 120, "it follows")


def _nodes_seen(site: Site) -> list[str]:
    """Return what the last node says that the nodes are."""
    (container,) = site.containers(NODES[-1])
    ask = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli cluster nodes'
    lines = run("docker", "exec", container, "sh", "-c", ask).splitlines()
    return [word for line in lines for word in line.split()[2].split(",")]


def _targets_up(site: Site) -> dict[str, int]:
    """Return how many targets of each job answer Prometheus."""
    (container,) = site.containers("prometheus")
    query = "sum by (job) (up)"
    server = "http://127.0.0.1:9090"
    asked = ["promtool", "query", "instant", "-o", "json", server, query]
    answer = json.loads(run("docker", "exec", container, *asked))
    return {each["metric"]["job"]: int(each["value"][1]) for each in answer}


def _tried(container: str, command: str) -> bool:
    """Tell whether a shell in the container can do this."""
    done = subprocess.run(["docker", "exec", container, "sh", "-c", command], capture_output=True)
    return done.returncode == 0

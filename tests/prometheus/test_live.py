"""A real Prometheus over the real service: what is told, and what the dashboards find."""

import json
import math
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from support.mosquitto import Mosquitto
from support.receiver import Receiver
from support.waiting import PATIENCE_S

from export.bench.site.service import RunningService, free_port
from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.definition import PREFIX

pytestmark = pytest.mark.slow

# Below any score there is: everybody raises an alert, and each loop closes the last one's.
EVERYBODY = -1000.0
CAMERAS: list[dict[str, Any]] = [
    {
        "name": name,
        "source": f"sim:?people=3&fps=15&seed={seed}&events=fall@1&loop=5",
        "threshold": EVERYBODY,
    }
    for seed, name in enumerate(("gate", "yard"))
]
# One whose thresholds follow a budget: those above have thresholds of their own.
CAMERAS.append({"name": "shop", "source": "sim:?people=1&fps=5&seed=9", "alarms_per_day": 1})
WITHIN_S = 180.0
# A rate of alarms is said once a block of ten minutes is over; nobody finds a drawn fall where no
# camera has pictures.
LATER = ("posewarden_alarm_rate_", "posewarden_picture_canary_last_success_")


@contextmanager
def running(command: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a command; end it by force."""
    with subprocess.Popen(command, env={**os.environ, **(environment or {})}) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A whole service, with a camera and a worker role joined to it; addresses by job."""
    folder = tmp_path_factory.mktemp("site")
    posewarden = str(Path(sys.executable).with_name("posewarden"))
    ports = {"camera": free_port(), "worker": free_port()}
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        broker = Mosquitto()
        stack.callback(broker.remove)
        broker.start()
        output = {"name": "desk", "type": "webhook", "url": receiver.url, "allow_local": True}
        settings = {"outputs": [output, broker.settings()], "canary": {"pictures": True}}
        service = stack.enter_context(RunningService(CAMERAS, folder=folder, site=settings))
        redis = {"POSEWARDEN_REDIS__URL": f"unix://{folder}/data/redis.sock"}
        for role, port in ports.items():
            command = [posewarden, role, "--config", str(folder / "site.yaml")]
            stack.enter_context(running([*command, "--metrics-port", str(port)], redis))
        for port in ports.values():
            _wait_for(f"http://127.0.0.1:{port}/metrics")
        yield {
            "api": service.url.removeprefix("http://"),
            **{role: f"127.0.0.1:{port}" for role, port in ports.items()},
        }


@pytest.fixture(scope="module")
def asked(
    site: dict[str, str], prometheus: str, docker: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a Prometheus with the site's configuration and rules, a second fast."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = yaml.safe_load((docker / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(docker / "prometheus" / "rules" / "posewarden.yml")]
    port = free_port()
    for job in config["scrape_configs"]:
        job.pop("dns_sd_configs", None)
        job.pop("authorization", None)
        target = site.get(job["job_name"], f"127.0.0.1:{port}")
        job["static_configs"] = [{"targets": [target]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [prometheus, f"--config.file={folder / 'prometheus.yml'}", "--log.level=error"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    with running(command):
        _wait_for(f"http://127.0.0.1:{port}/-/ready")
        yield f"http://127.0.0.1:{port}"


def test_dashboards_find_data(asked: str, queries: list[tuple[str, str]]) -> None:
    """Every query of every panel returns numbers; a loss that did not happen returns 0."""
    end_at = time.monotonic() + WITHIN_S
    missing = {where: query for where, query in queries if not any(w in query for w in LATER)}
    while missing and time.monotonic() < end_at:
        time.sleep(1)
        missing = {where: query for where, query in missing.items() if not _numbers(asked, query)}

    assert not missing, "\n".join(missing.values())


def test_everything_told_is_documented_and_the_other_way_round(site: dict[str, str]) -> None:
    """The page of the whole service has every metric of the table, and no other."""
    expected = {PREFIX + metric.name: metric.kind for metric in METRICS}
    end_at = time.monotonic() + WITHIN_S
    while (kinds := _kinds(site["api"])) != expected and time.monotonic() < end_at:
        time.sleep(0.5)  # drift takes a hundred scores

    assert kinds == expected, set(kinds.items()) ^ set(expected.items())


@pytest.mark.parametrize("role", ["camera", "worker"])
def test_a_role_tells_its_own(site: dict[str, str], role: str) -> None:
    """A role's own page has what the table says of it, and nothing of the others."""
    own = [metric for metric in METRICS if role in metric.roles]
    # The others begin when there is something to tell, such as a network that cameras share.
    begun = [m for m in own if set(m.labels) <= {"camera", "role", *m.known}]

    wanted = {PREFIX + metric.name for metric in begun}
    end_at = time.monotonic() + WITHIN_S
    while not (kinds := set(_kinds(site[role]))) >= wanted:
        assert time.monotonic() < end_at, wanted - kinds  # a lease on a camera takes a while
        time.sleep(0.5)

    assert kinds <= {PREFIX + metric.name for metric in own}


def test_the_rules_find_a_healthy_site(asked: str) -> None:
    """No alert of a process or of the canary is firing, and all rules could be evaluated."""
    end_at = time.monotonic() + WITHIN_S
    while any(rule["health"] != "ok" for rule in _rules(asked)):
        assert time.monotonic() < end_at, _rules(asked)
        time.sleep(0.5)

    firing = {rule["name"] for rule in _rules(asked) if rule.get("state") == "firing"}
    assert firing & {"CanaryFailed", "WorkerGone", "RedisDown", "ScrapeDown", "CameraDown"} == set()


def _rules(url: str) -> list[dict[str, Any]]:
    groups = httpx.get(url + "/api/v1/rules", timeout=PATIENCE_S).json()["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _wait_for(url: str) -> None:
    end_at = time.monotonic() + WITHIN_S
    while time.monotonic() < end_at:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=PATIENCE_S).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"no answer of {url} within {WITHIN_S} s")


def _numbers(url: str, query: str) -> list[float]:
    answer = httpx.get(f"{url}/api/v1/query?query={urllib.parse.quote(query)}", timeout=PATIENCE_S)
    found: Any = json.loads(answer.content)
    assert found["status"] == "success", (query, found)
    values = [float(series["value"][1]) for series in found["data"]["result"]]
    return [value for value in values if not math.isnan(value)]


def _kinds(address: str) -> dict[str, str]:
    """Return what a metrics page declares: kinds by name."""
    page = httpx.get(f"http://{address}/metrics", timeout=PATIENCE_S).text
    lines = [line.split() for line in page.splitlines() if line.startswith("# TYPE ")]
    return {name: kind for _, _, name, kind in lines if not name.endswith("_created")}

"""The compose file and the images: valid, sealed, and true to the code they run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.images import DOCKERFILE, ROLES

from service.adapters.redis.addresses import SHARDS_OF_THREE_MASTERS, read_address
from service.config.load import load
from service.config.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = [name for name, service in SERVICES.items() if "build" in service]


def judged(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment's."""
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_compose_file_is_valid() -> None:
    """It obeys the Compose Specification's schema."""
    done = judged(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    )

    assert done.returncode == 0, done.stdout


def test_the_dockerfile_is_clean() -> None:
    """Hadolint has nothing to say."""
    done = judged("hadolint", str(DOCKERFILE))

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_sealed_and_bounded(name: str) -> None:
    """Nothing writable but volumes and /tmp, no privileges, bounded memory, logs and processes."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "pids_limit", "logging"} <= service.keys()
    assert "container_name" not in service  # it could not be scaled


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_no_root(name: str) -> None:
    """Each has a probe and a user, its own or its image's."""
    service = SERVICES[name]

    if name in BUILT:
        stage = _stage(service["build"]["target"])
        assert "HEALTHCHECK" in stage
        assert "USER 10001:10001" in _stage("runtime")
    else:
        assert service["healthcheck"]["test"]
        assert service["user"].split(":")[0] not in {"0", "root"}


def test_only_the_api_and_grafana_are_published() -> None:
    """Redis, the metrics and Prometheus are reached from inside alone."""
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    open_networks = {name for name, net in COMPOSE["networks"].items() if not net.get("internal")}
    outside = {name for name, each in SERVICES.items() if open_networks & set(each["networks"])}

    assert published == {"api", "grafana"}
    assert SERVICES["api"]["ports"] == [f"${{API_ADDRESS:-0.0.0.0:8000}}:{ROLES['api']}"]
    assert outside == {"api", "grafana", "camera", "decide"}


def test_a_redis_elsewhere_is_reached_by_every_role() -> None:
    """Workers have the road alone: one setting opens it, named beside the address elsewhere."""
    text = (ROOT / ".env.example").read_text()
    sentinels = re.search(r"^#REDIS_URL=redis\+sentinel://.*\n(?:#\w+=.*\n)*", text, re.MULTILINE)
    ways = {name: net["internal"] for name, net in COMPOSE["networks"].items() if net}

    assert ways == {"road": "${ROAD_INTERNAL:-true}", "metrics": True}
    assert all("road" in SERVICES[role]["networks"] for role in ("camera", "worker", "api"))
    assert sentinels is not None
    assert "\n#ROAD_INTERNAL=false\n" in sentinels[0]


def test_images_from_elsewhere_are_pinned() -> None:
    """Every published image has a tag that names a version, in both files."""
    pulled = {service["image"] for name, service in SERVICES.items() if name not in BUILT}
    pulled |= set(re.findall(r"^ARG PYTHON_IMAGE=(\S+)", DOCKERFILE.read_text(), re.MULTILINE))

    assert len(pulled) == 4
    assert [image for image in pulled if not re.search(r":v?\d+\.\d+", image)] == []


@pytest.mark.parametrize("name", BUILT)
def test_settings_of_the_roles_exist(name: str) -> None:
    """What compose and the image put into the environment are settings of ours."""
    given = {*SERVICES[name]["environment"], *re.findall(r"POSEWARDEN_\w+", DOCKERFILE.read_text())}
    fields = {each.removeprefix("POSEWARDEN_").lower().split("__")[0] for each in given}

    assert fields <= Settings.model_fields.keys()


@pytest.mark.parametrize("role", ROLES)
def test_probes_ask_where_the_role_answers(role: str) -> None:
    """The image's probe and its exposed port are the role's default."""
    stage = _stage(role)

    assert f"EXPOSE {ROLES[role]}\n" in stage
    assert f"http://127.0.0.1:{ROLES[role]}/" in stage


def test_mounted_files_exist() -> None:
    """What is mounted from the checkout is in it; missing, Docker would make a folder of it."""
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    sources = {mount.split(":")[0] for mount in mounts if mount.startswith("./")}

    assert [source for source in sources if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("role", ROLES)
def test_prometheus_finds_the_role(role: str) -> None:
    """It asks a service of that name, at the role's port, over a network they share."""
    config = yaml.safe_load((ROOT / "docker" / "prometheus" / "prometheus.yml").read_text())
    (asked,) = (
        found
        for job in config["scrape_configs"]
        for found in job.get("dns_sd_configs", [])
        if found["names"] == [role]
    )

    assert asked["port"] == ROLES[role]
    assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES[role]["networks"])


def test_an_upgrade_starts_prometheus_with_the_new_rules() -> None:
    """It reads mounted files at its start alone, and no `up` makes its container anew for them."""
    text = (ROOT / "docs" / "install.md").read_text()
    (upgrade,) = re.findall(r"^## Upgrade\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    mounted = [mount.split(":")[0] for mount in SERVICES["prometheus"]["volumes"]]

    assert [each for each in mounted if each.startswith("./")]
    assert "\ndocker compose restart prometheus" in upgrade


def test_grafana_finds_its_dashboards_and_prometheus() -> None:
    """The provisioned folder is the mounted one, the data source the service beside it."""
    provisioning = ROOT / "docker" / "grafana" / "provisioning"
    dashboards = yaml.safe_load((provisioning / "dashboards" / "posewarden.yml").read_text())
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())
    mounted = SERVICES["grafana"]["volumes"]

    folder = dashboards["providers"][0]["options"]["path"]
    assert f"./docker/grafana/dashboards:{folder}:ro" in mounted
    assert sources["datasources"][0]["url"] == "http://prometheus:9090"


def test_secrets_are_never_committed() -> None:
    """Their folder and the site's are ignored by git and stay out of the images."""
    ignored = (ROOT / ".gitignore").read_text().split()
    context = (ROOT / ".dockerignore").read_text().split()

    assert {"/secrets/", "/site/"} <= set(ignored)
    assert "*" in context
    assert {"!secrets", "!site", "!export", "!tests"}.isdisjoint(context)
    assert all(Path(each["file"]).parts[0] == "secrets" for each in COMPOSE["secrets"].values())


def test_the_example_site_is_good() -> None:
    """site.example.yaml passes check-config's checks."""
    settings = load(ROOT / "site.example.yaml")

    assert [camera.name for camera in settings.cameras] == ["gate", "yard", "square"]


def test_the_nodes_of_the_cluster_are_those_of_its_address() -> None:
    """What .env.example sets names every server, each of which knows its name and has a volume."""
    text = (ROOT / ".env.example").read_text()
    (url,) = re.findall(r"^#REDIS_URL=(redis\+cluster://\S+)$", text, re.MULTILINE)
    (shards,) = re.findall(r"^#REDIS_SHARDS=(\d+)$", text, re.MULTILINE)
    nodes = [name for name, each in SERVICES.items() if each["image"].startswith("redis:")]

    assert [host for host, _ in read_address(url).nodes] == nodes
    assert int(shards) >= SHARDS_OF_THREE_MASTERS
    for name in nodes:
        assert SERVICES[name]["command"] == ["sh", "/etc/redis-node.sh", name]
        assert SERVICES[name].get("profiles", ["cluster"]) == ["cluster"]
        assert f"{name}:/data" in SERVICES[name]["volumes"]


def _stage(name: str) -> str:
    """Return the lines of one stage of the Dockerfile."""
    stages = re.split(r"^FROM \S+ AS (\w+)$", DOCKERFILE.read_text(), flags=re.MULTILINE)
    return dict(zip(stages[1::2], stages[2::2], strict=True))[name]

"""What the tests of docker/prometheus and docker/grafana share."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(
            f"no {name} on the PATH; install the Makefile's TEST_PACKAGES"
        )
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' checker."""
    return _tool("promtool")


@pytest.fixture(scope="session")
def prometheus() -> str:
    """Prometheus."""
    return _tool("prometheus")


@pytest.fixture(scope="session")
def docker() -> Path:
    """The folder of what runs around the service."""
    return ROOT / "docker"


@pytest.fixture(scope="session")
def dashboards(docker: Path) -> dict[str, Any]:
    """The dashboards' JSON by file name."""
    files = (docker / "grafana" / "dashboards").glob("*.json")
    return {file.stem: json.loads(file.read_text()) for file in files}


@pytest.fixture(scope="session")
def queries(dashboards: dict[str, Any]) -> list[tuple[str, str]]:
    """Every query of every panel as (where it stands, PromQL without variables)."""
    return [
        (f"{name}: {panel['title']}: {target['expr']}", _plain(target["expr"]))
        for name, dashboard in dashboards.items()
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


def _plain(query: str) -> str:
    """Put in what Grafana would put in at a scrape interval of a second."""
    return query.replace("$__rate_interval", "15s").replace("$camera", ".*")

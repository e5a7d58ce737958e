"""What the tests of docker/prometheus and docker/grafana share."""

import os
import shutil
from pathlib import Path

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

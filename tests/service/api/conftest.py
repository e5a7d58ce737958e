"""A real server over in-memory twins: what the API does, without Redis or a model file."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.api import MemoryParts, Service, Serving, SpeedFlow
from support.description_check import DescriptionCheck
from support.plain_http import PLAIN
from support.stores import Clock
from support.waiting import PATIENCE_S

from inference.ports import FlowModel
from service.access.directory import Directory
from service.api.app import create_app
from service.api.score import LocalScoring
from service.ports.scoring import Scoring


@pytest.fixture
def api_key() -> str | None:
    """Overridden by tests of the key."""
    return None


@pytest.fixture
def directory() -> Directory | None:
    """Overridden by tests of rights, which say who is who; None: whoever is in the database."""
    return None


@pytest.fixture
def clock() -> Clock:
    """By which sessions and keys end, and attempts to sign in wait."""
    return Clock(time.time())


@pytest.fixture
def flow() -> FlowModel:
    """Overridden by tests of models without quantiles."""
    return SpeedFlow()


@pytest.fixture
def scoring(flow: FlowModel) -> Scoring:
    """Overridden by tests of workers that are not there."""
    return LocalScoring(flow)


@pytest.fixture
def check_store() -> Callable[[], None]:
    """Overridden by tests of a store that takes no writes."""
    return lambda: None


@pytest.fixture(scope="session")
def described() -> list[DescriptionCheck]:
    """What holds every answer to the OpenAPI document; made by the first test that asks."""
    return []


@pytest.fixture
def service(
    api_key: str | None,
    directory: Directory | None,
    clock: Clock,
    flow: FlowModel,
    scoring: Scoring,
    check_store: Callable[[], None],
    described: list[DescriptionCheck],
    tmp_path: Path,
) -> Iterator[Service]:
    """A server on a free port with one configured camera, gate."""
    parts = MemoryParts(
        tmp_path,
        directory=directory or api_key,
        flow=flow,
        scoring=scoring,
        check_store=check_store,
        clock=clock,
    )
    if not described:
        described.append(DescriptionCheck(create_app(parts.dependencies).openapi))
    hooks = {"response": described}
    with (
        Serving(parts.dependencies) as url,
        httpx.Client(base_url=url, timeout=PATIENCE_S, event_hooks=hooks, verify=PLAIN) as http,
    ):
        yield parts.service(url, http)
    parts.close()

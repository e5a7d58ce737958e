"""Which version serves, and how much room what it keeps takes."""

import dataclasses
from importlib.metadata import version

import httpx
import pytest
from support.api import KnownKeys, MemoryParts, Service, Serving, SpeedFlow
from support.waiting import PATIENCE_S

from service.access.principal import Principal
from service.api.shapes.about import Room, Storage

pytestmark = pytest.mark.slow


def test_the_version_and_what_is_kept_are_told(service: Service) -> None:
    """What does not answer, or is elsewhere, is null."""
    told = service.http.get("/about").json()

    assert told["version"] == version("posewarden")
    assert told["storage"]["disk"] is None


def test_who_sees_some_cameras_is_not_told_of_the_whole_site(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """How much is kept is everybody's."""
    parts = MemoryParts(
        tmp_path_factory.mktemp("site"),
        directory=KnownKeys(
            Principal(name="root", role="admin"),
            Principal(name="ann", role="operator", cameras=frozenset({"gate"})),
        ),
        flow=SpeedFlow(),
    )
    kept = Storage(redis=Room(used_bytes=5, limit_bytes=10), oldest_alert_at=7.0)
    dependencies = dataclasses.replace(parts.dependencies, read_storage=lambda: kept)
    with Serving(dependencies) as url, httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        answers = {
            name: http.get("/about", headers={"X-API-Key": name}) for name in ("root", "ann")
        }
    parts.close()

    assert answers["root"].json()["storage"]["redis"] == {"used_bytes": 5, "limit_bytes": 10}
    assert answers["ann"].json() == {"version": version("posewarden"), "storage": None}

"""The bench of deciders: what it gives them, and when they are through."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from export.bench.site.deciders import Site, is_shared, until_still
from export.bench.site.role_process import RoleProcess
from service.config.load import load


@dataclass
class Told(RoleProcess):
    """A role that says these values one after the other, the last one again and again."""

    values: list[float] = field(default_factory=list)

    def metric(self, _name: str) -> float:
        """Return the next value."""
        return self.values.pop(0) if len(self.values) > 1 else self.values[0]


def test_the_site_is_one_that_roles_take(tmp_path: Path) -> None:
    """So many simulated cameras over the Redis it was given."""
    path = Site(tmp_path, cameras=3, people=2).file(6390)

    settings = load(path)

    assert [camera.name for camera in settings.cameras] == ["c0", "c1", "c2"]
    assert settings.redis.address == "redis://127.0.0.1:6390/0"
    assert "people=2" in yaml.safe_load(path.read_text())["cameras"][0]["source"]


@pytest.mark.parametrize(
    ("held", "shared"), [([4, 4], True), ([3, 5], False), ([8, 0], False), ([4, 3], False)]
)
def test_deciding_begins_once_the_cameras_are_shared(held: list[float], shared: bool) -> None:
    """Whoever came first would otherwise work all of it off."""
    roles: list[RoleProcess] = [Told([each]) for each in held]

    assert is_shared(roles, cameras=8) == shared


def test_it_is_over_when_nothing_more_is_decided() -> None:
    """What was decided before does not count, and neither does the wait for more."""
    decided, took_s = until_still(
        [Told([5, 7, 9]), Told([1, 4])], 6.0, time.monotonic(), still_s=0.2
    )

    assert decided == 7
    assert took_s > 0

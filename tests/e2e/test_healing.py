"""Killed parts come back, and nobody outside can tell from the alerts."""

from collections import Counter
from collections.abc import Iterator

import psutil
import pytest
from support.running_site import EVERYBODY, child, replay
from support.waiting import eventually

from export.bench.site.service import RunningService

pytestmark = pytest.mark.slow

SQUARE = {
    "name": "square",
    "source": "sim:?people=2&fps=15&seed=3&loop=4",
    "threshold": EVERYBODY,
}


def _kill(service: RunningService, word: str) -> None:
    """Kill a child by force; return once another one stands in its place."""
    victim = eventually(lambda: child(service, word))
    victim.kill()

    def other() -> psutil.Process | None:
        found = child(service, word)
        return found if found is not None and found.pid != victim.pid else None

    eventually(other)


def _known(service: RunningService) -> set[str]:
    """Return the ids of all alerts; empty while the service cannot tell."""
    try:
        return {alert["id"] for alert in service.get("/alerts?limit=200")["alerts"]}
    except OSError:
        return set()


@pytest.mark.parametrize("word", ["worker", "cli api", "cli camera", "unixsocket"])
def test_a_killed_part_comes_back(shared_service: RunningService, word: str) -> None:
    """After kill -9 of any child new alerts come, and the old ones are all there, once each."""
    before = eventually(lambda: _known(shared_service))

    _kill(shared_service, word)
    after = eventually(lambda: (known := _known(shared_service)) - before and known)

    assert before <= after
    events = replay(shared_service, "0-0")
    versions = Counter((event["alert"]["id"], event["alert"]["version"]) for event in events)
    openings = Counter(event["alert"]["id"] for event in events if event["type"] == "opened")
    assert set(versions.values()) == {1}
    assert set(openings.values()) == {1}
    assert before <= openings.keys()


@pytest.fixture(scope="module")
def shared_service() -> Iterator[RunningService]:
    """One site for all kills: it must heal from each."""
    with RunningService([SQUARE]) as service:
        yield service

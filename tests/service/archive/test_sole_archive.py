from threading import Event

import pytest
from support.stores import Clock

from service.adapters.memory.leases import MemoryMembership
from service.adapters.memory.site import MemorySite
from service.archive.sole_archive import require_sole_archive
from tracker.errors import ConfigError


class Homes:
    """The archives of one site, and their clock."""

    def __init__(self) -> None:
        self.site, self.clock = MemorySite(), Clock()

    def at(self, place: str) -> MemoryMembership:
        """The membership of an archive at this place."""
        return MemoryMembership(self.site, what="archives", owner=place, clock=self.clock)


def test_processes_may_share_an_archive() -> None:
    """However many use the same one, each starts at once."""
    homes = Homes()
    homes.at("/data").heartbeat()

    require_sole_archive(homes.at("/data"), "/data", Event())


def test_a_second_archive_is_refused_with_the_remedy() -> None:
    """While the other one's process lives, ours ends and is forgotten at once."""
    homes = Homes()
    other = homes.at("api-1:/data")
    other.heartbeat()

    def wait(seconds: float) -> None:
        homes.clock.now += seconds
        other.heartbeat()

    with pytest.raises(ConfigError, match=r"archive\.url: postgresql"):
        require_sole_archive(homes.at("api-2:/data"), "api-2:/data", Event(), wait=wait)

    assert other.heartbeat() == 1


def test_a_dead_process_is_waited_for() -> None:
    """A container that was made again starts as soon as its predecessor is forgotten."""
    homes = Homes()
    homes.at("before:/data").heartbeat()

    def wait(seconds: float) -> None:
        homes.clock.now += seconds

    require_sole_archive(homes.at("after:/data"), "after:/data", Event(), wait=wait)

"""What carries alerts from Redis into the archive."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.archives import Archive, alert, names, no_retention, sqlite_archive
from support.stores import Clock

from inference.types import Alert, AlertEvent
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.database.writer import DatabaseArchiveWriter
from service.adapters.memory.alerts import MemoryAlertLog, MemoryAlerts
from service.adapters.memory.leases import MemoryLeases, MemoryMembership
from service.adapters.memory.site import MemorySite
from service.adapters.memory.windows import MemoryPoseFeed
from service.archive.carrier import Carrier, CarrierDependencies, CarrierOptions
from service.archive.episode_recorder import EpisodeRecorder
from service.records import CarriedAct, CarriedAlert
from tracker.errors import ArchiveUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


class FailingWriter(DatabaseArchiveWriter):
    """A writer whose next so many calls fail.

    Attributes:
        fails: after the transaction, as a killed process or a lost reply would.
        refuses: before it.
    """

    fails = 0
    refuses = 0

    def carry(
        self,
        alerts: Sequence[CarriedAlert],
        up_to: str | None,
        acts: Sequence[CarriedAct] = (),
    ) -> int:
        if self.refuses:
            self.refuses -= 1
            raise ArchiveUnavailable("no room", reason="full")
        new = super().carry(alerts, up_to, acts)
        if self.fails:
            self.fails -= 1
            raise ArchiveUnavailable("after the write", reason="unreachable")
        return new


class Road:
    """Redis in memory, an archive in a file, and processes that carry."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.site = MemorySite()
        self.telemetry = InMemoryTelemetry()
        self.events: list[tuple[str, AlertEvent]] = []
        self.alerts = MemoryAlerts(self.events, telemetry=self.telemetry)
        self.archive: Archive = sqlite_archive(folder)
        self.writer = FailingWriter(self.archive.database)

    def process(self, owner: str = "a") -> Carrier:
        """Start a process that carries."""
        return Carrier(
            CarrierDependencies(
                lease=MemoryLeases(self.site, owner=owner, clock=self.clock),
                homes=MemoryMembership(
                    MemorySite(), what="archives", owner="here", clock=self.clock
                ),
                log=MemoryAlertLog(self.events),
                history=self.alerts,
                writer=self.writer,
                recorder=EpisodeRecorder(
                    DatabaseEpisodes(self.archive.database),
                    MemoryPoseFeed(self.site),
                    telemetry=self.telemetry,
                    clock=self.clock,
                ),
                retention=no_retention(self.archive, self.alerts, self.telemetry),
                telemetry=self.telemetry,
                clock=self.clock,
                options=CarrierOptions(wait_s=0.001),
            )
        )

    def tell(self, *alerts: Alert) -> None:
        """Let the alert loop write changes of alerts."""
        for one in alerts:
            kind = "opened" if one.version == 1 else "updated"
            self.alerts.put(AlertEvent(type=kind, alert=one), None)


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """An empty road."""
    one = Road(tmp_path)
    yield one
    one.archive.database.close()


def test_events_are_carried_in_their_order(road: Road) -> None:
    """After a step the archive has each alert's newest version, and knows how far it came."""
    road.tell(alert("a", 1.0), alert("b", 2.0), alert("a", 1.0, version=2, peak_score=9.0))
    carrier = road.process()
    carrier.step(0.0)

    found = road.archive.reader.get("a")
    assert found is not None
    assert (found.archived.alert.version, names(road.archive)) == (2, ["b", "a"])
    assert road.archive.reader.carried_up_to() == "3-0"
    assert road.telemetry.value("archive_up") == 1


def test_who_carries_nothing_does_not_say_that_the_archive_is_away(road: Road) -> None:
    """The worst of all processes counts: one that waits for its turn must not be it."""
    road.process("a").step(0.0)
    road.telemetry.gauge("archive_up", 0)  # as at the start of a process, or after a failure
    road.telemetry.gauge("archive_lag_seconds", 7.0)

    assert not road.process("b").step(0.0)

    assert road.telemetry.value("archive_up") == 1
    assert road.telemetry.value("archive_lag_seconds") == 0


def test_alerts_of_before_the_archive_are_carried_over(road: Road) -> None:
    """The first step takes what Redis keeps, although its events are trimmed long ago."""
    road.tell(*(alert(f"a{number:03}", float(number)) for number in range(230)))
    del road.events[:-1]
    road.process().step(0.0)

    assert len(names(road.archive, limit=100)) == 230
    assert road.telemetry.value("archive_gaps_total") == 0


@pytest.mark.parametrize("fault", ["fails", "refuses"])
def test_whatever_the_database_loses_is_carried_again(road: Road, fault: str) -> None:
    """A call that failed before or after its transaction is repeated, and counts once."""
    carrier = road.process()
    carrier.step(0.0)
    road.tell(alert("a", 1.0), alert("b", 2.0))
    setattr(road.writer, fault, 1)
    with pytest.raises(ArchiveUnavailable):
        carrier.step(0.1)
    road.clock.now += 7
    during = [road.telemetry.value(f"archive_{name}") for name in ("up", "lag_seconds")]
    road.tell(alert("a", 1.0, version=2))
    carrier.step(0.2)

    assert names(road.archive) == ["b", "a"]
    assert during[0] == 0
    assert road.telemetry.value("archive_up") == 1
    assert road.telemetry.value("archive_lag_seconds") == 0
    told = sum(road.telemetry.value("archive_errors_total", reason=why) for why in REASONS)
    assert told == 1


REASONS = ("full", "unreachable")


def test_a_death_while_carrying_over_loses_nothing(road: Road) -> None:
    """The successor begins again; what came twice is there once."""
    road.tell(*(alert(f"a{number:03}", float(number)) for number in range(150)))
    first = road.process("a")
    road.writer.fails = 1
    with pytest.raises(ArchiveUnavailable):
        first.step(0.0)
    road.clock.now += 10
    assert road.process("b").step(0.0)

    assert len(names(road.archive, limit=100)) == 150


def test_one_process_carries_and_another_takes_over(road: Road) -> None:
    """While the lease is held nobody else carries; once it expires the next one goes on."""
    first, second = road.process("a"), road.process("b")
    road.tell(alert("a", 1.0))
    steps = [first.step(0.0), second.step(0.0)]
    road.tell(alert("b", 2.0))
    road.clock.now += 5
    taken = second.step(5.0)

    assert (steps, taken) == ([True, False], True)
    assert names(road.archive) == ["b", "a"]
    assert not first.step(5.0)


def test_trimmed_events_are_made_up_for(road: Road) -> None:
    """What was trimmed while the database was away is taken from the alerts that Redis keeps."""
    carrier = road.process()
    road.tell(alert("a", 1.0))
    carrier.step(0.0)
    road.tell(*(alert(f"b{number}", 2.0 + number) for number in range(5)))
    del road.events[:-1]
    carrier.step(1.0)
    carrier.step(1.1)

    assert names(road.archive) == ["b4", "b3", "b2", "b1", "b0", "a"]
    assert road.telemetry.value("archive_gaps_total") == 1


def test_a_redis_that_lost_its_data_is_read_from_its_beginning(road: Road) -> None:
    """Ids that begin again are no reason to wait for the old ones."""
    carrier = road.process()
    road.tell(*(alert(f"a{number}", float(number)) for number in range(3)))
    carrier.step(0.0)
    road.events.clear()
    road.tell(alert("new", 9.0))
    carrier.step(1.0)

    assert names(road.archive) == ["new", "a2", "a1", "a0"]

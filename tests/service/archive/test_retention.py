"""What the archive keeps no longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.archives import Archive, alert, carry, names, sqlite_archive
from support.stores import NOW, Clock

from inference.types import AlertEvent
from service.access.ports import AuditFilter
from service.adapters.database.audit import DatabaseAuditReader
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.memory.alerts import MemoryAlerts
from service.archive.retention import DAY_S, REST_S, Retention, RetentionRule, RetentionRules
from service.records import AlertFilter, AuditEntry
from tracker.memory_telemetry import InMemoryTelemetry


class Kept:
    """An archive with retention, and the alerts in Redis."""

    def __init__(self, folder: Path) -> None:
        self.archive: Archive = sqlite_archive(folder)
        self.keeper = DatabaseArchiveKeeper(self.archive.database)
        self.telemetry = InMemoryTelemetry()
        self.events: list[tuple[str, AlertEvent]] = []
        self.redis = MemoryAlerts(self.events, telemetry=self.telemetry)

    def sweep(self, rules: RetentionRules) -> None:
        """Look through the whole archive once."""
        retention = Retention(
            rules, self.keeper, self.redis, telemetry=self.telemetry, clock=Clock()
        )
        for _ in range(1000):
            retention.step(0.0)

    def removed(self, reason: str) -> float:
        """Return how many alerts were removed for a reason."""
        return self.telemetry.value("archive_removed_total", reason=reason)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """An empty archive."""
    one = Kept(tmp_path)
    yield one
    one.archive.database.close()


def days_ago(days: float) -> float:
    """The time so many days before now."""
    return NOW - days * DAY_S


def test_old_alerts_go_and_open_ones_stay(kept: Kept) -> None:
    """Closed alerts beyond the days are removed, in the archive and in Redis, and counted."""
    for name, days, state in (("old", 91, "closed"), ("open", 91, "open"), ("new", 89, "closed")):
        one = alert(name, days_ago(days), state=state)
        kept.redis.put(AlertEvent(type="opened", alert=one), None)
        carry(kept.archive, one)

    kept.sweep(RetentionRules(everything=RetentionRule(days=90)))

    assert names(kept.archive) == ["new", "open"]
    assert kept.redis.get("old") is None
    assert [event.alert.id for _, event in kept.events] == ["open", "new"]
    assert kept.removed("age") == 1


def test_more_than_a_step_removes_goes_in_several(kept: Kept) -> None:
    """However many are due, all of them go, oldest first, a hundred at a time."""
    carry(
        kept.archive,
        *(alert(f"a{number:03}", days_ago(100) + number, state="closed") for number in range(250)),
    )
    rules = RetentionRules(everything=RetentionRule(days=90))
    retention = Retention(rules, kept.keeper, kept.redis, telemetry=kept.telemetry, clock=Clock())
    left = []
    for _ in range(3):
        retention.step(0.0)
        left.append(len(names(kept.archive, limit=100)))

    # What is not judged is looked at first.
    assert left == [150, 50, 0]


def test_a_camera_may_keep_longer_or_shorter(kept: Kept) -> None:
    """Its own days win over those of all."""
    for camera in ("gate", "yard", "hall"):
        carry(kept.archive, alert(camera, days_ago(50), camera=camera, state="closed"))

    cameras = {"gate": RetentionRule(days=30), "yard": RetentionRule(size_bytes=1e9)}
    kept.sweep(RetentionRules(everything=RetentionRule(days=60), cameras=cameras))

    assert names(kept.archive) == ["yard", "hall"]


def test_without_days_nothing_is_too_old(kept: Kept) -> None:
    """None keeps alerts for ever."""
    carry(kept.archive, alert("a", 0.0, state="closed"))

    kept.sweep(RetentionRules(everything=RetentionRule()))

    assert names(kept.archive) == ["a"]


def test_the_oldest_go_while_all_take_too_much(kept: Kept) -> None:
    """Closed alerts are removed, oldest first, until the rest fits."""
    carry(
        kept.archive,
        alert("open", 0.0),
        *(
            alert(f"a{number:03}", days_ago(10) + number, state="closed", reason="x" * 1000)
            for number in range(300)
        ),
    )
    before = kept.keeper.size_bytes(AlertFilter())

    kept.sweep(RetentionRules(everything=RetentionRule(size_bytes=before / 2)))

    left = names(kept.archive, limit=100)
    assert left == [*(f"a{number:03}" for number in range(299, 199, -1)), "open"]
    assert kept.removed("size") == 200
    assert kept.telemetry.value("archive_size_bytes") == kept.keeper.size_bytes(AlertFilter())


def test_it_rests_between_two_looks(kept: Kept) -> None:
    """Once everything was looked at, nothing is asked for a minute."""
    rules = RetentionRules(everything=RetentionRule(days=90))
    retention = Retention(rules, kept.keeper, kept.redis, telemetry=kept.telemetry, clock=Clock())
    for _ in range(10):
        retention.step(0.0)
    carry(kept.archive, alert("old", 0.0, state="closed"))
    for _ in range(10):
        retention.step(REST_S - 1)
    during = names(kept.archive)
    for _ in range(10):
        retention.step(REST_S)

    assert (during, names(kept.archive)) == (["old"], [])


def test_old_entries_of_the_audit_log_go(kept: Kept) -> None:
    """However many are beyond the days, all go, in several steps; the others stay."""
    for days in (*([401] * 150), 399):
        kept.keeper.record(
            AuditEntry(at=days_ago(days), author="", origin="", action="x", details={})
        )

    kept.sweep(RetentionRules(everything=RetentionRule(), audit_days=400))

    reader = DatabaseAuditReader(kept.archive.database)
    left, _ = reader.page(AuditFilter(), cursor=None, limit=10)
    assert [each.at for each in left] == [days_ago(399)]

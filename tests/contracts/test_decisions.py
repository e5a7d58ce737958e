"""Records of decisions on their way into the archive, over every store and database."""

from collections.abc import Callable

import msgspec
from support.alert_site import AlertSite
from support.archives import Archive
from support.stores import Stores

from inference.replay.record import DecisionRecord
from service.adapters.database.decisions import DatabaseDecisions
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.site import MemorySite
from service.archive.decision_carrier import DecisionCarrier


def recorded() -> list[DecisionRecord]:
    """Records of an alert's life, as a process that decides writes them."""
    site = AlertSite()
    site.write(*[1.0] * 3, *[5.0] * 5, *[1.0] * 12)
    site.process().step(0.0)
    return [record for _, record in site.decisions.oldest(10) if record is not None]


def test_records_wait_in_order_until_they_are_removed(road: Stores) -> None:
    """As they were written, to the last bit."""
    log, records = road.decisions(), recorded()
    log.append_all(records[:1])
    log.append_all(records[1:])
    log.append_all([])
    waiting = log.oldest(10)
    log.remove([waiting[0][0]])
    log.remove([])

    assert [record for _, record in waiting] == records
    assert log.oldest(10) == waiting[1:]
    assert log.oldest(1) == waiting[1:2]


def test_too_many_lose_the_oldest_which_is_counted(road: Stores) -> None:
    """The archive may be away for long; alerts are not held up by it."""
    log, record = road.decisions(bound=2), recorded()[0]
    versions = [
        msgspec.structs.replace(
            record,
            event=msgspec.structs.replace(
                record.event, alert=msgspec.structs.replace(record.event.alert, version=version)
            ),
        )
        for version in (1, 2, 3)
    ]
    log.append_all(versions)

    assert [each for _, each in log.oldest(10)] == versions[1:]
    assert road.telemetry.value("decisions_lost_total", reason="full") == 1


def test_a_record_that_does_not_read_is_counted_and_leaves(road: Stores) -> None:
    """It must not hold up those behind it."""
    if road.client is None:
        return
    road.client.xadd("posewarden:{alerts}:decisions", {b"r": b"nothing of ours"})
    [(entry, record)] = road.decisions().oldest(10)
    road.decisions().remove([entry])

    assert record is None
    assert road.telemetry.value("entries_malformed_total", kind="decision") == 1
    assert road.decisions().oldest(10) == []


def test_the_archive_keeps_each_version_once(archive: Archive) -> None:
    """The first one that came, by version; another alert's are apart."""
    decisions, records = DatabaseDecisions(archive.database), recorded()
    decisions.put(records[::-1])
    decisions.put([msgspec.structs.replace(records[0], software="later")])
    alert = records[0].event.alert.id

    assert decisions.of_alert(alert) == records
    assert decisions.of_alert("other") == []
    assert decisions.alerts() == [alert]


def test_the_carrier_moves_records_and_loses_none(road: Stores, archive: Archive) -> None:
    """One process carries; dying between archive and removal doubles nothing."""
    log, records, decisions = road.decisions(), recorded(), DatabaseDecisions(archive.database)
    site = MemorySite()
    log.append_all(records)
    decisions.put(records[:1])  # of a process that died before it removed it

    def carrier(owner: str) -> Callable[[], float]:
        lease = MemoryLeases(site, owner=owner, clock=road.clock)
        return DecisionCarrier(
            lease=lease, log=log, archive=decisions, telemetry=road.telemetry
        ).step

    carrier("a")()
    carrier("b")()

    assert log.oldest(10) == []
    assert decisions.of_alert(records[0].event.alert.id) == records

"""OutboxStore over every store, and the records of deliveries over both databases."""

import msgspec
import pytest
from support.archives import Archive, alert, carry
from support.stores import Stores

from inference.types import AlertEvent
from service.adapters.database.deliveries import DatabaseDeliveries
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.redis.keys import Shards
from service.entry_ids import entry_order
from service.outputs.delivery_ports import LEASE, DeliveryFilter, TailLost
from service.outputs.records import Cooldown, DeliveryRecord, Failing, Pending, TargetState
from service.ports.deciding import AlertChange

STATE = TargetState(
    cursor="0-0",  # the stream is empty
    failing=Failing(since=1.0, attempts=3, due_at=9.0, reason="refused", up_to="7-0"),
    told=("a", "b"),
    cooldowns={"gate": Cooldown(until=5.0, severity="warning", count=2)},
    pending=(Pending(alert="a", rule="desk", due_at=60.0),),
)


def record(key: str, at: float = 1.0, **changes: object) -> DeliveryRecord:
    """A record of a delivery that succeeded."""
    first = DeliveryRecord(
        output="desk",
        key=key,
        alert="a",
        event="opened",
        state="delivered",
        attempts=1,
        at=at,
        delivered_at=at + 1,
        answer="204 No Content",
    )
    return msgspec.structs.replace(first, **changes)


def test_states_and_records_are_kept_together(road: Stores) -> None:
    """What was saved is loaded; records come in their order and are dropped from the oldest on."""
    leases = road.leases(owner="a", key=Shards.archive_lease)
    leases.acquire_or_renew([LEASE])
    store = road.outbox(owner="a")
    records = [record(f"a-{number}") for number in range(1200)]

    assert store.load("desk") is None
    assert store.save("desk", STATE, records[:2])
    assert store.save("phone", TargetState(cursor="0-0"), records[2:])
    assert store.load("desk") == STATE
    assert store.targets() == ["desk", "phone"]
    assert store.oldest_records(3) == records[:3]
    assert store.drop_records(1199)
    assert store.oldest_records(3) == records[1199:]
    assert store.forget(["desk"])
    assert store.load("desk") is None


def test_only_the_owner_of_the_lease_writes(road: Stores) -> None:
    """Whoever lost the lease changes nothing."""
    road.leases(owner="a", key=Shards.archive_lease).acquire_or_renew([LEASE])
    ours, theirs = road.outbox(owner="a"), road.outbox(owner="b")
    ours.save("desk", STATE, [record("a-1")])

    assert not theirs.save("desk", TargetState(cursor="0-0", begun_at=9.0), [record("a-2")])
    assert not theirs.drop_records(1)
    assert not theirs.forget(["desk"])
    assert ours.load("desk") == STATE
    assert ours.oldest_records(5) == [record("a-1")]


@pytest.mark.parametrize("ahead", ["0-1", "99999999999999-0", "0-18446744073709551615"])
def test_a_place_behind_the_end_of_an_empty_stream_is_not_kept(road: Stores, ahead: str) -> None:
    """Neither it nor the records that came with it, however large its numbers."""
    road.leases(owner="a", key=Shards.archive_lease).acquire_or_renew([LEASE])
    store = road.outbox(owner="a")
    store.save("desk", STATE, [])

    with pytest.raises(TailLost):
        store.save("desk", TargetState(cursor=ahead), [record("a-1")])
    assert store.load("desk") == STATE
    assert store.oldest_records(5) == []


def test_a_place_is_kept_up_to_the_end_of_the_stream(road: Stores) -> None:
    """Its last entry still counts, one number more does not, in any of the 64 bits."""
    road.leases(owner="a", key=Shards.archive_lease).acquire_or_renew([LEASE])
    opened = AlertEvent(type="opened", alert=alert("a"))
    road.alerts().put_all([AlertChange(opened)])
    last_id, store = road.alert_log().last_id(), road.outbox(owner="a")
    milliseconds, number = entry_order(last_id)

    assert store.save("desk", TargetState(cursor=f"{milliseconds - 1}-18446744073709551615"), [])
    assert store.save("desk", TargetState(cursor=last_id), [])
    for behind in (f"{milliseconds}-{number + 1}", f"{milliseconds + 1}-0", f"{milliseconds}0-0"):
        with pytest.raises(TailLost):
            store.save("desk", TargetState(cursor=behind), [])
    kept = store.load("desk")
    assert kept is not None
    assert kept.cursor == last_id


def test_records_are_bounded_and_what_is_lost_is_counted(road: Stores) -> None:
    """The oldest ones go."""
    road.leases(owner="a", key=Shards.archive_lease).acquire_or_renew([LEASE])
    store = road.outbox(owner="a", bound=2)
    store.save("desk", STATE, [record(f"a-{number}") for number in range(5)])

    assert store.oldest_records(5) == [record("a-3"), record("a-4")]
    assert road.telemetry.value("delivery_records_lost_total") == 3


def test_the_newest_record_of_a_message_counts(archive: Archive) -> None:
    """Put twice it counts once; an alert's deliveries come in the order of their time."""
    deliveries = DatabaseDeliveries(archive.database)
    waiting = record("a-1", state="waiting", delivered_at=None, answer="refused")
    deliveries.put([record("a-2", 5.0), waiting])
    deliveries.put([record("a-1", attempts=2), record("b-1", alert="b")])

    assert deliveries.of_alert("a") == [record("a-1", attempts=2), record("a-2", 5.0)]
    assert deliveries.dealt_with("desk", ["a", "b", "c"]) == {"a", "b"}
    assert deliveries.dealt_with("phone", ["a"]) == set()


def test_what_waits_is_not_dealt_with(archive: Archive) -> None:
    """It is still to be sent."""
    deliveries = DatabaseDeliveries(archive.database)
    deliveries.put([record("a-1", state="waiting"), record("b-1", alert="b", state="grouped")])

    assert deliveries.dealt_with("desk", ["a", "b"]) == {"b"}


def test_deliveries_come_in_pages_the_newest_first(archive: Archive) -> None:
    """Each comes once, also at equal times, and filters narrow."""
    deliveries = DatabaseDeliveries(archive.database)
    deliveries.put([record(f"a-{number}", float(number // 2)) for number in range(7)])
    deliveries.put([record("x-1", 2.0, output="phone", state="failed", alert=None)])
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = deliveries.page(DeliveryFilter(outputs=("desk",)), cursor=cursor, limit=2)
        found += [each.key for each in page]
        if cursor is None:
            break

    assert found == [f"a-{number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    failed, _ = deliveries.page(DeliveryFilter(states=("failed",)), cursor=None, limit=9)
    assert [each.key for each in failed] == ["x-1"]


def test_deliveries_go_with_their_alert(archive: Archive) -> None:
    """Those about no single alert go by their age."""
    deliveries = DatabaseDeliveries(archive.database)
    carry(archive, alert("a"))
    deliveries.put([record("a-1"), record("s-1", 5.0, alert=None), record("s-2", 9.0, alert=None)])
    DatabaseArchiveKeeper(archive.database).remove(["a"])

    assert deliveries.of_alert("a") == []
    assert deliveries.forget_before(9.0, 10) == 1
    left, _ = deliveries.page(DeliveryFilter(), cursor=None, limit=9)
    assert [each.key for each in left] == ["s-2"]

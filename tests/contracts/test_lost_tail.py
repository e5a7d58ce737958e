"""An output after a real Redis went on without its newest changes."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import redis
from support.archives import alert
from support.outbox_rig import Mailbox, Rig
from support.stores import Clock, Server, redis_stores

from inference.types import AlertEvent
from service.adapters.redis import keys
from service.outputs.delivered import ASKED_FOR_S, Delivered
from service.outputs.delivery_ports import LEASE
from service.ports.deciding import AlertChange
from tracker.memory_telemetry import InMemoryTelemetry


def test_an_unkept_place_brings_nothing_again(
    servers: Callable[[str], Server], clients: Callable[[str], redis.Redis], tmp_path: Path
) -> None:
    """The target has passed a change that the promoted replica does not have."""
    url = servers("valkey").url
    client = clients(url)
    client.flushall()
    stores = redis_stores("valkey", url, client, Clock(), InMemoryTelemetry())
    stores.leases(owner="a", key=keys.Shards.archive_lease, life_s=600).acquire_or_renew([LEASE])
    alerts, rig, desk = stores.alerts(), Rig(tmp_path), Mailbox()
    rig.clock.now = time.time()
    rig.output(missed="each")

    def put(event: AlertEvent) -> None:
        alerts.put_all([AlertChange(event)])

    put(AlertEvent(type="opened", alert=alert("old", rig.clock.now)))
    real = {"log": stores.alert_log(), "store": stores.outbox(owner="a"), "delivered": Delivered()}
    target = rig.target(desk, **real)
    one = alert("x", rig.clock.now)
    put(AlertEvent(type="opened", alert=one))
    rig.settle(target, steps=5)
    target = rig.target(desk, **real | {"delivered": Delivered()})  # after a restart
    rig.clock.now += ASKED_FOR_S + 100
    replica = {key: client.dump(key) for key in (keys.ALERT_EVENTS, keys.OUTBOX_STATES)}
    put(AlertEvent(type="updated", alert=msgspec.structs.replace(one, version=2)))
    target.step()  # passes the change; the next step would keep that
    for key, dumped in replica.items():
        client.restore(key, 0, dumped, replace=True)
    rig.settle(target, steps=10)
    put(AlertEvent(type="opened", alert=alert("y", rig.clock.now)))
    rig.settle(target, steps=5)
    rig.close()

    assert desk.told() == [("opened", "x"), ("opened", "y")]

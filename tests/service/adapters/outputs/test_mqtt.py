"""Alerts for a broker that is away for long, over a real one."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from support.mosquitto import Client, Mosquitto
from support.outbox_rig import Rig
from support.waiting import eventually

from service.adapters.outputs.mqtt import Mqtt
from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.mqtt import MqttSettings

pytestmark = pytest.mark.slow
HOUR_S, ALERTS = 3600.0, 12


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A site whose clock the test moves."""
    one = Rig(tmp_path)
    yield one
    one.close()


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """A broker with TLS and a password that keeps sessions."""
    one = Mosquitto(remembers=True)
    try:
        one.start()
        yield one
    finally:
        one.remove()


def test_after_an_hour_away_each_alert_comes_in_order(rig: Rig, broker: Mosquitto) -> None:
    """One by one, as the site decided them; nothing is grouped.

    One whose answer was late may be told again at once, under the same id: at least once.
    """
    settings = broker.settings()
    rig.outputs.append(TypeAdapter(AnyOutputSettings).validate_python(settings))
    output = Mqtt(MqttSettings.model_validate(settings))
    with Client(broker, session="home") as consumer:
        eventually(consumer.connected)
        target = rig.target(output, "home")

        def has(number: int) -> bool:
            rig.clock.now += 60
            target.step()
            heard = list(consumer.heard)
            return len({json.loads(each.payload)["id"] for each in heard}) >= number

        rig.open("first")
        eventually(lambda: has(1), what="the first alert")
        broker.kill()
        for number in range(ALERTS):
            rig.clock.now += HOUR_S / ALERTS
            rig.open(f"a{number:02}")
            target.step()
        broker.start()
        eventually(lambda: has(1 + ALERTS), what="all alerts of the hour")
        output.close()
        told = [json.loads(each.payload) for each in consumer.heard]

    in_turn = [alert for alert, _ in groupby(each["id"] for each in told)]
    assert in_turn == ["first", *(f"a{n:02}" for n in range(ALERTS))]
    assert {each["event_type"] for each in told} == {"opened"}

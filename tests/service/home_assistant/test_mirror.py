"""What a real broker has of a site, and what comes from there."""

import json

import pytest
from support.waiting import eventually

from service.home_assistant.mirror import RETAINED_FACTS

from .conftest import BASE, House

GATE = f"{BASE}/gate"
CONFIG = "homeassistant/device/posewarden_site_gate/config"


def test_home_assistant_finds_a_device_for_each_camera(house: House) -> None:
    """One retained message each, with every component that is documented, and the site's device."""
    house.becomes(f"{BASE}/yard/status", b"online")
    gate = json.loads(house.client.last(CONFIG) or b"{}")
    site = json.loads(house.client.last("homeassistant/device/posewarden_site/config") or b"{}")

    platforms = {key: each["platform"] for key, each in gate["components"].items()}
    assert platforms == {
        "alert": "event",
        "abnormal": "binary_sensor",
        "connected": "binary_sensor",
        "score": "sensor",
        "people": "sensor",
        "fps": "sensor",
        "kind": "sensor",
        "severity": "sensor",
        "rarity": "sensor",
        "last_alert": "sensor",
        "figure": "image",
        "armed": "switch",
        "suspend": "number",
        "alarms_per_day": "number",
    }
    assert [each["topic"] for each in gate["availability"]] == [f"{BASE}/status", f"{GATE}/status"]
    assert gate["availability_mode"] == "all"
    assert gate["device"]["via_device"] == site["device"]["identifiers"][0]
    assert gate["origin"]["name"] == "posewarden"
    ids = [each["unique_id"] for each in gate["components"].values()]
    assert len(set(ids)) == len(ids)
    assert {key: each["platform"] for key, each in site["components"].items()} == {
        "mode": "select",
        "trouble": "binary_sensor",
        "system": "event",
    }


def test_every_state_that_is_described_is_published(house: House) -> None:
    """A component whose topic stays silent would be unknown for ever; states are retained."""
    house.site.alarm("gate")
    house.becomes(f"{GATE}/abnormal", b"ON")
    house.becomes(f"{GATE}/figure", b"png of a")
    gate = json.loads(house.client.last(CONFIG) or b"{}")
    events = {"alert"}  # told by the outbox
    for key, component in gate["components"].items():
        topic = component.get("state_topic") or component["image_topic"]
        assert key in events or house.client.last(topic) is not None, topic
    told = {fact: house.client.last(f"{GATE}/{fact}") for fact in ("kind", "severity", "rarity")}

    assert told == {"kind": b"fall", "severity": b"critical", "rarity": b"48"}
    assert house.client.last(f"{GATE}/people") == b"2"
    assert house.client.last(f"{GATE}/score") == b"1.250"


def test_an_alert_that_is_over_is_calm_again(house: House) -> None:
    """What was last stays to be seen."""
    house.site.alarm("gate")
    house.becomes(f"{GATE}/abnormal", b"ON")
    house.site.change("gate", open_alert=None)
    house.becomes(f"{GATE}/abnormal", b"OFF")
    house.becomes(f"{GATE}/kind", b"none")

    assert house.client.last(f"{GATE}/last_alert") not in (None, b"None")


def test_home_assistants_birth_is_answered_with_everything(house: House) -> None:
    """It has forgotten what it knew."""
    house.becomes(f"{BASE}/yard/status", b"online")
    before = len(house.client.heard)
    house.client.say("homeassistant/status", "online")

    def told_again() -> set[str]:
        return {each.topic for each in house.client.heard[before:]}

    house.becomes("homeassistant/status", b"online")
    wanted = {CONFIG, f"{BASE}/status", *(f"{GATE}/{fact}" for fact in ("armed", "connected"))}
    eventually(lambda: house.mirror.step() and wanted <= told_again())


@pytest.mark.parametrize(
    ("topic", "payload", "state"),
    [
        (f"{GATE}/armed", "OFF", b"OFF"),
        (f"{GATE}/suspend", "30", b"30"),
        (f"{GATE}/alarms_per_day", "2.5", b"2.5"),
        (f"{BASE}/mode", "home", b"home"),
    ],
)
def test_what_is_set_is_read_back(house: House, topic: str, payload: str, state: bytes) -> None:
    """Every documented command has its effect, and its topic says so."""
    house.becomes(f"{BASE}/yard/status", b"online")
    house.client.say(f"{topic}/set", payload)

    house.becomes(topic, state)
    assert house.telemetry.value("mqtt_commands_total", result="done") == 1


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (f"{GATE}/armed", "perhaps"),
        (f"{GATE}/suspend", "-1"),
        (f"{GATE}/suspend", "nan"),
        (f"{GATE}/suspend", "1e9"),
        (f"{GATE}/alarms_per_day", "0"),
        (f"{GATE}/alarms_per_day", "\ud7ff" * 300),
        (f"{BASE}/mode", "party"),
        (f"{BASE}/nowhere/armed", "OFF"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_state_told_again(
    house: House, topic: str, payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A switch springs back; the log says what is wrong."""
    house.becomes(f"{BASE}/yard/status", b"online")
    before, state = len(house.client.heard), house.client.last(topic)
    house.client.say(f"{topic}/set", payload)

    house.becomes(f"{topic}/set", payload.encode())

    def sprung_back() -> bool:
        house.mirror.step()
        again = [each for each in house.client.heard[before:] if each.topic == topic]
        refused = house.telemetry.value("mqtt_commands_total", result="refused")
        return refused == 1 and (state is None or bool(again))

    eventually(sprung_back)
    assert house.client.last(topic) == state
    assert [each.message for each in caplog.records] == ["mqtt command refused"]


def test_a_retained_command_does_nothing(house: House) -> None:
    """It would act again after every restart, long after anybody wanted it."""
    house.becomes(f"{GATE}/armed", b"ON")
    house.connection.close()
    house.client.say(f"{GATE}/armed/set", "OFF", retain=True)
    house.start()
    eventually(lambda: house.connection.dropped == 1)
    for _ in range(3):
        house.mirror.step()

    assert house.site.cameras["gate"].armed
    house.client.say(f"{GATE}/armed/set", "", retain=True)


def test_a_camera_that_is_no_more_is_removed(house: House) -> None:
    """Its device and all that the broker retained of it, also after a restart of ours."""
    house.becomes(f"{BASE}/yard/status", b"online")
    house.connection.close()
    del house.site.cameras["gate"]
    house.start()
    house.becomes(CONFIG, b"")

    for fact in RETAINED_FACTS:
        house.becomes(f"{GATE}/{fact}", b"")


def test_a_broker_that_forgot_everything_is_told_everything(house: House) -> None:
    """It was killed; what it retained is gone, and so was the connection."""
    house.becomes(f"{GATE}/status", b"online")
    house.broker.kill()
    eventually(lambda: not house.connection.connected)
    house.site.change("gate", is_connected=False)
    house.mirror.step()
    house.broker.start()

    house.becomes(f"{GATE}/connected", b"OFF")
    house.becomes(f"{GATE}/status", b"offline")
    assert json.loads(house.client.last(CONFIG) or b"{}")["components"]


def test_the_service_that_dies_leaves_its_last_will(house: House) -> None:
    """`offline`, by the broker: nobody could say it any more. A clean end says it, too."""
    house.becomes(f"{BASE}/status", b"online")
    house.mirror.leave()
    house.connection.close()
    eventually(lambda: house.client.last(f"{BASE}/status") == b"offline")

"""A camera in Home Assistant's topics, over a real broker with TLS and a password."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.mosquitto import Client, Mosquitto
from support.running_site import EVERYBODY
from support.waiting import eventually

from export.bench.site.service import RunningService

pytestmark = pytest.mark.slow

SQUARE = {
    "name": "square",
    "source": "sim:?people=2&fps=15&seed=7&events=fall@1&loop=4",
    "threshold": EVERYBODY,
}
YARD = {"name": "yard", "source": "sim:?people=1&fps=5&seed=2"}
BASE = "posewarden/site"
CAMERA = f"{BASE}/square"


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    """A broker with TLS and a password."""
    one = Mosquitto()
    try:
        one.start()
        yield one
    finally:
        one.remove()


@pytest.fixture(scope="module")
def home(broker: Mosquitto) -> Iterator[Client]:
    """Home Assistant's side, which heard everything from the beginning."""
    with Client(broker) as client:
        eventually(client.connected)
        yield client


@pytest.fixture(scope="module")
def service(
    broker: Mosquitto, home: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """A site of one simulated camera, whose output is the broker."""
    folder: Path = tmp_path_factory.mktemp("site")
    site = {"outputs": [broker.settings()]}
    with RunningService([SQUARE, YARD], folder=folder, site=site) as running:
        eventually(lambda: home.last(f"{CAMERA}/connected") == b"ON")
        yield running


def camera(service: RunningService) -> Any:
    """Return the camera as `/cameras` shows it."""
    return next(each for each in service.get("/cameras") if each["name"] == "square")


def test_alerts_come_as_events(service: RunningService, home: Client) -> None:
    """With id, version, kind and key; the same alert that `/alerts` has, and its stick figure."""
    del service

    def opened() -> Any:
        events = [
            json.loads(each.payload) for each in home.heard if each.topic == f"{CAMERA}/alert"
        ]
        return next((each for each in events if each["event_type"] == "opened"), None)

    event = eventually(opened)
    figure = eventually(lambda: home.last(f"{CAMERA}/figure"))
    abnormal = [each.payload for each in home.heard if each.topic == f"{CAMERA}/abnormal"]

    assert event["key"].startswith(event["id"])
    assert {"version", "kind", "severity", "score", "threshold", "person"} <= event.keys()
    assert figure.startswith(b"\x89PNG")
    assert b"ON" in abnormal
    assert not any(each.retained for each in home.heard if each.topic == f"{CAMERA}/alert")


def test_a_camera_is_disarmed_and_armed(service: RunningService, home: Client) -> None:
    """`/cameras` shows it, too."""
    for payload, armed in (("OFF", False), ("ON", True)):
        home.say(f"{CAMERA}/armed/set", payload)
        eventually(lambda payload=payload: home.last(f"{CAMERA}/armed") == payload.encode())
        assert camera(service)["armed"] is armed


def test_alerts_are_suspended(service: RunningService, home: Client) -> None:
    """By a snooze with an end, which says who; 0 ends it."""
    home.say(f"{CAMERA}/suspend/set", "30")
    eventually(lambda: home.last(f"{CAMERA}/suspend") == b"30")
    active = [each for each in service.get("/snoozes") if each["active"]]
    home.say(f"{CAMERA}/suspend/set", "0")
    eventually(lambda: home.last(f"{CAMERA}/suspend") == b"0")

    assert [(each["camera"], each["author"]) for each in active] == [("square", "mqtt home")]
    assert not any(each["active"] for each in service.get("/snoozes"))


def test_a_mode_is_chosen(service: RunningService, home: Client) -> None:
    """`/arming` shows it and who chose it."""
    for mode in ("home", "away"):
        home.say(f"{BASE}/mode/set", mode)
        eventually(lambda mode=mode: home.last(f"{BASE}/mode") == mode.encode())
        found = service.get("/arming")
        assert (found["mode"], found["by"]) == (mode, "mqtt home")


def test_a_budget_is_set(service: RunningService, home: Client) -> None:
    """It is read back from what the service follows; a threshold of its own wins over it."""
    del service
    home.say(f"{CAMERA}/alarms_per_day/set", "2.5")
    home.say(f"{BASE}/yard/alarms_per_day/set", "2.5")

    eventually(lambda: home.last(f"{BASE}/yard/alarms_per_day") == b"2.5")
    assert home.last(f"{CAMERA}/alarms_per_day") == b"None"


def test_the_service_that_dies_is_offline(service: RunningService, home: Client) -> None:
    """By its last will: killed, it could say nothing. Must come last."""
    processes = psutil.Process(service.process.pid).children(recursive=True)
    assert home.last(f"{BASE}/status") == b"online"
    for each in (*processes, psutil.Process(service.process.pid)):
        each.send_signal(signal.SIGKILL)

    eventually(lambda: home.last(f"{BASE}/status") == b"offline")

"""A real broker, a client that hears everything, and a site that tests change."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from support.archives import alert
from support.mosquitto import Client, Mosquitto
from support.waiting import eventually

from inference.types import Alert
from service.adapters.outputs.mqtt_connection import MqttConnection
from service.config.outputs.mqtt import MqttSettings
from service.home_assistant.mirror import Mirror, MirrorOptions
from service.home_assistant.ports import (
    CameraFacts,
    CommandRefused,
    LastWill,
    MirroredSite,
    SiteFacts,
)
from service.home_assistant.topics import Topics
from tracker.memory_telemetry import InMemoryTelemetry

BASE = "posewarden/site"


def calm(name: str) -> CameraFacts:
    """A camera of which nothing is to be said."""
    return CameraFacts(
        name=name,
        is_connected=True,
        fps=15.0,
        people=2,
        score=1.25,
        open_alert=None,
        last_alert=None,
        armed=True,
        suspended_min=0,
        alarms_per_day=None,
    )


@dataclass
class ScriptedSite(MirroredSite):
    """Says what tests tell it, and does what it is asked for at once."""

    cameras: dict[str, CameraFacts]
    mode: str = "away"
    troubles: list[str] = field(default_factory=list)

    def facts(self) -> SiteFacts:
        modes = ["away", "home"]
        return SiteFacts(cameras=self.cameras, mode=self.mode, modes=modes, troubles=self.troubles)

    def figure(self, alert: Alert) -> bytes | None:
        return f"png of {alert.id}".encode()

    def arm(self, camera: str, armed: bool) -> None:
        self.change(camera, armed=armed)

    def suspend(self, camera: str, minutes: float) -> None:
        self.change(camera, suspended_min=minutes)

    def set_alarms_per_day(self, camera: str, number: float) -> None:
        self.change(camera, alarms_per_day=number)

    def choose_mode(self, mode: str) -> None:
        if mode not in ("away", "home"):
            raise CommandRefused(f"no mode is called {mode!r}")
        self.mode = mode

    def change(self, camera: str, **values: object) -> None:
        """Change a camera's facts."""
        if camera not in self.cameras:
            raise CommandRefused(f"no camera is called {camera!r}")
        self.cameras[camera] = replace(self.cameras[camera], **values)  # type: ignore[arg-type]

    def alarm(self, camera: str, name: str = "a") -> None:
        """Let an alert be open."""
        one = alert(name, kind="fall", severity="critical", rarity_hours=48.0)
        self.change(camera, open_alert=one, last_alert=one)


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    """A broker with TLS and a password."""
    one = Mosquitto()
    try:
        one.start()
        yield one
    finally:
        one.remove()


@dataclass
class House:
    """A mirror of a site in the broker, and Home Assistant's side of it."""

    broker: Mosquitto
    site: ScriptedSite
    telemetry: InMemoryTelemetry = field(default_factory=InMemoryTelemetry)

    def __post_init__(self) -> None:
        self.client = Client(self.broker)
        eventually(self.client.connected)
        self.start()

    def start(self) -> None:
        """Connect a new mirror, as after a restart."""
        topics = Topics(BASE, "homeassistant")
        self.connection = MqttConnection(
            MqttSettings.model_validate(self.broker.settings()),
            last_will=LastWill(topics.status, b"offline"),
            topics=topics.subscriptions(commands=True),
        )
        options = MirrorOptions(
            name="home", topics=topics, page="https://warden.example", commands=True
        )
        self.mirror = Mirror(self.connection, self.site, options, telemetry=self.telemetry)
        eventually(lambda: self.connection.connected)

    def becomes(self, topic: str, payload: bytes | None) -> None:
        """Step until the client has this as the newest payload of a topic."""

        def look() -> bool:
            self.mirror.step()
            return self.client.last(topic) == payload

        eventually(look, what=f"{topic} becomes {payload!r}")

    def end(self) -> None:
        """Disconnect both, and empty what the broker retains."""
        self.connection.close()
        for topic in {each.topic for each in self.client.heard}:
            self.client.say(topic, "", retain=True)
        self.client.__exit__()


@pytest.fixture
def house(broker: Mosquitto) -> Iterator[House]:
    """A site with a gate and a yard."""
    one = House(broker, ScriptedSite({name: calm(name) for name in ("gate", "yard")}))
    yield one
    one.end()

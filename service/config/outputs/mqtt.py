"""Settings of an MQTT broker, and of Home Assistant behind it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from service.config.outputs.output import OutputSettings, WantedEvent
from service.config.patterns import LEVEL_PATTERN

Level = Annotated[str, Field(pattern=LEVEL_PATTERN)]


class MqttSettings(OutputSettings):
    """A broker that gets alerts and the state of every camera, and may send commands.

    Attributes:
        port: None: 1883, or 8883 with tls.
        tls: whether the broker is spoken to over TLS; it is verified.
        ca_file: certificates to trust in place of the system's.
        topic_prefix, site: the topics are `<topic_prefix>/<site>/…`.
        discovery_prefix: under which Home Assistant looks for devices; None: it is not told.
        commands: whether arming, suspending and budgets are taken from the broker.
        password_file: a file to read it from.
    """

    type: Literal["mqtt"]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: bool = False
    ca_file: Path | None = None
    user: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    topic_prefix: Level = "posewarden"
    site: Level = "site"
    discovery_prefix: Level | None = "homeassistant"
    commands: bool = True
    events: tuple[WantedEvent, ...] = (
        "opened", "updated", "closed", "acknowledged", "verdict", "note",
    )  # fmt: skip
    missed: Literal["summary", "each"] = "each"

    @property
    def broker_port(self) -> int:
        """The port, by default that of MQTT or of MQTT over TLS."""
        return self.port or (8883 if self.tls else 1883)

    @property
    def base(self) -> str:
        """The first levels of every topic."""
        return f"{self.topic_prefix}/{self.site}"

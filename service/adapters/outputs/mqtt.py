"""Publishes alerts to an MQTT broker, as events of the cameras' devices."""

from typing import Any

import msgspec

from service.adapters.outputs.mqtt_connection import MqttConnection
from service.config.outputs.mqtt import MqttSettings
from service.home_assistant.topics import Topics
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered, Output

WITHIN_S = 5.0


class Mqtt(Output):
    """One broker; a message is delivered once the broker has confirmed it (qos 1).

    A message that was confirmed too late may come twice, with the same key.
    """

    def __init__(self, settings: MqttSettings) -> None:
        self._settings = settings
        self._topics = Topics(settings.base, settings.discovery_prefix)
        self._connection: MqttConnection | None = None

    def send(self, message: Message) -> Answer:
        if self._connection is None:
            self._connection = self._begun()
        topic = self._topics.system
        if message.alert is not None:
            topic = self._topics.of(message.alert.camera, "alert")
        self._connection.deliver(topic, event_payload(message), WITHIN_S)
        return Answer(f"confirmed: {topic}")

    def _begun(self) -> MqttConnection:
        try:
            return MqttConnection(self._settings)
        except (OSError, ValueError) as err:  # such as a ca_file that is not there
            file = self._settings.ca_file
            raise NotDelivered(f"no connection can be set up: {err}; ca_file is {file}") from err

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def event_payload(message: Message) -> bytes:
    """Return the JSON of an event; docs/home-assistant.md documents it."""
    shown: dict[str, Any] = {
        "event_type": message.event,
        "key": message.key,
        "at": message.at,
        "title": message.title,
        "text": message.text,
    }
    if (alert := message.alert) is not None:
        shown |= {
            "id": alert.id,
            "version": alert.version,
            "kind": alert.kind,
            "severity": alert.severity,
            "rarity_hours": alert.rarity_hours,
            "score": alert.peak_score,
            "threshold": alert.threshold,
            "person": alert.person,
            "zones": list(alert.zones),
            "opened_at": alert.opened_at,
        }
        if alert.explanation is not None:
            shown |= {"explanation": alert.explanation}
    if message.act is not None:
        shown |= {"author": message.act.author}
    if message.grouped:
        shown |= {"grouped": message.grouped}
    if message.system is not None:
        shown |= {"system": message.system}
    if message.summary is not None:
        shown |= {"count": message.summary.count, "late": message.summary.late}
    if message.links.alert is not None:
        shown |= {"url": message.links.alert}
    return msgspec.json.encode(shown)

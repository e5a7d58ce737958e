"""A connection to an MQTT broker that comes back by itself, in a thread of the library's."""

import ssl
from collections.abc import Sequence
from queue import Full, Queue
from threading import Event
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from service.config.outputs.mqtt import MqttSettings
from service.home_assistant.ports import Arrived, Broker, LastWill
from service.outputs.ports import NotDelivered

KEEP_ALIVE_S = 30
RETRY_S = (1, 15)
# What the broker has not confirmed yet; more is refused, which is counted by whoever sends.
UNCONFIRMED_BOUND = 4000
ARRIVED_BOUND = 1000
LARGEST_COMMAND_BYTES = 1024


class MqttConnection(Broker):
    """Connects at once and for as long as it is open; `session` grows with every connection.

    Args:
        last_will: what the broker publishes for us when we are gone without a word.
        topics: what to subscribe to, at every connection.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        last_will: LastWill | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        self._arrived: Queue[Arrived] = Queue(ARRIVED_BOUND)
        self._topics = topics
        self._connected = Event()
        self._settled = Event()  # the last attempt to connect has succeeded or failed
        self._why = "not connected yet"
        self.session = 0
        self.dropped = 0
        self._client = client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"posewarden-{uuid4().hex[:12]}"
        )
        client.max_queued_messages_set(UNCONFIRMED_BOUND)
        client.reconnect_delay_set(*RETRY_S)
        if settings.user is not None:
            password = settings.password
            client.username_pw_set(
                settings.user, None if password is None else password.get_secret_value()
            )
        if settings.tls:
            client.tls_set_context(ssl.create_default_context(cafile=settings.ca_file))
        if last_will is not None:
            client.will_set(last_will.topic, last_will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.connect_async(settings.host, settings.broker_port, KEEP_ALIVE_S)
        client.loop_start()

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us."""
        return self._connected.is_set()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> bool:
        if not self._connected.is_set():
            return False
        return self._client.publish(topic, payload, qos, retain).rc == mqtt.MQTT_ERR_SUCCESS

    def deliver(self, topic: str, payload: bytes, within_s: float) -> None:
        """Publish a message and wait until the broker has confirmed it.

        Raises:
            NotDelivered: it did not in time; the message may arrive still.
        """
        self._settled.wait(within_s)
        if not self._connected.is_set():
            raise NotDelivered(f"the broker cannot be reached: {self._why}")
        sent = self._client.publish(topic, payload, qos=1)
        try:
            sent.wait_for_publish(within_s)
            confirmed = sent.is_published()
        except (RuntimeError, ValueError) as err:
            raise NotDelivered(f"the connection ended: {self._why}", may_have_arrived=True) from err
        if not confirmed:
            raise NotDelivered(
                f"the broker confirmed nothing within {within_s:g} s", may_have_arrived=True
            )

    def arrived(self) -> list[Arrived]:
        found: list[Arrived] = []
        while not self._arrived.empty():
            found.append(self._arrived.get_nowait())
        return found

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: mqtt.Client,
        _: object,
        __: mqtt.ConnectFlags,
        code: ReasonCode,
        ___: Properties | None,
    ) -> None:
        if code.is_failure:
            self._why = f"it refuses us: {code}"
            self._settled.set()
            return
        for topic in self._topics:
            client.subscribe(topic, qos=1)
        self.session += 1
        self._connected.set()
        self._settled.set()

    def _on_connect_fail(self, _: mqtt.Client, __: object) -> None:
        self._why = "no connection; is the broker up, its address right, its certificate trusted?"
        self._settled.set()

    def _on_disconnect(
        self,
        _: mqtt.Client,
        __: object,
        ___: mqtt.DisconnectFlags,
        code: ReasonCode,
        ____: Properties | None,
    ) -> None:
        self._connected.clear()
        if code.is_failure and not self._why.startswith("it refuses us"):
            self._why = f"the connection ended: {code}"

    def _on_message(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        # A retained command would act again at every connection.
        retained_command = message.retain and not message.topic.endswith("/status")
        if retained_command or len(message.payload) > LARGEST_COMMAND_BYTES:
            self.dropped += 1
            return
        try:
            arrived = Arrived(message.topic, bytes(message.payload), message.retain)
            self._arrived.put_nowait(arrived)
        except Full:
            self.dropped += 1

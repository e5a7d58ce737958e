"""Keeps a broker's retained topics as the site is, and does what comes from there."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from service.home_assistant.commands import Command, command_of
from service.home_assistant.discovery import camera_device, site_device
from service.home_assistant.ports import (
    Arrived,
    Broker,
    CameraFacts,
    CommandRefused,
    MirroredSite,
    SiteFacts,
)
from service.home_assistant.topics import Topics
from service.ports.telemetry import SiteTelemetry

log = logging.getLogger(__name__)
EVERY_S = 1.0
# Numbers change all the time: they are sent when they differ, this often at most, and this often
# at least, so that Home Assistant does not let them expire.
NUMBERS_EVERY, NUMBERS_AT_LEAST_EVERY = 5, 30
RETAINED_FACTS = (
    "status", "connected", "abnormal", "kind", "severity", "rarity", "last_alert", "figure",
    "armed", "suspend", "alarms_per_day",
)  # fmt: skip
NO_VALUE = b"None"  # what Home Assistant reads as unknown


@dataclass(slots=True)
class _Told:
    """What the broker has from us since the session began."""

    session: int
    payloads: dict[str, bytes] = field(default_factory=dict)
    cameras: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorOptions:
    """What is mirrored where.

    Attributes:
        name: of the output, for logs and metrics.
        page: the service's address from outside.
        commands: whether commands are taken.
    """

    name: str
    topics: Topics
    page: str | None
    commands: bool


class Mirror:
    """Tells a broker everything anew at each connection, and what changes after it."""

    def __init__(
        self,
        broker: Broker,
        site: MirroredSite,
        options: MirrorOptions,
        *,
        telemetry: SiteTelemetry,
    ) -> None:
        self._broker, self._site, self._options = broker, site, options
        self._telemetry = telemetry
        self._told = _Told(session=0)
        self._figures: dict[str, tuple[str, int]] = {}
        self._steps = 0
        self._dropped = 0

    def step(self) -> float:
        """Do what was asked for and publish what differs; return for how many seconds to rest.

        Raises:
            StoreUnavailable, ArchiveUnavailable: the facts cannot be had now.
        """
        self._steps += 1
        connected = self._broker.connected
        self._telemetry.gauge("mqtt_connected", float(connected), target=self._options.name)
        if self._broker.dropped > self._dropped:
            number = self._broker.dropped - self._dropped
            self._telemetry.count("mqtt_commands_total", number, result="dropped")
            self._dropped += number
        if not connected:
            return EVERY_S
        if self._told.session != self._broker.session:
            self._forget()
        self._obey()
        self._publish(self._site.facts())
        return EVERY_S

    def leave(self) -> None:
        """Say that the service is gone: a clean goodbye does not bring out the last will."""
        if self._broker.connected:
            self._broker.publish(self._options.topics.status, b"offline", retain=True)

    def _obey(self) -> None:
        """Do what came, in order; what is refused is logged, and what holds is told again."""
        topics = self._options.topics
        for arrived in self._broker.arrived():
            if arrived.topic == topics.birth:
                if arrived.payload == b"online":
                    self._forget()
            elif (camera := topics.camera_of_status(arrived.topic)) is not None:
                # Ours come back to us, too; those from before our session may be of old cameras.
                if arrived.retained and arrived.payload:
                    self._told.cameras.add(camera)
            else:
                self._command(arrived)
                # A switch that was pressed in vain must spring back.
                self._told.payloads.pop(arrived.topic.removesuffix("/set"), None)

    def _forget(self) -> None:
        """Tell everything once more."""
        self._told = _Told(self._broker.session, cameras=self._told.cameras)
        self._figures.clear()

    def _command(self, arrived: Arrived) -> None:
        try:
            self._do(command_of(self._options.topics, arrived))
        except CommandRefused as err:
            log.warning("mqtt command refused", extra={"reason": str(err)})
            self._telemetry.count("mqtt_commands_total", result="refused")
        else:
            self._telemetry.count("mqtt_commands_total", result="done")

    def _do(self, command: Command) -> None:
        match command.fact, command.value:
            case "armed", bool(armed):
                self._site.arm(command.camera, armed)
            case "suspend", float(minutes):
                self._site.suspend(command.camera, minutes)
            case "alarms_per_day", float(number):
                self._site.set_alarms_per_day(command.camera, number)
            case "mode", str(mode):
                self._site.choose_mode(mode)

    def _publish(self, facts: SiteFacts) -> None:
        topics, options = self._options.topics, self._options
        if topics.discovery is not None:
            site = site_device(topics, facts.modes, options.page, commands=options.commands)
            self._say(topics.device(None), site)
            for name in facts.cameras:
                device = camera_device(topics, name, options.page, commands=options.commands)
                self._say(topics.device(name), device)
        # Availability goes with the description, whoever published which before.
        self._say(topics.status, b"online")
        for topic, payload in _site_states(topics, facts):
            self._say(topic, payload)
        for camera in facts.cameras.values():
            self._camera(camera)
        self._remove(set(facts.cameras))

    def _camera(self, camera: CameraFacts) -> None:
        topics = self._options.topics
        for fact, payload in _states(camera):
            self._say(topics.of(camera.name, fact), payload)
        for fact, payload in _numbers(camera):
            self._number(topics.of(camera.name, fact), payload)
        alert = camera.last_alert
        if alert is None or self._figures.get(camera.name) == (alert.id, len(alert.kinds)):
            return
        figure = self._site.figure(alert)
        if figure is not None:
            self._say(topics.of(camera.name, "figure"), figure)
            self._figures[camera.name] = (alert.id, len(alert.kinds))

    def _say(self, topic: str, payload: bytes) -> None:
        """Publish a retained payload if the broker does not have it."""
        if self._told.payloads.get(topic) == payload:
            return
        if self._broker.publish(topic, payload, retain=True):
            self._told.payloads[topic] = payload
        else:
            self._telemetry.count("mqtt_dropped_total")

    def _number(self, topic: str, payload: bytes) -> None:
        """Publish a number, which is not retained: an old one means nothing."""
        since = self._steps - self._told.numbers.get(topic, -NUMBERS_AT_LEAST_EVERY)
        differs = self._told.payloads.get(topic) != payload
        if since < (NUMBERS_EVERY if differs else NUMBERS_AT_LEAST_EVERY):
            return
        if self._broker.publish(topic, payload, qos=0):
            self._told.payloads[topic] = payload
            self._told.numbers[topic] = self._steps
        else:
            self._telemetry.count("mqtt_dropped_total")

    def _remove(self, present: set[str]) -> None:
        """Delete the device and the retained topics of cameras that are no more."""
        topics = self._options.topics
        for name in self._told.cameras - present:
            gone = [topics.of(name, fact) for fact in RETAINED_FACTS]
            if topics.discovery is not None:
                gone.insert(0, topics.device(name))
            for topic in gone:
                self._broker.publish(topic, b"", retain=True)
                self._told.payloads.pop(topic, None)
            self._figures.pop(name, None)
        self._told.cameras = present


def _site_states(topics: Topics, facts: SiteFacts) -> Iterator[tuple[str, bytes]]:
    yield topics.mode, facts.mode.encode()
    yield topics.trouble, _on(bool(facts.troubles))
    yield topics.troubles, msgspec.json.encode({"troubles": list(facts.troubles)})


def _states(camera: CameraFacts) -> Iterator[tuple[str, bytes]]:
    open_alert, last = camera.open_alert, camera.last_alert
    yield "status", b"online" if camera.is_connected else b"offline"
    yield "connected", _on(camera.is_connected)
    yield "abnormal", _on(open_alert is not None)
    yield "kind", b"none" if open_alert is None else open_alert.kind.encode()
    yield "severity", b"none" if open_alert is None else open_alert.severity.encode()
    hours = None if open_alert is None else open_alert.rarity_hours
    yield "rarity", NO_VALUE if hours is None else f"{hours:g}".encode()
    yield "last_alert", NO_VALUE if last is None else _time(last.opened_at)
    yield "armed", _on(camera.armed)
    yield "suspend", f"{camera.suspended_min:.0f}".encode()
    budget = camera.alarms_per_day
    yield "alarms_per_day", NO_VALUE if budget is None else f"{budget:g}".encode()


def _numbers(camera: CameraFacts) -> Iterator[tuple[str, bytes]]:
    yield "people", str(camera.people).encode()
    yield "fps", f"{camera.fps:.1f}".encode()
    yield "score", NO_VALUE if camera.score is None else f"{camera.score:.3f}".encode()


def _on(value: bool) -> bytes:
    return b"ON" if value else b"OFF"


def _time(at: float) -> bytes:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").encode()

"""What every output does: one entry in SUBJECTS makes a new one pass here, too."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TypeAlias

import pytest
from support.mail_server import MailServer
from support.messages import one_of_each, opened
from support.mosquitto import Client, Mosquitto
from support.receiver import Receiver
from support.waiting import eventually

from service.adapters.outputs.apprise import AppriseOutput
from service.adapters.outputs.email import Email
from service.adapters.outputs.frigate import Frigate
from service.adapters.outputs.mqtt import Mqtt
from service.adapters.outputs.ntfy import Ntfy
from service.adapters.outputs.webhook import Webhook
from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.mqtt import MqttSettings
from service.config.outputs.ntfy import NtfySettings
from service.config.outputs.webhook import WebhookSettings
from service.outputs.message import Message
from service.outputs.ports import NotDelivered, Output


@dataclass
class Subject:
    """An output under test, and its receiver.

    Attributes:
        sends_all: whether it sends messages that are not about a camera's alert.
        received: how many messages the receiver has.
        stop: makes the receiver unreachable.
        refuse: makes it refuse every message for good; None: its protocol cannot.
    """

    output: Output
    sends_all: bool
    received: Callable[[], int]
    stop: Callable[[], None]
    refuse: Callable[[], None] | None


Start: TypeAlias = Callable[[], Iterator[Subject]]


def http_subject(build: Callable[[str], Output], *, sends_all: bool, refuses: bool = True) -> Start:
    """Return a subject whose receiver is an HTTP server."""

    def start() -> Iterator[Subject]:
        with Receiver() as receiver:
            yield Subject(
                output=build(f"http://127.0.0.1:{receiver.port}"),
                sends_all=sends_all,
                received=lambda: len(receiver.received),
                stop=receiver.stop,
                refuse=(lambda: setattr(receiver, "status", 422)) if refuses else None,
            )

    return start


def webhook(url: str) -> Output:
    """A webhook to this machine."""
    settings = {"name": "hook", "type": "webhook", "url": url, "allow_local": True}
    return Webhook(WebhookSettings.model_validate(settings))


def frigate(url: str) -> Output:
    """A Frigate on this machine."""
    settings = {"name": "nvr", "type": "frigate", "url": url, "allow_local": True}
    return Frigate(FrigateSettings.model_validate(settings))


def ntfy(url: str) -> Output:
    """A topic of an ntfy on this machine."""
    settings = {"name": "phone", "type": "ntfy", "url": url, "topic": "t", "allow_local": True}
    return Ntfy(NtfySettings.model_validate(settings))


def apprise(url: str) -> Output:
    """Apprise's plain JSON."""
    settings = {"name": "any", "type": "apprise", "url": url.replace("http://", "json://")}
    return AppriseOutput(AppriseSettings.model_validate(settings))


def email() -> Iterator[Subject]:
    """Mail to one person."""
    with MailServer() as server:
        settings = {
            "name": "mail",
            "type": "email",
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "sender": "warden@example.org",
            "recipients": ["kim@example.org"],
            "allow_local": True,
        }
        yield Subject(
            output=Email(EmailSettings.model_validate(settings)),
            sends_all=True,
            received=lambda: len(server.mails),
            stop=server.stop,
            refuse=lambda: setattr(server, "answer", "550 no such mailbox"),
        )


def mqtt() -> Iterator[Subject]:
    """A broker with a client that hears everything."""
    broker = Mosquitto()
    try:
        broker.start()
        with Client(broker) as client:
            eventually(client.connected)
            yield Subject(
                output=Mqtt(MqttSettings.model_validate(broker.settings())),
                sends_all=True,
                received=lambda: eventually(lambda: len(client.heard)),
                stop=broker.kill,
                refuse=None,
            )
    finally:
        broker.remove()


SUBJECTS: dict[str, Start] = {
    "mqtt": mqtt,
    "ntfy": http_subject(ntfy, sends_all=True),
    "email": email,
    "apprise": http_subject(apprise, sends_all=True, refuses=False),
    "webhook": http_subject(webhook, sends_all=True),
    "frigate": http_subject(frigate, sends_all=False),
}


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each output, with a receiver that takes messages."""
    starting = SUBJECTS[request.param]()
    one = next(starting)
    yield one
    one.output.close()
    next(starting, None)


@pytest.mark.parametrize("message", one_of_each(), ids=lambda each: f"{each.event}-{each.key}")
def test_every_message_is_delivered(subject: Subject, message: Message) -> None:
    """Whatever happened, the receiver has it, and its answer is a line of text."""
    answer = subject.output.send(message)

    wanted = 1 if subject.sends_all or message.alert is not None else 0
    assert subject.received() == wanted
    assert answer.text
    assert json.loads(json.dumps(answer.text)) == answer.text


def test_it_delivers_while_the_package_is_replaced(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During an upgrade beside the running service its version is on no disk for some seconds."""

    def gone(_cls: type, name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata.Distribution, "from_name", classmethod(gone))

    assert subject.output.send(opened()).text


def test_a_receiver_that_is_gone_may_come_back(subject: Subject) -> None:
    """The failure is not permanent, and says why."""
    subject.stop()

    with pytest.raises(NotDelivered) as failed:
        subject.output.send(opened())

    assert not failed.value.permanent
    assert str(failed.value)


def test_a_refusal_is_permanent(subject: Subject) -> None:
    """What the receiver refuses for good is not to be sent again."""
    if subject.refuse is None:
        pytest.skip("this protocol knows no refusal")
    subject.refuse()

    with pytest.raises(NotDelivered) as failed:
        subject.output.send(opened())

    assert failed.value.permanent


def test_it_may_be_closed_twice(subject: Subject) -> None:
    """Ending is harmless, before the first message and after it."""
    subject.output.close()
    subject.output.close()

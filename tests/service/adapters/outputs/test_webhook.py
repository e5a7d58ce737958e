"""What a webhook sends, and that the examples in the documents receive and verify it."""

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.messages import acknowledged, one_of_each, opened, summary, system
from support.receiver import Receiver
from support.waiting import eventually

from export.bench.site.service import free_port
from service.adapters.outputs.signature import sign
from service.adapters.outputs.webhook import Webhook
from service.config.outputs.webhook import WebhookSettings
from service.outputs.ports import NotDelivered

EXAMPLES = Path(__file__).resolve().parents[4] / "docs" / "examples"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or so").decode()


def webhook(url: str, clock: Callable[[], float] | None = None, **more: Any) -> Webhook:
    """A webhook to an address of this machine."""
    settings = {"name": "desk", "type": "webhook", "url": url, "allow_local": True, **more}
    read = WebhookSettings.model_validate(settings)
    return Webhook(read) if clock is None else Webhook(read, clock=clock)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with Receiver() as one:
        yield one


def test_the_body_holds_what_happened(receiver: Receiver) -> None:
    """Alert, act, system event or summary, each in its place, with links by name."""
    output = webhook(receiver.url)
    for message in (opened(), acknowledged(), system(), summary()):
        output.send(message)
    alert, act, service, several = (each.json for each in receiver.received)

    assert (alert["schema"], alert["key"], alert["event"], alert["test"]) == (
        1,
        "a-1",
        "opened",
        False,
    )
    assert alert["alert"]["kind"] == "fall"
    assert set(alert["links"]) == {"alert", "acknowledge", "snooze", "not-an-alarm"}
    assert act["act"]["author"] == "kim"
    assert service["system"]["remedy"] == "look at its cable"
    assert several["summary"]["count"] == 3
    assert several["summary"]["alerts"][0]["url"].startswith("https://warden.example/")


def test_headers_say_key_and_signature(receiver: Receiver) -> None:
    """The key is the message's; without a secret there is no signature; own headers are sent."""
    webhook(receiver.url, headers={"X-Login": "kim"}).send(opened())
    webhook(receiver.url, secret=SECRET).send(opened())
    plain, signed = (each.headers for each in receiver.received)

    assert plain["idempotency-key"] == plain["webhook-id"] == "a-1"
    assert plain["x-login"] == "kim"
    assert "webhook-signature" not in plain
    assert signed["webhook-signature"].startswith("v1,")


def test_the_signature_is_that_of_the_specification() -> None:
    """The published example of Standard Webhooks: same key, time and body, same signature."""
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("program", ["python", "node"])
@pytest.mark.slow
def test_the_examples_verify_what_comes(program: str) -> None:
    """They take what is signed, once each, and refuse what is changed, unsigned or too old."""
    port = free_port()
    command = {
        "python": [sys.executable, str(EXAMPLES / "receive_webhook.py"), str(port)],
        "node": [shutil.which("node") or "node", str(EXAMPLES / "receive_webhook.mjs"), str(port)],
    }[program]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{program} is not installed")
    url = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(
        command, env={**os.environ, "SECRET": SECRET}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            answers = eventually(lambda: _answers(url), what="the example listens")
        finally:
            process.terminate()
        assert process.stdout is not None
        printed = process.stdout.read().splitlines()

    assert answers == ["204", "204", "401", "401", "401"]
    assert printed == ["opened Fall at gate"]


def _answers(url: str) -> list[str]:
    """Send a message, the same again, and three that nobody should believe."""
    genuine = webhook(url, secret=SECRET)
    outputs = [genuine, genuine, webhook(url, secret="another secret"), webhook(url)]
    outputs.append(webhook(url, secret=SECRET, clock=lambda: 1_600_000_000.0))
    said = []
    for output in outputs:
        try:
            said.append(output.send(opened()).text.split()[0])
        except NotDelivered as err:
            if err.may_have_arrived or "refused" in str(err):
                return []
            said.append(str(err).split()[0])
    return said


def test_a_template_makes_the_body(receiver: Receiver) -> None:
    """It has every field of ours; what a message lacks is empty."""
    template = '{"text": {{ title | tojson }}, "camera": {{ (alert.camera or "") | tojson }}}'
    output = webhook(receiver.url, template=template, content_type="application/x-chat")
    for message in one_of_each():
        output.send(message)

    first, *_, last = receiver.received
    assert (first.json, first.headers["content-type"]) == (
        {"text": "Fall at gate", "camera": "gate"},
        "application/x-chat",
    )
    assert last.json["camera"] == ""


@pytest.mark.parametrize("url", ["desk.example", "ftp://desk", "http://", "http://desk:99999"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """In the settings, without quoting it."""
    with pytest.raises(ValidationError) as refused:
        webhook(url)

    assert "write https://host/path" in str(refused.value)


def test_calls_do_not_leave_threads(receiver: Receiver) -> None:
    """Each message ends what it began."""
    output = webhook(receiver.url)
    output.send(opened())
    before = threading.active_count()
    for _ in range(5):
        output.send(opened())

    eventually(lambda: threading.active_count() <= before)
    assert json.loads(receiver.received[0].body)["key"] == "a-1"

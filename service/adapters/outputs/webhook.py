"""Sends alerts as JSON to an address by POST."""

import time
from collections.abc import Callable

import msgspec

from inference.types import Act, Alert
from service.adapters.outputs.http_post import HttpTarget, accepted, request
from service.adapters.outputs.signature import sign
from service.adapters.outputs.template_process import render
from service.config.outputs.webhook import WebhookSettings
from service.outputs.message import Message
from service.outputs.ports import Answer, Output
from service.running_version import user_agent
from service.system_events import SystemEvent

SCHEMA = 1


class WebhookAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a summary."""

    alert: Alert
    text: str
    url: str | None


class WebhookSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Several alerts in one message; see `Summary`."""

    count: int
    since: float
    until: float
    late: bool
    alerts: list[WebhookAlert]


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON of a webhook; docs/outputs.md documents it.

    Attributes:
        schema: grows when a field changes its meaning; new fields do not count.
        key: idempotency key; the same whenever this message is sent again.
        links: `alert` and the actions by name.
    """

    schema: int
    key: str
    event: str
    at: float
    title: str
    text: str
    collapse: str
    grouped: int
    test: bool
    alert: Alert | None
    act: Act | None
    system: SystemEvent | None
    summary: WebhookSummary | None
    links: dict[str, str]


class Webhook(Output):
    """Signed POST requests to one address.

    Args:
        clock: UTC seconds; signed with the body.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        target: HttpTarget | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._target = target or HttpTarget(
            url=settings.url.get_secret_value(),
            allow_local=settings.allow_local,
            ca_file=settings.ca_file,
        )
        self._clock = clock
        self._user_agent = user_agent()

    def send(self, message: Message) -> Answer:
        body = self._body(message)
        return accepted(request(self._target, "POST", self._headers(message, body), body))

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def _body(self, message: Message) -> bytes:
        written = webhook_body(message)
        if self._settings.template is None:
            return msgspec.json.encode(written)
        return render(self._settings.template, msgspec.to_builtins(written)).encode()

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        timestamp_s = int(self._clock())
        headers = {
            "Content-Type": self._settings.content_type,
            "User-Agent": self._user_agent,
            "Idempotency-Key": message.key,
            "webhook-id": message.key,
            "webhook-timestamp": str(timestamp_s),
        }
        if self._settings.secret is not None:
            secret = self._settings.secret.get_secret_value()
            headers["webhook-signature"] = sign(secret, message.key, timestamp_s, body)
        given = self._settings.headers.items()
        return headers | {name: value.get_secret_value() for name, value in given}


def webhook_body(message: Message) -> WebhookBody:
    """Return the body of a message."""
    summary = message.summary
    links: dict[str, str] = {action.action: action.url for action in message.links.actions}
    if message.links.alert is not None:
        links["alert"] = message.links.alert
    return WebhookBody(
        schema=SCHEMA,
        key=message.key,
        event=message.event,
        at=message.at,
        title=message.title,
        text=message.text,
        collapse=message.collapse,
        grouped=message.grouped,
        test=message.event == "test",
        alert=message.alert,
        act=message.act,
        system=message.system,
        summary=None
        if summary is None
        else WebhookSummary(
            count=summary.count,
            since=summary.since,
            until=summary.until,
            late=summary.late,
            alerts=[
                WebhookAlert(alert=line.alert, text=line.text, url=line.url)
                for line in summary.lines
            ],
        ),
        links=links,
    )

"""Sends alerts through Apprise, which knows over a hundred services."""

import logging
import re
from types import ModuleType

from service.config.outputs.apprise import AppriseSettings
from service.outputs.figure import figure_png
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered, Output
from service.outputs.urgency import urgency
from tracker.errors import ConfigError

SAID_CHARACTERS = 200
TYPE = {"low": "info", "usual": "info", "high": "warning", "highest": "failure"}
SHORTEST_SECRET = 5  # shorter parts of a url are names, such as of a protocol


class AppriseOutput(Output):
    """One service, named by its Apprise URL.

    Raises:
        ConfigError: Apprise is not installed, or knows no such service.
    """

    def __init__(self, settings: AppriseSettings) -> None:
        self._settings = settings
        self._apprise = _library(settings.name)
        self._service = self._apprise.Apprise()
        if not self._service.add(settings.url.get_secret_value()):
            # The URL holds the token: it is not shown.
            raise ConfigError(
                f"output {settings.name!r}: Apprise knows no such url; "
                "its documentation has the form of each service's"
            )

    def send(self, message: Message) -> Answer:
        actions = [f"{each.label}: {each.url}" for each in message.links.actions]
        parts = [message.text, message.links.alert or "", *actions]
        with self._apprise.LogCapture(level=logging.WARNING) as said:
            sent = self._service.notify(
                body="\n".join(filter(None, parts)),
                title=message.title,
                notify_type=TYPE[urgency(message)],
                attach=self._picture(message),
            )
            why = self._masked(" ".join(said.getvalue().split()))[:SAID_CHARACTERS]
        if not sent:
            # Apprise does not tell refusals from outages: everything is sent again.
            raise NotDelivered(f"Apprise: {why or 'not sent'}", may_have_arrived=True)
        return Answer("Apprise: sent")

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def _picture(self, message: Message) -> object | None:
        poses = message.poses() if self._settings.picture else None
        if poses is None:
            return None
        attachment: object = self._apprise.attachment.memory.AttachMemory(
            content=figure_png(poses), name="figure.png", mimetype="image/png"
        )
        return attachment

    def _masked(self, text: str) -> str:
        """Return the text without parts of the url, any of which may be a token."""
        for part in re.split(r"[/:@?&=]+", self._settings.url.get_secret_value()):
            if len(part) >= SHORTEST_SECRET:
                text = text.replace(part, "***")
        return text


def _library(name: str) -> ModuleType:
    try:
        import apprise
        import apprise.attachment.memory
    except ImportError as err:
        raise ConfigError(
            f"output {name!r} needs Apprise: pip install 'posewarden[notify]'"
        ) from err
    return apprise

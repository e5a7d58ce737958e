"""Sends alerts to a topic of ntfy, as its documentation describes publishing."""

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

from service.adapters.outputs.http_post import HttpTarget, accepted, request
from service.config.outputs.ntfy import NtfySettings
from service.outputs.figure import figure_png
from service.outputs.message import Message
from service.outputs.ports import Answer, Output
from service.outputs.urgency import urgency
from service.running_version import user_agent

PRIORITY = {"low": "2", "usual": "3", "high": "4", "highest": "5"}
TAG = {"opened": "rotating_light", "raised": "rotating_light", "escalated": "rotating_light",
       "system": "warning", "closed": "white_check_mark"}  # fmt: skip
TEXT_BYTES = 4000  # ntfy makes a file of longer ones
TITLE_BYTES = 1000  # and refuses longer titles
MOST_ACTIONS = 3
# A server that keeps no attachments, or no more of them, refuses the picture: the text must come.
NO_ATTACHMENT = (400, 413)


class Ntfy(Output):
    """One topic; messages of one alert replace each other on the phone."""

    def __init__(self, settings: NtfySettings) -> None:
        self._settings = settings
        self._user_agent = user_agent()
        server = settings.url.get_secret_value().rstrip("/")
        self._target = HttpTarget(
            url=f"{server}/{quote(settings.topic.get_secret_value(), safe='')}",
            allow_local=settings.allow_local,
            ca_file=settings.ca_file,
        )

    def send(self, message: Message) -> Answer:
        poses = message.poses() if self._settings.picture else None
        headers = dict(self._headers(message))
        text = message.text.encode()[:TEXT_BYTES].decode(errors="ignore")
        if poses is not None:
            # With an attachment the body is the file, and the text goes into a header.
            about = {"X-Filename": "figure.png", "X-Message": _word(text.replace("\n", r"\n"))}
            answer = request(self._target, "PUT", headers | about, figure_png(poses))
            if answer.status not in NO_ATTACHMENT:
                return accepted(answer)
        return accepted(request(self._target, "POST", headers, text.encode()))

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def _headers(self, message: Message) -> Iterator[tuple[str, str]]:
        yield "User-Agent", self._user_agent
        title = message.title.encode()[:TITLE_BYTES].decode(errors="ignore")
        yield "X-Title", _word(title)
        yield "X-Priority", PRIORITY[urgency(message)]
        # Servers from 2.16 on update the message of the same sequence; older ones add another.
        yield "X-Sequence-ID", message.collapse
        if message.event in TAG:
            yield "X-Tags", TAG[message.event]
        if message.links.alert is not None:
            yield "X-Click", message.links.alert
        if message.links.actions:
            actions = message.links.actions[:MOST_ACTIONS]
            shown = [f'view, "{each.label}", {each.url}, clear=true' for each in actions]
            yield "X-Actions", _word("; ".join(shown))
        if self._settings.token is not None:
            yield "Authorization", f"Bearer {self._settings.token.get_secret_value()}"


def _word(text: str) -> str:
    """Return text as a header may hold it: RFC 2047, which ntfy reads, where it is not ASCII."""
    line = " ".join(text.splitlines())
    if line.isascii():
        return line
    return f"=?UTF-8?B?{b64encode(line.encode()).decode()}?="

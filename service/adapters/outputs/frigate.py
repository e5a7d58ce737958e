"""Makes our alerts events of a Frigate, by its manual-event API.

`POST /api/events/{camera}/{label}/create` as Frigate documents it; not run against a Frigate here.
"""

from urllib.parse import quote

import msgspec

from service.adapters.outputs.http_post import HttpTarget, accepted, request
from service.config.outputs.frigate import FrigateSettings
from service.outputs.message import Message
from service.outputs.ports import Answer, Output
from service.running_version import user_agent

SUB_LABEL_CHARACTERS = 100


class Frigate(Output):
    """One Frigate; only alerts go there, for its events belong to cameras."""

    def __init__(self, settings: FrigateSettings) -> None:
        self._settings = settings
        self._user_agent = user_agent()

    def send(self, message: Message) -> Answer:
        if message.alert is None:
            return Answer("not an alert of a camera: nothing is sent to Frigate")
        camera = message.alert.camera
        theirs = self._settings.camera_names.get(camera, camera)
        path = f"/api/events/{quote(theirs, safe='')}/{quote(self._settings.label)}/create"
        target = HttpTarget(
            url=self._settings.url.get_secret_value().rstrip("/") + path,
            allow_local=self._settings.allow_local,
            ca_file=self._settings.ca_file,
        )
        return accepted(request(target, "POST", self._headers(), self._body(message)))

    def close(self) -> None:
        """Nothing stays open between two messages."""

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._user_agent,
        }
        if self._settings.token is not None:
            headers["Authorization"] = f"Bearer {self._settings.token.get_secret_value()}"
        return headers

    def _body(self, message: Message) -> bytes:
        return msgspec.json.encode(
            {
                "sub_label": message.title[:SUB_LABEL_CHARACTERS],
                "duration": self._settings.duration_s,
                "include_recording": True,
            }
        )

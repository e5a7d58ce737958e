"""Settings of a topic of ntfy."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from service.config.outputs.output import OutputSettings


class NtfySettings(OutputSettings):
    """A topic of ntfy.sh or of a server of one's own, for phones and browsers.

    Attributes:
        url: of the server; the topic's name is a secret where topics are open.
        token: an access token, sent as `Authorization: Bearer`.
        picture: whether the alert's stick figure is attached.
        allow_local, ca_file: as of a webhook.
        topic_file, token_file: files to read them from.
    """

    type: Literal["ntfy"]
    url: SecretStr = SecretStr("https://ntfy.sh")
    url_file: Path | None = None
    topic: Annotated[SecretStr, Field(min_length=1, max_length=64)]
    topic_file: Path | None = None
    token: SecretStr | None = None
    token_file: Path | None = None
    picture: bool = True
    allow_local: bool = False
    ca_file: Path | None = None

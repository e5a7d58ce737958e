"""Settings of a service that Apprise knows."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from service.config.outputs.output import OutputSettings


class AppriseSettings(OutputSettings):
    """One of the services that Apprise can send to; needs the extra `notify`.

    Attributes:
        url: as Apprise's documentation has it for the service; holds its token, hence secret.
        picture: whether the alert's stick figure is attached, where the service takes one.
        url_file: a file to read it from.
    """

    type: Literal["apprise"]
    url: SecretStr
    url_file: Path | None = None
    picture: bool = True

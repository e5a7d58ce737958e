"""Settings of a Frigate that gets alerts as events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from service.config.outputs.checks import checked_url
from service.config.outputs.output import OutputSettings, WantedEvent
from service.config.patterns import LABEL_PATTERN


class FrigateSettings(OutputSettings):
    """A Frigate whose manual events our alerts become.

    Attributes:
        url: of Frigate, such as http://frigate:5000.
        token: sent as `Authorization: Bearer`, where its port asks for a login.
        camera_names: Frigate's names of our cameras; others have the same name there.
        label: of the events.
        duration_s: how long an event lasts whose end never comes.
        allow_local, ca_file: as of a webhook.
        url_file, token_file: files to read them from.
    """

    type: Literal["frigate"]
    url: Annotated[SecretStr, AfterValidator(checked_url)]
    url_file: Path | None = None
    token: SecretStr | None = None
    token_file: Path | None = None
    camera_names: Mapping[str, str] = {}
    label: Annotated[str, Field(pattern=LABEL_PATTERN)] = "posewarden"
    duration_s: Annotated[int, Field(ge=1, le=3600)] = 30
    events: tuple[WantedEvent, ...] = ("opened",)
    system: bool = False
    missed: Literal["summary", "each"] = "each"
    allow_local: bool = False
    ca_file: Path | None = None

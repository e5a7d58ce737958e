"""Settings of alerts about the service itself."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SystemAlertSettings(BaseModel):
    """When the service says that something is wrong with itself.

    Attributes:
        camera_grace_s: a camera that is lost for longer is reported.
        store_full_from: share of the disk or of Redis' memory from which on it is nearly full.
        heartbeat_url: called with GET every minute while the whole path works: whoever expects
            the calls knows when the service fell silent. May hold a token, hence secret.
        heartbeat_url_file: a file to read it from.
        heartbeat_local: whether the address may be this machine's own or link-local.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera_grace_s: Annotated[float, Field(ge=1, le=86_400)] = 60.0
    store_full_from: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    heartbeat_url: Annotated[SecretStr, Field(min_length=8)] | None = None
    heartbeat_url_file: Path | None = None
    heartbeat_local: bool = False

"""Settings of a webhook."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from service.config.outputs.checks import checked_secret, checked_template, checked_url
from service.config.outputs.output import OutputSettings


class WebhookSettings(OutputSettings):
    """An address that gets alerts as JSON by POST.

    Attributes:
        url: http or https; may hold a token, hence secret.
        secret: signs body and time; `whsec_` and base64, or any text.
        headers: sent with each request, such as a login; secret.
        template: Jinja2 text that makes the body in place of our JSON.
        content_type: of the template's text.
        allow_local: whether the address may be this machine's own or link-local.
        ca_file: certificates to trust in place of the system's.
        url_file, secret_file: files to read them from.
    """

    type: Literal["webhook"]
    url: Annotated[SecretStr, AfterValidator(checked_url)]
    url_file: Path | None = None
    secret: Annotated[SecretStr, Field(min_length=8), AfterValidator(checked_secret)] | None = None
    secret_file: Path | None = None
    headers: Mapping[str, SecretStr] = {}
    template: Annotated[str, Field(max_length=20_000), AfterValidator(checked_template)] | None = (
        None
    )
    content_type: str = "application/json"
    allow_local: bool = False
    ca_file: Path | None = None

"""Settings of mail."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from service.config.outputs.output import OutputSettings
from service.sentences.outputs import NO_MAIL_ADDRESS, OPEN_PASSWORD, USER_AND_PASSWORD


def _mailbox(address: str) -> str:
    name, at, host = address.rpartition("@")
    if not (at and name and host) or any(each.isspace() or each in "<>,;" for each in address):
        raise ValueError(NO_MAIL_ADDRESS(address=address))
    return address


Mailbox = Annotated[str, Field(max_length=254), AfterValidator(_mailbox)]


class EmailSettings(OutputSettings):
    """People who get alerts by mail, through an SMTP server.

    Attributes:
        security: `tls` from the first byte, `starttls`, or `none` for a server of this site.
        port: None: 465, 587 or 25, by security.
        sender: the address that mails come from; recipients: where they go to.
        picture: whether the alert's stick figure stands in the mail.
        allow_local, ca_file: as of a webhook.
        password_file: a file to read it from.
    """

    type: Literal["email"]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    sender: Mailbox
    recipients: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=50)]
    picture: bool = True
    allow_local: bool = False
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _signs_in_safely(self) -> Self:
        if self.security == "none" and self.password is not None:
            raise ValueError(OPEN_PASSWORD())
        if (self.user is None) != (self.password is None):
            raise ValueError(USER_AND_PASSWORD())
        return self

    @property
    def server_port(self) -> int:
        """The port, by default that of the security."""
        return self.port or {"tls": 465, "starttls": 587, "none": 25}[self.security]

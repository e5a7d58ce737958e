"""Where a site keeps its data: Redis and the archive."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import parse_qs, quote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)


class RedisSettings(BaseModel):
    """Redis, for windows, scores and alerts; without a url `up` embeds a Valkey.

    Attributes:
        password: used where the url carries none, for the url's ACL user if it names one.
        shards: number of slots the cameras' keys spread over; the same for every process of a site.
        wait_replicas: how many replicas must have an alert, an act or what an output has delivered
            before it counts as kept.
        url_file, password_file: files to read them from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    url_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    wait_replicas: Annotated[int, Field(ge=0, le=5)] = 0

    @model_validator(mode="after")
    def _password_has_url(self) -> Self:
        if self.password is not None and self.url is None:
            raise ValueError("password is given without a url; set redis.url, too")
        return self

    @property
    def address(self) -> str | None:
        """The url with the password in it; None without a url."""
        if self.url is None:
            return None
        url = self.url.get_secret_value()
        return url if self.password is None else _with_password(url, self.password)


def _with_password(url: str, password: SecretStr) -> str:
    """Return a Redis URL with this password, unless it carries one; its ACL user stays."""
    scheme, separator, rest = url.partition("://")
    address, question, options = rest.partition("?")
    user_and_password, _, place = address.rpartition("@")
    user, _, own_password = user_and_password.partition(":")
    if not separator or own_password or "password" in parse_qs(options):
        return url
    secret = quote(password.get_secret_value(), safe="")
    return f"{scheme}://{user}:{secret}@{place}{question}{options}"


class ArchiveSettings(BaseModel):
    """Where alerts are archived; without a url in a file under `data`.

    Attributes:
        url: of a PostgreSQL database.
        password: used where the url carries none.
        url_file, password_file: files to read them from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    url_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _password_has_url(self) -> Self:
        if self.password is not None and self.url is None:
            raise ValueError("password is given without a url; set archive.url, too")
        return self

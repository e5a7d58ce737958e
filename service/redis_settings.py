"""The settings of the road through Redis."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class RedisSettings(BaseModel):
    """Where the windows, scores and alerts travel; without a url `up` starts its own Valkey.

    Attributes:
        password: used where the url carries none.
        shards: over how many slots the cameras' keys spread; the same for all processes of a site.
        url_file, password_file: files that hold them, read in their stead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    url_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    shards: Annotated[int, Field(ge=1, le=64)] = 1

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
        scheme, separator, rest = url.partition("://")
        if self.password is None or not separator or "@" in rest:
            return url
        return f"{scheme}://:{quote(self.password.get_secret_value(), safe='')}@{rest}"

"""Checks of outputs' settings that pydantic has no type for."""

import base64
import binascii
from urllib.parse import urlsplit

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import SecretStr

SECRET_PREFIX = "whsec_"  # noqa: S105 -- what comes before a secret


def checked_url(url: SecretStr) -> SecretStr:
    """Return an address that requests can go to.

    Raises:
        ValueError: it is none; the text does not quote it, for it may hold a token.
    """
    try:
        parts = urlsplit(url.get_secret_value())
        if parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0:
            return url
    except ValueError:
        pass
    raise ValueError("it is not an address; write https://host/path")


def checked_secret(secret: SecretStr) -> SecretStr:
    """Return a secret that signs.

    Raises:
        ValueError: what stands behind whsec_ is no base64.
    """
    given = secret.get_secret_value()
    if given.startswith(SECRET_PREFIX):
        try:
            base64.b64decode(given.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            raise ValueError("behind whsec_ stands base64; or leave whsec_ out") from None
    return secret


def checked_template(template: str) -> str:
    """Return a template that reads.

    Raises:
        ValueError: it is no Jinja2.
    """
    compiled(template)
    return template


def compiled(template: str) -> jinja2.Template:
    """Return a template that can neither reach nor change anything but the message.

    Raises:
        ValueError: it is no Jinja2.
    """
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.ChainableUndefined,
        autoescape=False,
    )
    try:
        return environment.from_string(template)
    except jinja2.TemplateError as err:
        raise ValueError(f"it is no Jinja2: {err}") from err

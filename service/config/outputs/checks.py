"""Checks of outputs' settings that pydantic has no type for."""

import base64
import binascii
from urllib.parse import urlsplit

from pydantic import SecretStr

from service.config.outputs.template import check_template
from service.sentences.outputs import NO_ADDRESS, NO_BASE64

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
    raise ValueError(NO_ADDRESS(example="https://host/path"))


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
            raise ValueError(NO_BASE64()) from None
    return secret


def checked_template(template: str) -> str:
    """Return a template that reads.

    Raises:
        ValueError: it is no Jinja2.
    """
    check_template(template)
    return template

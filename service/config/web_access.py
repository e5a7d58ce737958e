"""Who stands between a browser and the service: trusted proxies, and TLS of its own."""

import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from tracker.errors import ConfigError


class TlsSettings(BaseModel):
    """Files by which the API speaks HTTPS itself.

    Attributes:
        certificate: PEM, with the intermediate ones behind it.
        key: PEM, its private key without a password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: Path
    key: Path


def _proxy(given: str) -> str:
    try:
        return str(ipaddress.ip_network(given))
    except ValueError as err:
        raise ValueError(
            f"{given[:64]!r} is no address or network: {err}; write 10.0.0.7 or 10.0.0.0/24, and "
            "only of proxies: whoever is trusted says who its clients are"
        ) from err


TrustedProxy: TypeAlias = Annotated[str, AfterValidator(_proxy)]


def both_families(networks: tuple[str, ...]) -> list[str]:
    """Return networks, those of IPv4 also as a socket of both families shows them."""
    read = [ipaddress.ip_network(each) for each in networks]
    mapped = [
        f"::ffff:{each.network_address}/{each.prefixlen + 96}" for each in read if each.version == 4
    ]
    return [*networks, *mapped]


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """Return what speaks TLS by these files.

    Raises:
        ConfigError: they cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context, tls)
    return context


def load_certificate(context: ssl.SSLContext, tls: TlsSettings) -> None:
    """Read the files again; connections from now on get the new certificate.

    Raises:
        ConfigError: as of `tls_context`; the old certificate stays.
    """
    # First into another one: what fails half-way would leave this one without a key.
    tls_context(tls)
    _load(context, tls)


def _load(context: ssl.SSLContext, tls: TlsSettings) -> None:
    if unread := list(_unread_files(tls)):
        raise ConfigError("\n".join(unread))
    try:
        # Without a function for it, OpenSSL would ask the terminal for a key's password.
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: b"")
    except (ssl.SSLError, ValueError) as err:
        raise ConfigError(
            f"tls: {tls.certificate} and {tls.key} are no certificate and its key, without a "
            "password, as PEM"
        ) from err


def _unread_files(tls: TlsSettings) -> Iterator[str]:
    for name, file in (("certificate", tls.certificate), ("key", tls.key)):
        try:
            file.open("rb").close()
        except OSError as err:
            yield f"tls.{name}: {file} cannot be read: {err.strerror}"

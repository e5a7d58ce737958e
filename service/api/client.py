"""Where a request came from."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from service.web_address import is_loopback

LONGEST = 64
# What proxies add: with one of these a request that comes from this machine was only passed on.
FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def address_of(connection: HTTPConnection) -> str:
    """Return the address of the client, as the server and its trusted proxies say."""
    host = connection.client.host if connection.client else "unknown"
    # A socket of both families writes IPv4 so; a proxy may write anything.
    return host.removeprefix("::ffff:")[:LONGEST]


def is_local(connection: HTTPConnection) -> bool:
    """Tell whether a program on this machine asked for this machine, and no proxy passed it on."""
    if any(name in connection.headers for name in FORWARDING):
        return False
    try:
        named = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    # Whoever speaks from a machine's own address to it is on it.
    own = (connection.scope.get("server") or ("",))[0]
    return all(is_loopback(host) or host == own for host in (address_of(connection), named))

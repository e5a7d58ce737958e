"""Addresses of pages as browsers and proxies write them."""

import ipaddress
import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address as browsers write an origin.

    Lower case, and without the scheme's usual port.

    Raises:
        ValueError: it is no http or https address, or carries a user or password.
    """
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise ValueError("write http://host or https://host")
    host, _, _ = parts.netloc.rpartition(":") if _has_port(parts.netloc) else (parts.netloc, "", "")
    if not _HOST.fullmatch(host):
        raise ValueError("it has no host, or a user or password, or signs that no host has")
    port = parts.port  # raises ValueError where it is no number
    shown = "" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host.lower()}{shown}"


def path_of(address: str) -> str:
    """Return the path of an address, "" for the top, without a slash at its end.

    Raises:
        ValueError: it has signs that need an escape, `..`, a query or a fragment.
    """
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    if parts.query or parts.fragment:
        raise ValueError("it must end with its path: leave ? and # away")
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError("its path is made of /, letters, digits and . _ ~ -")
    return path


def same_host(origin: str, host: str) -> bool:
    """Tell whether a request's Origin is a page of the host that its Host names.

    The scheme is not compared: a proxy with TLS speaks plain HTTP to us.
    """
    try:
        scheme = urlsplit(origin).scheme
        return origin_of(origin) == origin_of(f"{scheme}://{host}")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address or name."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:  # a name: of whatever address it is
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _has_port(place: str) -> bool:
    return re.search(r":\d*$", place) is not None

"""Parse a camera's network address."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from tracker.sources.network_address import without_zone

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed camera address.

    Attributes:
        target: what a request names: in RTSP the address without user and password, in HTTP
            the path.
        user: None when the address names none.
    """

    scheme: str
    host: str
    port: int
    target: str
    user: str | None
    password: str

    @classmethod
    def parse(cls, address: str) -> Self:
        """Parse an address.

        Raises:
            ValueError: it is not an RTSP or HTTP address of a host.
        """
        parts = urlsplit(address)
        scheme, host = parts.scheme.lower(), parts.hostname
        if scheme not in PORTS or not host:
            raise ValueError("no RTSP or HTTP address of a host")
        user = None if parts.username is None else unquote(parts.username)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host_port = without_zone(parts.netloc.rpartition("@")[2])
        target = path if scheme.startswith("http") else f"{scheme}://{host_port}{path}"
        port = parts.port or PORTS[scheme]
        return cls(scheme, unquote(host), port, target, user, unquote(parts.password or ""))

    @property
    def endpoint(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def protocol(self) -> str:
        """RTSP or HTTP."""
        return self.scheme.upper().rstrip("S")

    @property
    def encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return self.scheme.endswith("s")

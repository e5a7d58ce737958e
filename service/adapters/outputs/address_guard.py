"""Resolves a receiver's address, and refuses what only this machine should reach."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import TypeAlias

from service.local_address import is_local
from service.outputs.ports import NotDelivered

Resolve: TypeAlias = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses, in the system's order.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def resolved_within(host: str, port: int, within_s: float, how: Resolve = resolve) -> list[str]:
    """Return a host's addresses; the system's resolver itself cannot be told when to give up.

    Raises:
        NotDelivered: there are none in time.
    """
    found: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            found.append(how(host, port))
        except OSError as err:
            found.append(err)

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(within_s)
    if not found:
        raise NotDelivered(f"{host} is not resolved within {within_s:.1f} s")
    if isinstance(found[0], OSError):
        raise NotDelivered(f"{host} cannot be resolved: {found[0].strerror or found[0]}")
    return found[0]


def allowed_addresses(host: str, addresses: list[str]) -> list[str]:
    """Return the addresses that may be connected to; the same ones must then be used.

    Raises:
        NotDelivered: there is none; names of this machine and link-local ones are refused.
    """
    allowed = [each for each in addresses if not is_local(ipaddress.ip_address(each))]
    if not allowed and host in addresses:
        raise NotDelivered(
            f"{host} is an address of this machine or its link; "
            "let it reach this machine itself (allow_local) if that is meant"
        )
    if not allowed:
        raise NotDelivered(
            f"{host} is an address of this machine or its link ({', '.join(addresses)}); "
            "let it reach this machine itself (allow_local) if that is meant"
        )
    return allowed

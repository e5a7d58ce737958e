"""Tells which addresses only this machine should reach; receivers there need `allow_local`."""

import ipaddress
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds answer with the machine's own passwords, outside the link-local range.
METADATA = (ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200"))
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_local(address: Address) -> bool:
    """Tell whether an address is this machine's, its link's, everybody's or a cloud's secrets."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_local(address.ipv4_mapped)
        if address in NAT64:
            return is_local(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in METADATA
        or address in ipaddress.ip_network("0.0.0.0/8")
        or address == ipaddress.ip_address("255.255.255.255")
    )

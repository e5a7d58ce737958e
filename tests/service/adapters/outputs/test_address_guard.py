"""Which addresses a receiver may have."""

import ipaddress

import pytest

from service.adapters.outputs.address_guard import allowed_addresses, is_local, resolved_within
from service.outputs.ports import NotDelivered


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
    ],
)
def test_the_machines_own_and_its_links_are_local(address: str) -> None:
    """However they are written."""
    assert is_local(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "192.168.1.2", "172.16.0.1", "93.184.216.34", "fd12::5", "2001:db8::1"]
)
def test_a_sites_network_is_not(address: str) -> None:
    """Receivers mostly stand in the site's own network."""
    assert not is_local(ipaddress.ip_address(address))


def test_only_allowed_addresses_of_a_name_are_used() -> None:
    """A good address is kept beside a bad one; with bad ones alone the name is refused."""
    assert allowed_addresses("desk", ["127.0.0.1", "10.0.0.5"]) == ["10.0.0.5"]
    with pytest.raises(NotDelivered, match="allow_local"):
        allowed_addresses("desk", ["127.0.0.1", "::1"])


def test_a_name_without_an_address_is_a_failure() -> None:
    """It says which."""

    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(NotDelivered, match=r"nobody\.example cannot be resolved"):
        resolved_within("nobody.example", 80, 5.0, unknown)

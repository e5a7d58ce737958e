"""Which addresses only this machine should reach."""

import ipaddress

import pytest

from service.local_address import is_local


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

"""Camera addresses taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.sources.diagnosis.address import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "rtsp://cam/a/b?c=d",
            Address("rtsp", "cam", 554, "rtsp://cam/a/b?c=d", None, ""),
        ),
        (
            "RTSPS://me:p%40%3A%2F%23@10.0.0.1:8322/x",
            Address("rtsps", "10.0.0.1", 8322, "rtsps://10.0.0.1:8322/x", "me", "p@:/#"),
        ),
        ("rtsp://me:p@w@cam", Address("rtsp", "cam", 554, "rtsp://cam/", "me", "p@w")),
        (
            "rtsp://:@[fe80::1]:554/x",
            Address("rtsp", "fe80::1", 554, "rtsp://[fe80::1]:554/x", "", ""),
        ),
        ("http://me@cam/v?x=1#y", Address("http", "cam", 80, "/v?x=1", "me", "")),
        ("https://cam", Address("https", "cam", 443, "/", None, "")),
    ],
)
def test_parts_of_an_address(text: str, address: Address) -> None:
    """Scheme, host, port with its default, what is asked for, and decoded credentials."""
    assert Address.parse(text) == address


def test_what_follows_from_the_parts() -> None:
    """The place reads like an address, IPv6 in brackets; the scheme tells protocol and TLS."""
    plain, encrypted = Address.parse("rtsp://[::1]/"), Address.parse("https://me:pw@cam:8443/")

    assert (plain.endpoint, plain.protocol, plain.encrypted) == ("[::1]:554", "RTSP", False)
    assert (encrypted.endpoint, encrypted.protocol, encrypted.encrypted) == (
        "cam:8443",
        "HTTP",
        True,
    )


@given(st.text(max_size=40), st.sampled_from(["", "rtsp://", "rtsp://me:pw@", "http://cam:"]))
def test_every_text_is_an_address_or_none(text: str, start: str) -> None:
    """Whatever is written, the outcome is an address of a host or a ValueError."""
    try:
        parsed = Address.parse(start + text)
    except ValueError:
        return

    assert parsed.host
    assert 0 < parsed.port <= 65535

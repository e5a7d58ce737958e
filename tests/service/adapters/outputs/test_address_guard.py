"""Which addresses a receiver may have."""

import pytest

from service.adapters.outputs.address_guard import allowed_addresses, resolved_within
from service.outputs.ports import NotDelivered


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


def test_an_address_is_said_once() -> None:
    """A name's addresses stand beside it; those of an address would be itself."""
    said = []
    for host in ("127.0.0.1", "desk.example"):
        with pytest.raises(NotDelivered) as refused:
            allowed_addresses(host, ["127.0.0.1"])
        said.append(str(refused.value).partition(";")[0])

    assert said == [
        "127.0.0.1 is an address of this machine or its link",
        "desk.example is an address of this machine or its link (127.0.0.1)",
    ]

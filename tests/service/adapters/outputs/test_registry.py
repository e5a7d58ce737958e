"""Outputs that cannot be built are outputs that deliver nothing: all others go on."""

from typing import Any

import pytest
from pydantic import TypeAdapter
from support.messages import opened

from service.adapters.outputs.registry import build_output
from service.config.outputs.any_output import AnyOutputSettings
from service.outputs.ports import NotDelivered

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "apprise", "url": "nosuch://token-of-ours@there"}, "Apprise knows no such url"),
    ({"type": "mqtt", "host": "localhost", "tls": True, "ca_file": "/nowhere/ca.pem"}, "ca.pem"),
]


@pytest.mark.parametrize(("settings", "said"), WRONG, ids=["apprise", "mqtt"])
def test_what_cannot_be_built_says_so_at_each_message(settings: dict[str, Any], said: str) -> None:
    """As a failure like any other, which is tried again once somebody has put it right."""
    read: AnyOutputSettings = TypeAdapter(AnyOutputSettings).validate_python(
        {"name": "any", **settings}
    )
    output = build_output(read)

    with pytest.raises(NotDelivered, match=said) as failed:
        output.send(opened())
    output.close()

    assert not failed.value.permanent
    assert "token-of-ours" not in str(failed.value)

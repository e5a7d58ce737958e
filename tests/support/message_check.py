"""Holds what WebSockets send to the JSON Schemas that the service serves."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from service.api.socket_messages import socket_schema


def check_message(message: dict[str, Any]) -> None:
    """Fail where a message of either WebSocket is not as described."""
    name = "ws-live" if message["type"] == "live" else "ws-alerts"
    errors = [error.message for error in _validator(name).iter_errors(message)]
    assert errors == [], errors


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(socket_schema(name))

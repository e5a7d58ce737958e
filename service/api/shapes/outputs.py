"""Shapes of what is said of outputs and their deliveries."""

from typing import Any, Literal

import msgspec

from service.api.shape_schemas import Schema
from service.outputs.records import DeliveryRecord


class NewOutput:
    """The settings of an output, as in the site's file."""

    @classmethod
    def json_schema(cls) -> Schema:
        """Return what an output needs at least; its type says what else."""
        return {
            "type": "object",
            "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
            "required": ["name", "type"],
            "additionalProperties": True,
        }


class OutputChanges:
    """Settings to change; null takes one back to its default."""

    @classmethod
    def json_schema(cls) -> Schema:
        """Return that any setting may be there."""
        return {"type": "object", "additionalProperties": True}


class OutputState(msgspec.Struct, frozen=True, kw_only=True):
    """How an output's deliveries go.

    Attributes:
        failing_since: when the message was tried first that cannot be delivered; null: it delivers.
        attempts: how often it was tried.
        reason: why the last attempt failed.
        next_attempt_at: when it is tried again, UTC seconds.
        delivered_at: of the last delivery.
    """

    failing_since: float | None = None
    attempts: int = 0
    reason: str | None = None
    next_attempt_at: float | None = None
    delivered_at: float | None = None


class OutputDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One output.

    Attributes:
        receiver: where messages go to, without what is secret in its address.
        origin: `api`: it was added over the API; else it is in the site's file.
        version: of the site when it was last changed over the API; 0: never.
        settings: as in the site's file; of secrets only whether they are set.
        state: null until its deliveries have begun.
    """

    name: str
    type: str
    receiver: str
    enabled: bool
    origin: Literal["file", "api"]
    version: int
    settings: dict[str, Any]
    state: OutputState | None


class TestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a test message.

    Attributes:
        answer: what the receiver said, or why it does not have it.
    """

    __test__ = False  # pytest would take it for a test

    delivered: bool
    answer: str


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of deliveries, the newest first.

    Attributes:
        next: the cursor of the page behind; null on the last one.
    """

    deliveries: list[DeliveryRecord]
    next: str | None

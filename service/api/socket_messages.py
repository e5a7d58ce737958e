"""The messages of the WebSockets, and their JSON Schemas."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from inference.types import Act, Alert, AlertEvent
from service.api.alert_hub import Delivery
from service.api.description import Shape
from service.api.live_subscription import SubscribeMessage
from service.api.shape_schemas import always_whole, schemas_of
from service.api.shapes.live import LiveMessage
from service.system_events import SystemEvent

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EventId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,19}-[0-9]{1,19})?$")]


class AlertMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an alert, or an act. Ignore types you do not know: later ones may come.

    Attributes:
        id: of the event; a client that reconnects with it as `last_id` goes on after it.
        alert: as it is with this change; for an act as it was then.
        act: where the event is one.
    """

    id: str
    type: Literal["opened", "updated", "closed", "acknowledged", "verdict", "note", "raised"]
    alert: Alert
    act: Act | msgspec.UnsetType = msgspec.UNSET


class SystemMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Something is wrong with the service itself, or over.

    Attributes:
        id: of the event, as of an `AlertMessage`.
    """

    id: str
    type: Literal["system"] = "system"
    event: SystemEvent


class GapMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Events after an id are not kept any more: read `/alerts` for what is missing here."""

    type: Literal["gap"] = "gap"
    after: str


class JoinedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Where `joined=true` asks for it: read `/alerts` now; from here on no event is missed."""

    type: Literal["joined"] = "joined"


class FirstMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends first that cannot send its key as a header.

    Attributes:
        last_id: of the last event it has seen; "0-0": everything that is kept.
    """

    api_key: str
    last_id: EventId | None = None


class ResumeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a client of `/ws/alerts` may send at any time: go on after this event."""

    last_id: EventId


# By the name of the schema: what it is about, and the shapes that a message may have.
SOCKET_SHAPES: Mapping[str, tuple[str, tuple[Shape, ...]]] = {
    "ws-alerts": (
        "A message of /ws/alerts.",
        (AlertMessage, SystemMessage, GapMessage, JoinedMessage),
    ),
    "ws-live": ("A message of /ws/live.", (LiveMessage,)),
    "ws-client": (
        "A message that a client sends.",
        (FirstMessage, ResumeMessage, SubscribeMessage),
    ),
}
_SENT_BY_CLIENTS = "ws-client"


def alert_message(delivery: Delivery) -> AlertMessage | SystemMessage | GapMessage:
    """Return the message that tells a client of an event, or of events that are gone."""
    event = delivery.event
    if event is None:
        return GapMessage(after=delivery.id)
    if isinstance(event, AlertEvent):
        act = msgspec.UNSET if event.act is None else event.act
        return AlertMessage(id=delivery.id, type=event.type, alert=event.alert, act=act)
    return SystemMessage(id=delivery.id, event=event)


def socket_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a name in `SOCKET_SHAPES`."""
    about, shapes = SOCKET_SHAPES[name]
    schemas, named = schemas_of(shapes, "#/$defs/{name}")
    whole = always_whole(named, schemas if name == _SENT_BY_CLIENTS else ())
    return {
        "$schema": DIALECT,
        "title": name,
        "description": about,
        "anyOf": list(schemas),
        "$defs": whole,
    }

"""What a client of the live feed may ask for at any time: `{"subscribe": {"cameras", "rate"}}`."""

from typing import Annotated, TypeAlias

import msgspec

from service.api.json_body import pointer_of
from service.api.live_hub import BEAT_S

CAMERAS_BOUND = 256
FASTEST_HZ = 1 / BEAT_S
SLOWEST_HZ = 0.1
CameraName: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cameras a client wants to see, and how often.

    Attributes:
        cameras: names; null: all.
        rate: messages a second, at most.
    """

    cameras: Annotated[tuple[CameraName, ...], msgspec.Meta(max_length=CAMERAS_BOUND)] | None = None
    rate: Annotated[float, msgspec.Meta(ge=SLOWEST_HZ, le=FASTEST_HZ)] = FASTEST_HZ


class SubscribeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a client of `/ws/live` may send at any time: only this is sent from the next beat on."""

    subscribe: Subscription


def read_subscription(message: object) -> Subscription | None:
    """Return what a client subscribes to; None where its message is another one.

    Raises:
        ValueError: it is no subscription; says why.
    """
    if not isinstance(message, dict) or "subscribe" not in message:
        return None
    try:
        return msgspec.convert(message["subscribe"], Subscription)
    except msgspec.ValidationError as err:
        what, _, path = str(err).partition(" - at `")
        where = pointer_of(path.removesuffix("`"))
        raise ValueError(f"subscribe{where}: {what}") from err

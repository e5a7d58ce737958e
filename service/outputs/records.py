"""What is known of each delivery, and how far a target has come."""

from typing import Literal, TypeAlias

import msgspec

from inference.types import Kind, Severity

DeliveryState: TypeAlias = Literal["waiting", "delivered", "failed", "grouped", "held"]
DELIVERY_STATES: tuple[DeliveryState, ...] = (
    "waiting",
    "delivered",
    "failed",
    "grouped",
    "held",
)


class DeliveryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One message for one output; the newest record of (output, key) counts.

    Attributes:
        key: the message's idempotency key.
        alert: what it is about; None: the service itself, or several alerts.
        event: what happened, such as ``opened``.
        state: `waiting` to be sent (again), `delivered`, `failed` for good (a dead letter),
            `grouped` with others into one message, `held` back by a snooze or because disarmed.
        attempts: how often it was sent.
        at: when it happened, UTC seconds.
        delivered_at: when the receiver, or that of the group's message, had it.
        answer: what the receiver said, or why it does not have it.
    """

    output: str
    key: str
    alert: str | None
    event: str
    state: DeliveryState
    attempts: int
    at: float
    delivered_at: float | None = None
    answer: str = ""


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be delivered at present.

    Attributes:
        since: of the first failure in a row, UTC seconds.
        tried_at: of the last attempt.
        due_at: of the next attempt.
        reason: of the last failure, for people.
        up_to: where the summary ended that may have arrived: sent again, it ends there, too.
    """

    since: float
    attempts: int
    due_at: float
    reason: str
    up_to: str | None = None
    tried_at: float = 0.0


class GroupedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that a cooldown has kept back."""

    id: str
    version: int
    opened_at: float


class Cooldown(msgspec.Struct, frozen=True, kw_only=True):
    """The quiet time of one camera after an alert that was delivered.

    Attributes:
        until: UTC seconds.
        severity: of what was delivered; graver ones pass.
        grouped: what was kept back, the oldest first; only the newest are remembered.
        count: of all that was kept back.
    """

    until: float
    severity: Severity
    grouped: tuple[GroupedAlert, ...] = ()
    count: int = 0


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is sent again if nobody acknowledges it.

    Attributes:
        rule: which of the target's rules has noticed it.
    """

    alert: str
    rule: str
    due_at: float


class TargetState(msgspec.Struct, frozen=True, kw_only=True):
    """How far one target has come; outlives every process.

    Attributes:
        cursor: id of the last event that is dealt with.
        begun_at: when the target was new, UTC seconds; older alerts do not concern it.
        noted: up to where waiting deliveries were recorded.
        failing: None while it delivers.
        told: alerts that the receiver knows, the oldest first.
        told_kinds: their kinds as the receiver knows them; a fall may become a person who is down.
        cooldowns: by camera.
        delivered_at: of the last delivery, UTC seconds.
    """

    cursor: str
    begun_at: float = 0.0
    noted: str = "0-0"
    failing: Failing | None = None
    told: tuple[str, ...] = ()
    told_kinds: dict[str, Kind] = {}
    cooldowns: dict[str, Cooldown] = {}
    pending: tuple[Pending, ...] = ()
    delivered_at: float | None = None

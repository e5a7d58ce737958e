"""What an output gets to send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from inference.types import Act, Alert, AlertPoses
from service.system_events import SystemEvent

Language: TypeAlias = Literal["en", "ko"]
MessageEvent: TypeAlias = Literal[
    "opened",
    "updated",
    "closed",
    "raised",
    "acknowledged",
    "verdict",
    "note",
    "escalated",
    "summary",
    "system",
    "test",
]


def no_poses() -> AlertPoses | None:
    """Return no clip."""
    return None


@dataclass(frozen=True, slots=True)
class ActionLink:
    """A link that acts for whoever opens it and presses its button.

    Attributes:
        action: what it does.
        label: in the output's language.
    """

    action: Literal["acknowledge", "snooze", "not-an-alarm"]
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links into the service; empty where its address from outside, public_url, is not set.

    Attributes:
        alert: shows the alert on the page.
        actions: what can be done about it.
    """

    alert: str | None = None
    actions: tuple[ActionLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert in a summary.

    Attributes:
        text: camera, kind and time, in the output's language.
        url: of the alert on the page.
    """

    alert: Alert
    text: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Several alerts in one message.

    Attributes:
        count: of all of them.
        since, until: when the first and the last opened, UTC seconds.
        lines: the newest of them, newest first.
        late: they were missed while the receiver could not be reached; else they were grouped.
        system: what went wrong with the service meanwhile and holds still.
    """

    count: int
    since: float
    until: float
    lines: tuple[Line, ...]
    late: bool
    system: tuple[SystemEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message for one receiver.

    Attributes:
        key: idempotency key: the same whenever this message is sent again.
        collapse: messages of the same thing share it; a newer one may replace an older one.
        event: what happened; "test" is sent by hand.
        at: when, UTC seconds.
        title: a line; text: some more, both in the output's language.
        alert: what it is about, of an alert.
        act: what somebody did, where the event is that.
        system: what it is about, of the service itself.
        summary: of several alerts.
        grouped: how many alerts of the same camera the cooldown kept back before this one.
        links: built from public_url.
        poses: fetches the clip of the alert's peak when called; None: there is none.
    """

    key: str
    collapse: str
    event: MessageEvent
    at: float
    title: str
    text: str
    alert: Alert | None = None
    act: Act | None = None
    system: SystemEvent | None = None
    summary: Summary | None = None
    grouped: int = 0
    links: Links = Links()
    poses: Callable[[], AlertPoses | None] = field(default=no_poses, compare=False)

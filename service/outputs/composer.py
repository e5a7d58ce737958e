"""Writes the messages of one target: keys, texts and links."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.types import Alert, AlertEvent, AlertPoses
from service.outputs.links import Action
from service.outputs.message import (
    ActionLink,
    Line,
    Links,
    Message,
    MessageEvent,
    Summary,
    no_poses,
)
from service.outputs.wording import English, Wording
from service.system_events import SystemEvent

LINES = 20
ACTIONS: tuple[Action, ...] = ("acknowledge", "snooze", "not-an-alarm")


@dataclass(frozen=True, slots=True)
class MessageLinks:
    """Where links of messages lead.

    Attributes:
        public_url: the page's address from outside; None: messages have no links.
        token: signs the link of an action about an alert for a target, in the message of a key;
            None: no such links.
    """

    public_url: str | None = None
    token: Callable[[Action, str, str, str], str] | None = None

    def alert(self, alert_id: str) -> str | None:
        """Return the address that shows an alert."""
        return None if self.public_url is None else f"{self.public_url}/#/alerts/{alert_id}"

    def action(self, action: Action, alert_id: str, target: str, key: str) -> str | None:
        """Return the address that acts."""
        if self.public_url is None or self.token is None:
            return None
        return f"{self.public_url}/links/{self.token(action, alert_id, target, key)}"


class Composer:
    """Writes what one target sends.

    Args:
        poses: fetches the clip of an alert.
    """

    def __init__(
        self,
        target: str,
        wording: Wording | None = None,
        links: MessageLinks | None = None,
        poses: Callable[[str], AlertPoses | None] = lambda _alert: None,
    ) -> None:
        self._target = target
        self._wording = wording or English()
        self._links = links or MessageLinks()
        self._poses = poses

    def change(self, event: AlertEvent, grouped: int = 0) -> Message:
        """Return the message of an alert's change.

        Args:
            grouped: how many alerts of its camera were kept back before it.
        """
        if event.act is not None and event.type != "raised":
            return self._act(event)
        key = change_key(event)
        return self._alert(event.type, event.alert, key, event.alert.updated_at, grouped)

    def escalated(self, alert: Alert, key: str, at: float) -> Message:
        """Return the message of an alert that nobody has acknowledged."""
        return self._alert("escalated", alert, key, at)

    def system(self, event: SystemEvent) -> Message:
        """Return the message of what is wrong with the service, or is right again."""
        title, text = self._wording.system(event)
        return Message(
            key=system_key(event),
            collapse=event.id,
            event="system",
            at=event.at,
            title=title,
            text=text,
            system=event,
        )

    def summary(
        self,
        key: str,
        newest: Sequence[Alert],
        count: int,
        at: float,
        *,
        since: float | None = None,
        missed: Sequence[SystemEvent] | None = None,
    ) -> Message:
        """Return the message of several alerts.

        Args:
            newest: of them, the newest first.
            count: of all of them.
            since: when the first opened; None: as `newest` say.
            missed: what went wrong with the service, of what was missed; None: it was grouped.
        """
        lines = tuple(
            Line(alert=alert, text=self._wording.line(alert), url=self._links.alert(alert.id))
            for alert in newest[:LINES]
        )
        opened = [alert.opened_at for alert in newest] or [event.at for event in missed or ()]
        about = Summary(
            count=count,
            since=min(opened, default=at) if since is None else since,
            until=max(opened, default=at),
            lines=lines,
            late=missed is not None,
            system=tuple(missed or ())[:LINES],
        )
        title, text = self._wording.summary(about)
        return Message(
            key=key,
            collapse=key,
            event="summary",
            at=at,
            title=title,
            text=text,
            summary=about,
            links=Links(alert=self._links.public_url),
        )

    def test(self, key: str, at: float) -> Message:
        """Return a message that says that it is a test."""
        title, text = self._wording.test(self._target)
        return Message(key=key, collapse=key, event="test", at=at, title=title, text=text)

    def _act(self, event: AlertEvent) -> Message:
        assert event.act is not None  # noqa: S101 -- narrows the type
        title, text = self._wording.act(event.act, event.alert)
        return Message(
            key=change_key(event),
            collapse=event.alert.id,
            event=event.act.type,
            at=event.act.at,
            title=title,
            text=text,
            alert=event.alert,
            act=event.act,
            links=Links(alert=self._links.alert(event.alert.id)),
        )

    def _alert(
        self, event: MessageEvent, alert: Alert, key: str, at: float, grouped: int = 0
    ) -> Message:
        title, text = self._wording.alert(event, alert, grouped)
        return Message(
            key=key,
            collapse=alert.id,
            event=event,
            at=at,
            title=title,
            text=text,
            alert=alert,
            grouped=grouped,
            links=self._links_of(alert.id, key),
            poses=(lambda: self._poses(alert.id)) if event != "closed" else no_poses,
        )

    def _links_of(self, alert_id: str, key: str) -> Links:
        found = (
            (action, self._links.action(action, alert_id, self._target, key)) for action in ACTIONS
        )
        actions = tuple(
            ActionLink(action, self._wording.action(action), url)
            for action, url in found
            if url is not None
        )
        return Links(alert=self._links.alert(alert_id), actions=actions)


def change_key(event: AlertEvent) -> str:
    """Return the idempotency key of a change: alert id and version; of an act also its id."""
    alert = event.alert
    return f"{alert.id}-{alert.version}" if event.act is None else f"{alert.id}-{event.act.id}"


def escalation_key(alert_id: str, rule: str) -> str:
    """Return the key of an alert that is sent again by a rule."""
    return f"{alert_id}-escalated-{rule}"


def system_key(event: SystemEvent) -> str:
    """Return the key of a change of the service's own state."""
    return f"{event.id}-{event.state}"


def group_key(target: str, *parts: object) -> str:
    """Return the key of a message about several alerts: of the same ones always the same."""
    about = ":".join(map(str, (target, *parts)))
    return "summary-" + hashlib.sha256(about.encode()).hexdigest()[:24]

"""Decides which changes a target gets. Pure: it knows settings, not receivers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from inference.types import Alert, AlertEvent
from service.config.outputs.any_output import AnyOutputSettings
from service.records import kinds_of
from service.system_events import StreamEvent, SystemEvent

# held: wanted, but kept back; a record says so.
Decision: TypeAlias = Literal["send", "held", "skip"]
ModeAt: TypeAlias = Callable[[Alert], str | None]


def no_mode(_alert: Alert) -> str | None:
    """Return that the site has no modes."""
    return None


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """Alerts that this target gets if nobody acknowledges them.

    Attributes:
        name: of the target they were sent to first.
        first: that target's settings, by which they are chosen.
        after_s: so long after they opened.
    """

    name: str
    first: AnyOutputSettings
    after_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What one target gets.

    Attributes:
        rules: of its own repetition, and of the targets that lead here.
        mode_at: the site's mode when an alert opened.
    """

    settings: AnyOutputSettings
    rules: tuple[EscalationRule, ...] = ()
    mode_at: ModeAt = no_mode

    @property
    def is_selective(self) -> bool:
        """Whether an alert may come to fit only after it opened."""
        wanted = self.settings
        return bool(wanted.kinds or wanted.severities or wanted.zones)

    def decide(self, event: StreamEvent, *, is_told: bool, grows: bool = False) -> Decision:
        """Return what becomes of a change.

        Args:
            is_told: whether the receiver knows the alert already.
            grows: whether the alert is graver now than the receiver knows.
        """
        if isinstance(event, SystemEvent):
            return "send" if self._wants_system(event) else "skip"
        if not fits(self.settings, event.alert, self.mode_at):
            return "skip"
        if opens(event):
            return self._decide_opened(event, is_told=is_told)
        if grows and "opened" in self.settings.events and event.alert.snoozed is None:
            return "send"
        wanted = event.type in self.settings.events
        follows = is_told or "opened" not in self.settings.events
        return "send" if wanted and follows and event.alert.snoozed is None else "skip"

    def _decide_opened(self, event: AlertEvent, *, is_told: bool) -> Decision:
        if "opened" not in self.settings.events:
            return "skip"
        if event.alert.snoozed is not None:
            return "held"
        # What was told is told again only when it asks for attention again.
        return "skip" if is_told and event.type == "opened" else "send"

    def rules_for(self, event: AlertEvent) -> list[EscalationRule]:
        """Return the rules by which this change is sent again if nobody acknowledges it."""
        if not opens(event) or event.alert.snoozed is not None:
            return []
        return [
            rule
            for rule in self.rules
            if "opened" in rule.first.events and fits(rule.first, event.alert, self.mode_at)
        ]

    def _wants_system(self, event: SystemEvent) -> bool:
        # A target that fails cannot tell that it does.
        of_itself = event.type == "output-failing" and event.subject == self.settings.name
        of_other_camera = (
            event.camera is not None
            and bool(self.settings.cameras)
            and event.camera not in self.settings.cameras
        )
        return self.settings.system and not of_itself and not of_other_camera


def opens(event: AlertEvent) -> bool:
    """Tell whether an alert asks for attention with this change."""
    return event.type in ("opened", "raised")


def attends(event: AlertEvent) -> bool:
    """Tell whether somebody has attended to the alert with this change."""
    return event.type in ("acknowledged", "verdict")


def fits(settings: AnyOutputSettings, alert: Alert, mode_at: ModeAt) -> bool:
    """Tell whether an alert is one of those that a target wants."""
    return (
        alert.camera in (settings.cameras or (alert.camera,))
        and (not settings.kinds or not set(settings.kinds).isdisjoint(kinds_of(alert)))
        and alert.severity in (settings.severities or (alert.severity,))
        and (not settings.modes or mode_at(alert) in settings.modes)
        and (not settings.zones or bool(set(settings.zones) & set(alert.zones)))
    )

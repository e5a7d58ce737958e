"""How loudly a message should reach a person."""

from typing import Literal, TypeAlias

from service.outputs.message import Message

Urgency: TypeAlias = Literal["low", "usual", "high", "highest"]


def urgency(message: Message) -> Urgency:
    """Return how urgent a message is: what is new and grave wakes people, what is over does not."""
    match message.event:
        case "escalated":
            return "highest"
        case "opened" | "raised":
            return _of_severity(message)
        case "system":
            raised = message.system is not None and message.system.state == "raised"
            return "high" if raised else "low"
        case "summary" | "test":
            return "usual"
        case _:
            return "low"


def _of_severity(message: Message) -> Urgency:
    severity = None if message.alert is None else message.alert.severity
    if severity == "critical":
        return "highest"
    return "high" if severity == "warning" else "usual"

"""What may be asked for over MQTT, and what is refused."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from inference.calibration.budget import LEAST_PER_DAY, MOST_PER_DAY
from service.home_assistant.discovery import LONGEST_SUSPENSION_MIN
from service.home_assistant.ports import Arrived, CommandRefused
from service.home_assistant.topics import Topics

Fact: TypeAlias = Literal["armed", "suspend", "alarms_per_day", "mode"]
SHOWN_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that somebody asked for.

    Attributes:
        camera: empty of a mode.
        value: True or False of `armed`, minutes of `suspend`, a number, or a mode's name.
    """

    fact: Fact
    camera: str
    value: bool | float | str


def command_of(topics: Topics, arrived: Arrived) -> Command:
    """Read a message.

    Raises:
        CommandRefused: its topic or payload is none of ours.
    """
    text = arrived.payload.decode(errors="replace").strip()
    shown = text[:SHOWN_CHARACTERS]
    if arrived.topic == topics.mode_command:
        return Command("mode", "", text)
    levels = arrived.topic.removeprefix(f"{topics.base}/").split("/")
    match levels:
        case [camera, "armed", "set"]:
            if text.upper() not in ("ON", "OFF"):
                raise CommandRefused(f"{arrived.topic}: {shown!r} is neither ON nor OFF")
            return Command("armed", camera, text.upper() == "ON")
        case [camera, "suspend", "set"]:
            minutes = _number(arrived.topic, text, 0.0, LONGEST_SUSPENSION_MIN)
            return Command("suspend", camera, minutes)
        case [camera, "alarms_per_day", "set"]:
            number = _number(arrived.topic, text, LEAST_PER_DAY, MOST_PER_DAY)
            return Command("alarms_per_day", camera, number)
    raise CommandRefused(f"{arrived.topic[:SHOWN_CHARACTERS]} is no topic of a command")


def _number(topic: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        shown = text[:SHOWN_CHARACTERS]
        raise CommandRefused(f"{topic}: {shown!r} is no number from {least:g} to {most:g}")
    return value

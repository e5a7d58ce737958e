"""What the mirror in a broker needs from outside. Adapters inherit these by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from inference.types import Alert


@dataclass(frozen=True, slots=True)
class LastWill:
    """What a broker publishes, retained, when a client is gone without a word."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came; its payload is small.

    Attributes:
        retained: the broker had it before we came: of cameras' status alone, others are dropped.
    """

    topic: str
    payload: bytes
    retained: bool = False


class Broker(Protocol):
    """A connection to a broker that comes back by itself.

    Attributes:
        session: grows with every connection, after which the broker must hear everything again.
        dropped: how many commands were dropped: retained, too large or too many.
    """

    session: int
    dropped: int

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> bool:
        """Hand over a message without waiting; False: it was not taken."""
        ...

    def arrived(self) -> list[Arrived]:
        """Return what came since the last call, in order."""
        ...

    def close(self) -> None:
        """Say goodbye; nothing is sent after it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFacts:
    """What a camera's device shows.

    Attributes:
        is_connected: whether frames come.
        score: the highest newest one of its people, bits/dimension; None without any.
        open_alert: the gravest that is open and not kept back by a snooze.
        last_alert: the newest of all.
        suspended_min: how many minutes its alerts are kept back still.
    """

    name: str
    is_connected: bool
    fps: float
    people: int
    score: float | None
    open_alert: Alert | None
    last_alert: Alert | None
    armed: bool
    suspended_min: float
    alarms_per_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What the site's device shows.

    Attributes:
        modes: their names.
        troubles: what is wrong with the service itself, a sentence each.
    """

    cameras: Mapping[str, CameraFacts]
    mode: str
    modes: Sequence[str]
    troubles: Sequence[str]


class CommandRefused(Exception):
    """A command that cannot be done; the text says why, with the remedy."""


class MirroredSite(Protocol):
    """The site as Home Assistant sees it, and what it can change.

    Every call raises StoreUnavailable or ArchiveUnavailable where the facts cannot be had; every
    change raises CommandRefused where it makes no sense.
    """

    def facts(self) -> SiteFacts:
        """Return what holds now."""
        ...

    def figure(self, alert: Alert) -> bytes | None:
        """Return the PNG of an alert's stick figure; None where it has no clip yet."""
        ...

    def arm(self, camera: str, armed: bool) -> None:
        """Arm or disarm one camera until the mode changes."""
        ...

    def suspend(self, camera: str, minutes: float) -> None:
        """Keep a camera's alerts back for so long; 0 ends it."""
        ...

    def set_alarms_per_day(self, camera: str, number: float) -> None:
        """Let a camera's thresholds follow from so many false alarms a day."""
        ...

    def choose_mode(self, mode: str) -> None:
        """Let a mode hold until the next choice."""
        ...

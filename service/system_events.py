"""What goes wrong with the service itself, and ends: its schema and its port."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from inference.types import AlertEvent
from service.sentences.shown import ShownSentence, shown_if_known

SystemEventType: TypeAlias = Literal[
    "camera-lost",
    "cameras-lost",
    "canary-failed",
    "no-worker",
    "no-decider",
    "replicas-behind",
    "store-full",
    "clocks-differ",
    "output-failing",
    "drift",
    "calibration",
    "model",
]
SystemEventState: TypeAlias = Literal["raised", "cleared"]


class SystemEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One change of what is wrong with the service; the JSON of REST and WebSocket.

    Attributes:
        id: the same when it is raised and when it is cleared.
        camera: whose, where it is about one.
        subject: what else it is about, such as an output's name.
        at: UTC seconds.
        reason: what is wrong, or how it ended, in a sentence.
        remedy: what to do about it; empty where nobody needs to.
        reason_sentence, remedy_sentence: these, to be said in any language; None: the text is all
            that is known.
    """

    id: str
    type: SystemEventType
    camera: str | None
    state: SystemEventState
    at: float
    reason: str
    remedy: str = ""
    subject: str | None = None
    reason_sentence: ShownSentence | None = None
    remedy_sentence: ShownSentence | None = None

    @property
    def about(self) -> str:
        """What it is about: one thing is raised once until it is cleared."""
        return f"{self.type}:{self.camera or ''}:{self.subject or ''}"


def with_id(event: SystemEvent, known: SystemEvent | None) -> SystemEvent:
    """Return the event with its id: a new one, or that of what it ends.

    Args:
        known: the newest change of the same thing.
    """
    if event.state == "cleared" and known is not None:
        return msgspec.structs.replace(event, id=known.id)
    about = f"{event.about}:{event.at!r}"
    return msgspec.structs.replace(event, id=hashlib.sha256(about.encode()).hexdigest()[:20])


StreamEvent: TypeAlias = AlertEvent | SystemEvent


class SystemEvents(Protocol):
    """What is wrong with the service now; each change is published among the alerts' changes.

    Every call raises StoreUnavailable while Redis does not answer. Called again without a change,
    nothing is published. Adapters write; what they write is made here.

    Attributes:
        _clock: UTC seconds.
    """

    _clock: Callable[[], float]

    def raise_(
        self,
        type_: SystemEventType,
        reason: str,
        *,
        remedy: str = "",
        camera: str | None = None,
        subject: str | None = None,
    ) -> bool:
        """Say that something is wrong; return False if it was said before and holds still."""
        return self._write(
            SystemEvent(
                id="",
                type=type_,
                camera=camera,
                state="raised",
                at=self._clock(),
                reason=str(reason),
                remedy=str(remedy),
                reason_sentence=shown_if_known(reason),
                remedy_sentence=shown_if_known(remedy),
                subject=subject,
            )
        )

    def clear(
        self,
        type_: SystemEventType,
        reason: str,
        *,
        camera: str | None = None,
        subject: str | None = None,
    ) -> bool:
        """Say that it is over; return False if it was not raised."""
        return self._write(
            SystemEvent(
                id="",
                type=type_,
                camera=camera,
                state="cleared",
                at=self._clock(),
                reason=str(reason),
                reason_sentence=shown_if_known(reason),
                subject=subject,
            )
        )

    def newest(self) -> Sequence[SystemEvent]:
        """Return the newest change of each thing that was ever raised, the newest first."""
        ...

    def _write(self, event: SystemEvent) -> bool:
        """Publish a change, with its id by `with_id`; return False if nothing changes."""
        ...

"""What sends a message to somebody. Adapters inherit this by name."""

from dataclasses import dataclass
from typing import Protocol

from service.outputs.message import Message
from tracker.errors import WardenError


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said, for people: "204 No Content", a broker's code; no secrets."""

    text: str


class NotDelivered(WardenError):
    """A message did not arrive, or nobody knows whether it did; the text says why, for people.

    Attributes:
        permanent: the receiver refuses this message: sending it again cannot help.
        may_have_arrived: the receiver may have it, because only its answer is missing.
        retry_after_s: when the receiver wants to be asked again.
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        may_have_arrived: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.may_have_arrived = may_have_arrived
        self.retry_after_s = retry_after_s


class Output(Protocol):
    """One receiver. One thread at a time calls it; a call ends within some seconds."""

    def send(self, message: Message) -> Answer:
        """Deliver a message; sent again, it has the same key.

        Raises:
            NotDelivered: it did not arrive, or nobody knows.
        """
        ...

    def close(self) -> None:
        """Give back connections and threads; nothing is sent after it."""
        ...

"""What a diagnosis says: a reason for metrics and retries, a sentence for an operator."""

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias, get_args

Reason: TypeAlias = Literal[
    "auth",
    "dns",
    "refused",
    "unreachable",
    "timeout",
    "tls",
    "not-found",
    "codec",
    "transport",
    "busy",
    "key-frame",
    "no-video",
    "closed",
    "broken",
    "device",
    "open",
]


Transport: TypeAlias = Literal["auto", "udp"]
_REASONS: dict[str, Reason] = {reason: reason for reason in get_args(Reason)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a source did not open.

    Attributes:
        reason: `open` if nothing wrong was found.
        text: a sentence for an operator, with the remedy and without credentials.
        codec: the video's, if the camera states it.
        needs_relay: FFmpeg alone cannot watch it: it asks for a login that FFmpeg does not know, or
            gives a malformed address for itself.
    """

    reason: Reason
    text: str
    codec: str | None = None
    needs_relay: bool = False

    @classmethod
    def of(cls, reason: str, text: str) -> Self:
        """Return a diagnosis whose reason comes from an error."""
        return cls(_REASONS[reason], text)

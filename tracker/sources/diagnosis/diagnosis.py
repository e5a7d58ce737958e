"""What a diagnosis says: a reason for metrics and retries, a sentence for an operator."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Reason: TypeAlias = Literal[
    "auth",
    "dns",
    "refused",
    "unreachable",
    "timeout",
    "tls",
    "not-found",
    "codec",
    "no-video",
    "closed",
    "broken",
    "device",
    "open",
]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a source did not open.

    Attributes:
        reason: `open` if nothing wrong was found.
        text: a sentence for an operator, with the remedy and without credentials.
        codec: the video's, if the camera states it.
    """

    reason: Reason
    text: str
    codec: str | None = None

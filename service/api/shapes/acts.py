"""Shapes of what people do about alerts."""

from typing import Annotated

import msgspec

from inference.types import Act, Verdict

NOTE_CHARACTERS = 2000


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that says everything by its address."""


class VerdictBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an alert was right; truth values count as words."""

    verdict: Verdict | bool

    @property
    def word(self) -> Verdict:
        """The verdict as a word."""
        if isinstance(self.verdict, bool):
            return "true" if self.verdict else "false"
        return self.verdict


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody writes about an alert."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=NOTE_CHARACTERS)]


class ActDone(msgspec.Struct, frozen=True, kw_only=True):
    """An act that was appended.

    Attributes:
        event_id: of its event; a WebSocket that resumes after it has seen it.
    """

    event_id: str
    alert: str
    act: Act

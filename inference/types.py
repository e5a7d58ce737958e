"""Scores: how unusual a window is. Higher is more unusual, everywhere."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tracker.types import PersonId

Unscorable: TypeAlias = Literal["too_few_joints", "no_size", "gap", "not_finite"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person was at one end of a window.

    Attributes:
        at: UTC seconds.
        x_px, y_px: the middle of the seen joints' box.
        height_px: that box's height.
    """

    at: float
    x_px: float
    y_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Score:
    """One scored window. (person, last_seq) is its key: delivered twice, it counts once.

    Attributes:
        at: capture time of the frame that completed the window.
        nll: bits per dimension, higher is more unusual; None when the window is unscorable.
        unscorable: why there is no nll.
        begin, end: where the person was in the window's first and last pose.
        model: hash of the model's weights.
        window: the queue's reference to the window, to fetch its poses by.
    """

    person: PersonId
    last_seq: int
    at: float
    nll: float | None
    unscorable: Unscorable | None
    begin: Place
    end: Place
    model: str
    window: str

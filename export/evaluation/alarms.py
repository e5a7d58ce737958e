"""Applies the live service's alert rule to one person's recorded scores. Pure."""

from dataclasses import dataclass

import numpy as np

from export.evaluation.protocols import Float64
from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.hysteresis import Hysteresis
from inference.person_alert import close, update
from inference.person_state import PersonState
from inference.types import Position, Score
from tracker.types import PersonId

_PERSON = PersonId("recording", "recording", 1)
_ANYWHERE = Position(0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One episode of one person.

    Attributes:
        closed_s: when the score fell below the limit for good; else the time of the last score.
    """

    opened_s: float
    closed_s: float


def smoothed(nll: Float64, at_s: Float64, options: AlertOptions) -> Float64:
    """Smooth one person's scores, (N,), in the order of time."""
    state = Hysteresis()
    values = [
        state.smooth(value, at, options.smoothing_s)
        for value, at in zip(nll.tolist(), at_s.tolist(), strict=True)
    ]
    return np.array(values, np.float64)


def alarms(nll: Float64, at_s: Float64, threshold: float, options: AlertOptions) -> list[Alarm]:
    """Return one person's alarms in the order of time.

    Args:
        nll: (N,), finite.
        at_s: (N,), when each window ended, ascending.
        threshold: bits/dimension.
    """
    if not len(nll):
        return []
    state = PersonState(number=_PERSON.number, last_seq=-1, at=float(at_s[0]), end=_ANYWHERE)
    decisions: list[Decision | None] = []
    for row, (value, at) in enumerate(zip(nll.tolist(), at_s.tolist(), strict=True)):
        score = Score(_PERSON, row, at, value, None, _ANYWHERE, _ANYWHERE, "", str(row))
        decisions.append(update(state, score, None, threshold, options))
    decisions.append(close(state, float(at_s[-1])))
    closed = [each.event.alert for each in decisions if each and each.event.type == "closed"]
    return [Alarm(one.opened_at, one.closed_at) for one in closed if one.closed_at is not None]

"""Tells at which threshold an alert rule would just have fired, score by score. Pure.

A rule asks that a score stays high, so one high score is no measure of how close an alert was. What
is kept up is: the rule at a threshold fires exactly when the held score reaches that threshold.
"""

import math

import msgspec

from inference.hysteresis import ROUNDING_S, HysteresisOptions
from inference.kinds.fall import FallOptions, FallState

NOTHING = -math.inf
# Spans of a score that rises; the oldest of more lie lowest and are dropped.
SPANS = 24
# Of a fall, frames younger than any confirmation takes.
LONGEST_CONFIRM_S, FRAMES = 1.0, 64


class _Span(msgspec.Struct, array_like=True):
    """The time since a moment, from which on the smoothed score was never lower.

    Attributes:
        lowest: smoothed score since then.
        highest: of the single scores since then, descending, as many as the rule asks for.
    """

    since: float
    lowest: float
    highest: list[float]


class HeldScore(msgspec.Struct, array_like=True):
    """What one `Hysteresis` has kept up.

    Attributes:
        now: the highest threshold at which its rule fires with the newest score.
        at: capture time of that score.
    """

    spans: list[_Span] = []
    now: float = NOTHING
    at: float = NOTHING

    def add(self, smoothed: float, value: float, at: float, options: HysteresisOptions) -> float:
        """Add a score; return what is held now, `NOTHING` before anything was for long enough.

        Args:
            smoothed: the score as the hysteresis has smoothed it.
            value: the score by itself.
        """
        started = _Span(at, smoothed, [])
        while self.spans and self.spans[-1].lowest >= smoothed:
            covered = self.spans.pop()
            started = _Span(covered.since, smoothed, covered.highest)
        self.spans.append(started)
        del self.spans[:-SPANS]
        for span in self.spans:
            span.highest = sorted((*span.highest, value), reverse=True)[: options.scores]
        self.now, self.at = max(_held(span, at, options) for span in self.spans), at
        return self.now


def _held(span: _Span, at: float, options: HysteresisOptions) -> float:
    if at - span.since < options.minimum_s - ROUNDING_S or len(span.highest) < options.scores:
        return NOTHING
    return min(span.lowest, span.highest[-1])


class HeldDrop(msgspec.Struct, array_like=True):
    """What one `FallState` has kept up.

    Attributes:
        scores: the newest times and scores, each with the lowest one since.
        now: the highest threshold at which a fall is decided by the newest frame.
        at: capture time of that frame.
    """

    scores: list[tuple[float, float, float]] = []
    now: float = NOTHING
    at: float = NOTHING

    def add(self, state: FallState, at: float, options: FallOptions) -> None:
        """Add what a frame showed."""
        self.at = at
        if state.score <= 0:
            self.scores, self.now = [], NOTHING
            return
        kept = [(since, first, min(lowest, state.score)) for since, first, lowest in self.scores]
        kept.append((at, state.score, state.score))
        soon, late = (
            _highest(kept, at - confirm_s + ROUNDING_S, options.calm)
            for confirm_s in (options.confirm_s, options.short_confirm_s)
        )
        self.now = max(_without_shortened(soon, state), late)
        # What was confirmed once is never held higher later.
        self.scores = [each for each in kept if each[0] > at - LONGEST_CONFIRM_S][-FRAMES:]

    def vanished(self, state: FallState, at: float, options: FallOptions) -> float:
        """Return the highest threshold at which somebody who is out of sight now fell."""
        if at - self.at < options.gone_s - ROUNDING_S:
            return NOTHING
        return _without_shortened(_highest(self.scores, math.inf, options.calm), state)


def _without_shortened(held: float, state: FallState) -> float:
    """Return what is held where only trunk and legs that shortened do not count."""
    return min(held, state.drop) if held <= state.score else held


def _highest(scores: list[tuple[float, float, float]], begun_by: float, calm: float) -> float:
    held = (min(first, lowest / calm) for since, first, lowest in scores if since <= begun_by)
    return max(held, default=NOTHING)

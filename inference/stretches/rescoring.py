"""What movement's rule would have held in a stretch, by other scores of its windows. Pure."""

from collections.abc import Callable, Sequence

from inference.calibration.held import HeldScore
from inference.hysteresis import Hysteresis, HysteresisOptions
from inference.rarity import OrdinaryScores
from inference.stretches.stretch import KindHeld, Stretch, closeness
from inference.usual_score import UsualScore


def held_by(
    stretch: Stretch, values: Sequence[float | None], threshold: float, options: HysteresisOptions
) -> KindHeld | None:
    """Return the most that the rule would have held from the stretch's beginning on.

    Args:
        values: of the windows, on the scale that the rule compares; None: movement abstains.
    """
    rule, held = Hysteresis(), HeldScore()
    best: tuple[float, float] | None = None
    for window, value in zip(stretch.windows, values, strict=True):
        if value is None:
            continue
        smoothed = rule.smooth(value, window.at, options.smoothing_s)
        now = held.add(smoothed, value, window.at, options)
        if window.at >= stretch.begin_at and (best is None or now > best[0]):
            best = now, window.at
    if best is None or best[0] == float("-inf"):
        return None
    near = closeness(best[0], threshold)
    return KindHeld("movement", best[0], threshold, best[1], None, near)


class Rescoring:
    """Scores one camera's stretches by another model, in the order of time.

    The camera's own ordinary scores by that model are learned from the stretches themselves.

    Args:
        score: nll of windows, each float32 (T, 17, 3); None: unscorable.
        ordinary: of the model's card; None: scores are taken as they are.
        threshold: from which on a score is not ordinary.
    """

    def __init__(
        self,
        score: Callable[[Stretch], Sequence[float | None]],
        ordinary: OrdinaryScores | None,
        threshold: float,
        options: HysteresisOptions,
    ) -> None:
        self._score = score
        self._ordinary = ordinary
        self._threshold = threshold
        self._options = options
        self._usual = UsualScore()

    def held(self, stretch: Stretch) -> KindHeld | None:
        """Return what movement's rule would have held with the model's scores."""
        values = [
            None if nll is None or window.judged is None else self._judged(nll)
            for window, nll in zip(stretch.windows, self._score(stretch), strict=True)
        ]
        return held_by(stretch, values, self._threshold, self._options)

    def _judged(self, nll: float) -> float:
        if self._ordinary is None:
            return nll
        value = self._usual.on_card_scale(nll, self._ordinary.card)
        if value < self._threshold:
            self._usual.add(nll)
        return value

"""The rules by which one camera's alerts are decided, and what sees them decide. Pure."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from inference.alert_options import AlertOptions
from inference.calibration.blocks import LEAST_SCORE
from inference.calibration.held import NOTHING
from inference.camera_memory import CameraMemory
from inference.kinds import fight, person_down, running
from inference.kinds.fall import SENTENCE as FELL
from inference.kinds.watch import KindOptions
from inference.person_state import PersonState
from inference.rarity import OrdinaryScores, kind_rarity_hours
from inference.stretches.observer import RuleHeld, RuleObserver
from inference.types import Kind, Score
from inference.zone_watch import ZoneWatch

REASONS: dict[Kind, str] = {
    "fall": FELL,
    "person_down": person_down.SENTENCE,
    "fight": fight.SENTENCE,
    "running": running.SENTENCE,
}


class AlertRules:
    """The rules, which a calibration may change while they are used.

    Args: as of `CameraAlerts`.
    """

    def __init__(
        self,
        threshold: float,
        options: AlertOptions,
        kinds: KindOptions | None,
        ordinary: OrdinaryScores | None,
        armed: Callable[[Kind, float], bool],
    ) -> None:
        self.threshold = self.learn_below = threshold
        self.options = options
        self.kinds = kinds or KindOptions()
        self.ordinary = ordinary
        self.armed = armed
        self.zones = ZoneWatch()
        self.observer: RuleObserver | None = None
        self.rarities: dict[Kind, Callable[[float], float]] = {
            kind: partial(kind_rarity_hours, self.kinds.rates[kind])
            for kind in REASONS
            if kind in self.kinds.rates
        }
        if ordinary is not None:
            self.rarities["movement"] = ordinary.rarity_hours

    def set_thresholds(self, thresholds: Mapping[Kind, float]) -> None:
        """Judge by these thresholds from now on; kinds without one have what they began with."""
        self.threshold = thresholds.get("movement", self.learn_below)
        self.kinds = replace(self.kinds, thresholds=thresholds)

    def abstention(self, memory: CameraMemory, score: Score) -> str | None:
        """Return in a word why movement abstains from this score; None if it does not."""
        watch = memory.watches.get(score.person.number)
        if watch is None or score.nll is None or score.person.session != memory.session:
            return None
        return watch.abstention(score.begin.at, self.kinds.movement)

    def judged(self, memory: CameraMemory, score: Score, person: PersonState) -> Score:
        """Return the score on the card's scale, without nll where movement abstains."""
        if "movement" not in self.kinds.enabled or self.abstention(memory, score) is not None:
            return replace(score, nll=None)
        if score.nll is None or self.ordinary is None:
            return score
        usual = memory.usual_score
        value = usual.on_card_scale(score.nll, self.ordinary.card)
        # Not the threshold in force: what is usual must not follow from a budget.
        if person.alert is None and value < self.learn_below:
            usual.add(score.nll)
        return replace(score, nll=value)

    def note_held(
        self, memory: CameraMemory, kind: Kind, held: float, number: int, at: float
    ) -> float | None:
        """Count what a rule holds, unless the person stands where no alert may open.

        Returns:
            For how long nothing of this kind was held as high before this camera, watched seconds;
            None where it is not counted.
        """
        if held == NOTHING or (held <= LEAST_SCORE and kind != "movement"):
            return None
        if not self.zones.may_open(number, memory.watches):
            return None
        memory.blocks.held(kind, held, at)
        if self.observer is not None and math.isfinite(held):
            threshold = self.threshold if kind == "movement" else self.kinds.threshold(kind)
            seen = RuleHeld(memory.session, number, kind, held, at, threshold)
            self.observer.held(seen, self.rarities.get(kind))
        return memory.records.add(kind, held)

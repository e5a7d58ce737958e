"""By which rules each camera's alerts are decided; they may change while the loop runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.kinds.watch import KindOptions
from inference.rarity import OrdinaryScores
from inference.types import Kind
from inference.usual_score import CardScore, UsualScore
from tracker.zones.zone import NO_ZONES, CameraZones


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRules:
    """What decides about one camera's alerts.

    Attributes:
        threshold: bits/dimension at which movement alerts open.
        kinds: which kinds of alerts it raises.
        ordinary: where ordinary scores lie, if it learns its own.
        zones: what is drawn on its picture.
        recipe: names what makes its blocks: the model, the rules, and whether scores are on the
            card's scale.
        thresholds: of kinds whose thresholds follow a budget now.
        snapshot: number of the calibration that they are from; 0: none.
        model: hash of the weights whose scores these rules are for; empty: of any.
        scale: where ordinary scores lie by that model's card.
        usual: ordinary scores of this camera by that model, for when it becomes the live one.
        paused: nobody watches it: what is open is closed, what still comes is not decided.
    """

    threshold: float
    kinds: KindOptions = field(default_factory=KindOptions)
    ordinary: OrdinaryScores | None = None
    zones: CameraZones = NO_ZONES
    paused: bool = False
    recipe: str = ""
    thresholds: Mapping[Kind, float] = field(default_factory=dict)
    snapshot: int = 0
    model: str = ""
    scale: CardScore | None = None
    usual: UsualScore | None = None


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of all cameras whose alerts can be decided, by name.

    Attributes:
        of_models: of all models whose scores may come now, by hash of their weights and camera; a
            promotion has two for a moment. Empty where there is only one.
        deleted: those of cameras that are no more, but may have open alerts.
    """

    cameras: Mapping[str, CameraRules]
    deleted: Mapping[str, CameraRules] = field(default_factory=dict)
    of_models: Mapping[str, Mapping[str, CameraRules]] = field(default_factory=dict)

    def of(self, model: str, camera: str) -> CameraRules | None:
        """Return a camera's rules for the scores of a model; None if there are none now."""
        own = self.cameras.get(camera)
        if own is not None and own.model in ("", model):
            return own
        return self.of_models.get(model, {}).get(camera)

"""By which rules each camera's alerts are decided; they may change while the loop runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.kinds.watch import KindOptions
from inference.rarity import OrdinaryScores
from inference.types import Kind
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


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of all cameras whose alerts can be decided, by name.

    Attributes:
        deleted: those of cameras that are no more, but may have open alerts.
    """

    cameras: Mapping[str, CameraRules]
    deleted: Mapping[str, CameraRules] = field(default_factory=dict)

"""A fight: two people close together, both with fast limbs, who strike or shove each other.

The calmer of the two counts: who dances alone or works beside somebody fights nobody. Embracing and
shaking hands bring hands to the other's trunk, but slowly. Where bodies hide and blur each other,
so that poses tell nothing, the picture's own motion is the witness: `tracker.cues.commotion`.
"""

import math
from dataclasses import dataclass, field

from inference.facts import SeenFacts
from inference.hysteresis import HysteresisOptions
from tracker.types import PersonCues
from tracker.validation import require_positive

SENTENCE = "two people close together moved violently against each other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FightOptions:
    """What makes two people's movement a fight; speeds in body lengths/s.

    Attributes:
        agitation: mean speed of the limbs, of the calmer one. People walking reach 0.9.
        strike: of a hand or foot at the other's trunk.
        shove: of one body against the other.
        apart: body lengths between them.
        commotion: of the picture around two people close together; people who walk past each other
            reach 0.004.
        smallest_px: bodies smaller than this are too small to be measured.
        rule: how long it lasts, by the limbs.
        picture_rule: how long, by the picture.
    """

    agitation: float = 1.2
    strike: float = 2.5
    shove: float = 1.2
    apart: float = 1.0
    commotion: float = 0.01
    smallest_px: float = 60.0
    rule: HysteresisOptions = field(
        default_factory=lambda: HysteresisOptions(smoothing_s=0.3, minimum_s=0.4)
    )
    picture_rule: HysteresisOptions = field(
        default_factory=lambda: HysteresisOptions(smoothing_s=0.3, minimum_s=0.3)
    )

    def __post_init__(self) -> None:
        require_positive(self, "agitation", "strike", "shove", "apart", "commotion", "smallest_px")


def by_limbs(cues: PersonCues, options: FightOptions) -> float | None:
    """Return the weakest sign over its threshold; None without a partner who is seen well."""
    if cues.other == 0 or cues.body_px < options.smallest_px or math.isnan(cues.agitation):
        return None
    against = max(cues.strike / options.strike, cues.shove / options.shove)
    close = options.apart / max(cues.apart, 0.1)
    return min(cues.agitation / options.agitation, against, close)


def facts(cues: PersonCues, options: FightOptions) -> SeenFacts:
    """Return whether hands and feet show it more, or bodies that push each other."""
    strikes = cues.strike / options.strike >= cues.shove / options.shove
    return SeenFacts(sign="strikes" if strikes else "shoves")


def by_picture(cues: PersonCues, options: FightOptions) -> float | None:
    """Return the commotion over its threshold; None without pictures."""
    return None if math.isnan(cues.commotion) else cues.commotion / options.commotion

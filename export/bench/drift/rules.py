"""When nobody's movement is judged, as the service has it."""

from inference.card import ModelCard
from inference.eligibility import SEEN_ABOVE, SEEN_SHARE
from inference.kinds.watch import MovementOptions
from tracker.visits.people_time import WatchRules


def shipped_rules(card: ModelCard) -> WatchRules:
    """Return the rules of a camera without options."""
    movement = MovementOptions()
    return WatchRules(
        frames=card.frames,
        confidence=movement.confidence,
        confidence_s=movement.confidence_s,
        seen_above=SEEN_ABOVE,
        seen_share=SEEN_SHARE,
        smallest_px=movement.smallest_px,
        jump_speed=movement.jump_speed,
    )

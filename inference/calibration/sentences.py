"""What is said of calibrations and what they promise, as sentences with codes."""

from collections.abc import Mapping

from inference.types import Kind
from tracker.wording import Wording

DWELL = Wording("kind.dwell", "dwell")
MOVEMENT = Wording("kind.movement", "movement")
RUNNING = Wording("kind.running", "running")
FIGHT = Wording("kind.fight", "fight")
FALL = Wording("kind.fall", "fall")
PERSON_DOWN = Wording("kind.person-down", "person_down")
KIND_NAMES: Mapping[Kind, Wording] = {
    "dwell": DWELL,
    "movement": MOVEMENT,
    "running": RUNNING,
    "fight": FIGHT,
    "fall": FALL,
    "person_down": PERSON_DOWN,
}
SEVERAL = Wording("kind.several", "{first}, {second}")

CALIBRATING = Wording("budget.calibrating", "calibrating: nothing is known yet")
UNTIL_THEN_CARD = Wording(
    "budget.calibrating-card",
    "calibrating: {hours} h of {needed} h; until then the card's threshold",
)
UNTIL_THEN_SITE = Wording(
    "budget.calibrating-site",
    "calibrating: {hours} h of {needed} h; until then by what all cameras see",
)
NOT_KEPT = Wording(
    "budget.not-kept",
    "{per_day:g} false alarms a day cannot be kept: {kinds} would have to be switched off",
)
ON_THE_WAY = Wording(
    "budget.on-the-way",
    "on the way to {per_day:g} false alarms a day: a day's step moves {kinds} no further",
)
PROMISED = Wording(
    "budget.promised", "{per_day:g} false alarms a day, by {hours} h of this camera's own footage"
)
OWN_THRESHOLD = Wording("budget.own-threshold", "no promise: the camera has a threshold of its own")
NO_BUDGET = Wording("budget.none", "no promise: the camera has no budget; set alarms_per_day")
HELD = Wording(
    "budget.held",
    "somebody went back to an earlier calibration; `posewarden calibration resume` goes on",
)
DRIFTING = Wording("budget.drifting", "the camera drifts: what it sees now is not what it will see")

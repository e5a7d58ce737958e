"""What was promised, what came of it, and what to say of both. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import scipy  # special is loaded where it is needed first: a sixth of an API's start

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.footage import Interval
from inference.calibration.snapshot import Snapshot
from inference.types import Kind

DAY_S = 86_400.0
# A surplus changes the next day's budget by a quarter of it, and counts a tenth less each day.
GAIN_A_DAY, FORGETTING = 0.25, 0.9
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Aim:
    """What was promised, of which kinds, and the time by now."""

    per_day: float
    kinds: Collection[Kind]
    at: float


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """False alarms that were raised while a budget was promised.

    Attributes:
        alarms: that nobody judged true.
        days: that were watched meanwhile.
    """

    alarms: int
    days: float

    @property
    def per_day(self) -> float | None:
        """How many there were a day; None before anything was watched."""
        return self.alarms / self.days if self.days > 0 else None

    def interval(self) -> tuple[float, float] | None:
        """Return the exact 95 % interval of the rate, of a Poisson count."""
        if self.days <= 0:
            return None
        # Quantiles of the gamma distribution; scipy.stats, which has them too, starts slowly.
        low = float(scipy.special.gammaincinv(self.alarms, 0.025)) if self.alarms else 0.0
        return low / self.days, float(scipy.special.gammaincinv(self.alarms + 1, 0.975)) / self.days

    def exceeds(self, promised: float) -> bool:
        """Tell whether more were raised than a promise allows, chance included."""
        found = self.interval()
        return found is not None and found[0] > promised


def alarm_rate(
    blocks: Iterable[Block],
    promising: Collection[int],
    true: Sequence[Interval],
    kinds: Collection[Kind],
) -> AlarmRate:
    """Return what came of a promise.

    Args:
        promising: numbers of the snapshots that made it.
        true: alerts that were judged true; they are no false alarms.
        kinds: that the promise is about.
    """
    kept = {block.number: block for block in blocks if block.snapshot in promising}
    raised = sum(block.opened_of(kind) for block in kept.values() for kind in kinds)
    right = sum(int(each.begin_at // BLOCK_S) in kept for each in true)
    watched_s = sum(block.watched_s for block in kept.values())
    return AlarmRate(max(raised - right, 0), watched_s / DAY_S)


def pace(
    blocks: Iterable[Block], promising: Collection[int], true: Sequence[Interval], aim: Aim
) -> float:
    """Return by how much the budget of the next day is stretched to make up for the last days.

    Cameras see more on some days than footage tells. What was raised too much or too little is made
    up for within about a week, by half of the budget or twice it at most: a week in which much
    happens must not blind the camera (adaptive conformal inference).

    Args:
        promising, true: as of `alarm_rate`.
    """
    right = {int(each.begin_at // BLOCK_S) for each in true}
    owed = 0.0
    for block in blocks:
        if block.snapshot in promising:
            raised = 0 if block.number in right else sum(map(block.opened_of, aim.kinds))
            days_ago = max(aim.at - block.begin_at, 0.0) / DAY_S
            owed += FORGETTING**days_ago * (aim.per_day * block.watched_s / DAY_S - raised)
    return min(max(1 + GAIN_A_DAY * owed / aim.per_day, SLOWEST), FASTEST)


def promise_text(snapshot: Snapshot) -> str:
    """Return in a sentence what a camera's thresholds rest on, and what they promise."""
    hours = f"{snapshot.footage_h:.0f} h"
    alarms = f"{snapshot.per_day:g} false alarms a day"
    if snapshot.level == "card":
        return f"calibrating: {hours} of {snapshot.needed_h:.0f} h; until then the card's threshold"
    if snapshot.level == "site":
        return (
            f"calibrating: {hours} of {snapshot.needed_h:.0f} h; until then by what all cameras see"
        )
    if kinds := [each.kind for each in snapshot.kinds if each.bound == "ceiling"]:
        return f"{alarms} cannot be kept: {', '.join(kinds)} would have to be switched off"
    if kinds := [each.kind for each in snapshot.kinds if each.bound == "step"]:
        return f"on the way to {alarms}: a day's step moves {', '.join(kinds)} no further"
    return f"{alarms}, by {hours} of this camera's own footage"

"""What was promised, what came of it, and what to say of both. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import scipy  # special is loaded where it is needed first: a sixth of an API's start

from inference.calibration import sentences as said
from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.footage import Interval
from inference.calibration.snapshot import Bound, Snapshot
from inference.types import Kind
from tracker.wording import Sentence

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


def promise_text(snapshot: Snapshot) -> Sentence:
    """Return in a sentence what a camera's thresholds rest on, and what they promise."""
    hours, needed, per_day = round(snapshot.footage_h), round(snapshot.needed_h), snapshot.per_day
    if snapshot.level == "card":
        return said.UNTIL_THEN_CARD(hours=hours, needed=needed)
    if snapshot.level == "site":
        return said.UNTIL_THEN_SITE(hours=hours, needed=needed)
    if kinds := _bound_by(snapshot, "ceiling"):
        return said.NOT_KEPT(per_day=per_day, kinds=kinds)
    if kinds := _bound_by(snapshot, "step"):
        return said.ON_THE_WAY(per_day=per_day, kinds=kinds)
    return said.PROMISED(per_day=per_day, hours=hours)


def _bound_by(snapshot: Snapshot, bound: Bound) -> Sentence | None:
    """Return the names of the kinds whose thresholds a bound holds; None: there are none."""
    names = [said.KIND_NAMES[each.kind]() for each in snapshot.kinds if each.bound == bound]
    if not names:
        return None
    return reduce(lambda first, second: said.SEVERAL(first=first, second=second), names)

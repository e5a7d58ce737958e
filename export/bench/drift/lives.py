"""Composes weeks of what a camera sees of people, and lets something change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from export.bench.budget.months import BY_HOUR, FIRST_DAY, CameraLife, LivedBlock, Living
from export.bench.drift.people import AS_USUAL, Mounting, Sight, visits
from inference.calibration.blocks import BLOCK_S, BLOCKS_A_DAY, Block
from inference.drift.hours import HOUR_S, Hours, hours_of
from inference.drift.record import SignName
from inference.drift.signs import REFERENCE_HOURS, alarms, week_begin
from tracker.scene_block import SceneBlock, Visit

DAYS_A_WEEK = 7
# Each day has its own light: what it adds to confidences, normally distributed.
LIGHT = 0.01
# So many of an hour's visits are by one person, such as a clerk: hours are not of one cast.
REGULAR = 0.5
BLOCKS_AN_HOUR = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """What is before a camera, and how it sees.

    Attributes:
        life: what the alert rules make of its people.
        people: what they look like.
    """

    life: CameraLife
    people: Mounting
    sight: Sight = AS_USUAL


@dataclass
class Weeks:
    """Days of one camera, one after the other."""

    scene: Scene
    rng: np.random.Generator
    scenes: list[SceneBlock] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._living = Living(self.scene.life, self.rng)

    def live(self, days: int, scene: Scene | None = None) -> None:
        """Go on for so many days, before another scene if one is given."""
        if scene is not None:
            self.scene = scene
            self._living.life = scene.life
        for _ in range(days):
            self._day()

    def _day(self) -> None:
        today = self._living.day % DAYS_A_WEEK
        light = float(self.rng.normal(0.0, LIGHT))
        rate = self.scene.life.visits * self.scene.life.by_weekday[today]
        hours = np.array(BY_HOUR) / np.mean(BY_HOUR)
        lived = self._living.next_day()
        self.blocks += [_highest(block) for block in lived]
        for hour in range(24):
            regular = int(self.rng.integers(len(self.scene.people.slots)))
            for part in range(BLOCKS_AN_HOUR):
                number = lived[hour * BLOCKS_AN_HOUR + part].number
                seen = self._block(rate * float(hours[hour]), regular, light)
                self.scenes.append(SceneBlock(number, BLOCK_S, 0.0, {}, tuple(seen), len(seen)))

    def _block(self, rate: float, regular: int, light: float) -> list[Visit]:
        found: list[Visit] = []
        for _ in range(int(self.rng.poisson(rate))):
            others = int(self.rng.integers(len(self.scene.people.slots)))
            who = regular if self.rng.random() < REGULAR else others
            found += visits(self.scene.people, who, self.scene.sight, light, self.rng)
        return found

    def hours(self) -> Hours:
        """Return all hours so far."""
        return hours_of(self.scenes, self.blocks)


def _highest(lived: LivedBlock) -> Block:
    """Return what drift looks at of a block: movement's highest peak."""
    values = lived.slots.get("movement", {}).values()
    return Block(lived.number, BLOCK_S, {"movement": (max(values),)} if values else {}, {})


def false_alarms(hours: Hours, weeks: int) -> Iterator[tuple[SignName, ...]]:
    """Yield for each whole week after two of reference which signs raised an alarm."""
    first = week_begin(FIRST_DAY * 24 + DAYS_A_WEEK * 24 - 1)
    for week in range(first + REFERENCE_HOURS, FIRST_DAY * 24 + weeks * 168 - 167, 168):
        known = hours.between(week - REFERENCE_HOURS, week + 168)
        yield tuple(alarms(known, week))


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a change.

    Attributes:
        hours: until it was found, by the clock; None: not within two weeks.
        signs: that found it first.
        off: how many hours after the change the drift is said to have begun.
    """

    hours: float | None
    signs: tuple[SignName, ...] = ()
    off: float = 0.0


def delay(hours: Hours, changed_at: int) -> Found:
    """Return when a change is found.

    Args:
        changed_at: its hour.
    """
    for week in (week_begin(changed_at), week_begin(changed_at) + 168):
        known = hours.between(week - REFERENCE_HOURS, week + 168)
        found = {name: each for name, each in alarms(known, week).items() if each[0] >= changed_at}
        if found:
            at = min(each for each, _ in found.values())
            first = [name for name, each in found.items() if each[0] == at]
            return Found(at + 1.0 - changed_at, tuple(first), found[first[0]][1] - changed_at)
    return Found(None)


def hour_of(day: int) -> int:
    """Return the first hour of a day of a life."""
    return int((FIRST_DAY + day) * BLOCKS_A_DAY * BLOCK_S // HOUR_S)


def chosen(names: Sequence[Found]) -> dict[str, int]:
    """Return how often each sign was the first."""
    found: dict[str, int] = {}
    for each in names:
        for sign in each.signs:
            found[sign] = found.get(sign, 0) + 1
    return found

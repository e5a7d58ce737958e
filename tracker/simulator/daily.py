"""Ordinary life at home and at work: what people do besides walking and standing, and when.

Sitting down takes one to two seconds and lying down three to six, at each person's own pace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from tracker.simulator.body import Floats

Still: TypeAlias = Literal[
    "sit",
    "bend",
    "pick_up",
    "crouch",
    "kneel",
    "lie",
    "reach",
    "call",
    "jump",
    "exercise",
    "push_up",
]
Walking: TypeAlias = Literal["carry", "phone", "trolley", "stairs"]
Activity: TypeAlias = Still | Walking

STILL: tuple[Still, ...] = get_args(Still)
WALKING: tuple[Walking, ...] = get_args(Walking)
# How long each lasts in all, and how long it takes to get into it and out of it.
LASTS_S: dict[Activity, tuple[float, float]] = {
    **{"sit": (6.0, 20.0), "bend": (2.5, 6.0), "pick_up": (2.0, 3.5), "crouch": (3.0, 9.0)},
    **{"kneel": (4.0, 12.0), "lie": (12.0, 25.0), "reach": (2.0, 6.0), "call": (5.0, 15.0)},
    **{"jump": (1.5, 4.0), "exercise": (6.0, 15.0), "push_up": (10.0, 20.0)},
    **{"carry": (5.0, 20.0), "phone": (5.0, 15.0), "trolley": (8.0, 20.0), "stairs": (4.0, 9.0)},
}
EASE_S: dict[Activity, tuple[float, float]] = {
    **{"sit": (0.9, 2.2), "bend": (0.7, 1.6), "pick_up": (0.7, 1.4), "crouch": (0.8, 1.8)},
    **{"kneel": (1.2, 2.5), "lie": (3.0, 6.0), "reach": (0.5, 1.2), "call": (0.6, 1.2)},
    **{"jump": (0.3, 0.5), "exercise": (0.6, 1.2), "push_up": (2.5, 4.0)},
    **{"carry": (0.6, 1.2), "phone": (0.6, 1.2), "trolley": (0.5, 1.0), "stairs": (0.5, 1.0)},
}
# How often each is chosen, of the pauses in which something is done: people seldom jump, and do
# push-ups where they are asked to.
OFTEN: dict[Still, float] = {
    **{"sit": 0.26, "bend": 0.12, "pick_up": 0.13, "crouch": 0.08, "kneel": 0.06, "lie": 0.06},
    **{"reach": 0.14, "call": 0.11, "jump": 0.01, "exercise": 0.03, "push_up": 0.0},
}
LONGEST_S = max(longest for _, longest in LASTS_S.values())
# Acts that begin while walking, per second of walking, for a share of 1.
WALKING_PER_S = 0.1
SHORTEST_PAUSE_S = 0.5
CHILDREN = 0.15  # of all people
CHILD_M = (0.95, 1.45)


@dataclass(frozen=True, slots=True)
class Act:
    """One person doing one thing.

    Attributes:
        ease_s: into it, and out of it.
        size: how far the person goes, about 1.
        variant: in [0, 1), which way it is done.
    """

    activity: Activity
    start_s: float
    lasts_s: float
    ease_s: float
    size: float
    variant: float


class DailyLife:
    """Who does what.

    Args:
        share: of the pauses in which something is done, in (0, 1].
        only: nothing but this is done, each as often as the others; empty: everything, by `OFTEN`.
        riders: rows of those who sit in a wheelchair and do nothing else.
    """

    def __init__(
        self,
        people: int,
        share: float,
        rng: np.random.Generator,
        *,
        only: Sequence[Activity] = (),
        riders: Sequence[int] = (),
    ) -> None:
        self._share = share
        self._rng = rng
        self.riders = tuple(riders)
        often = {one: float(one in only) for one in STILL} if only else OFTEN
        total = sum(often.values())
        self._often = [often[one] / total for one in STILL] if total else None
        self._walking = [one for one in WALKING if not only or one in only]
        self._acts: list[Act | None] = [None] * people
        self._paused = [False] * people

    def statures(self, adults_m: Floats) -> Floats:
        """Make some of the people children."""
        child = self._rng.random(len(adults_m)) < CHILDREN
        return np.where(child, self._rng.uniform(*CHILD_M, len(adults_m)), adults_m)

    def acting(self) -> tuple[tuple[int, Act], ...]:
        """Return who does something now, and what."""
        return tuple((row, act) for row, act in enumerate(self._acts) if act)

    def step(
        self,
        now_s: float,
        elapsed_s: float,
        still_s: Floats,
        busy: Iterable[int],
        *,
        begins: bool = True,
    ) -> None:
        """Let people begin and end; whoever begins something in a pause stays for as long.

        Args:
            still_s: (P,) how much longer each person stands; extended here.
            busy: rows of those who are doing something unusual.
            begins: whether anybody may begin something now.
        """
        unusual = {*busy, *self.riders}
        for row, act in enumerate(self._acts):
            if row in unusual or (act and now_s >= act.start_s + act.lasts_s):
                self._acts[row] = None
            elif act is None and begins:
                self._acts[row] = self._begin(row, now_s, elapsed_s, still_s)
            self._paused[row] = bool(still_s[row] > 0)

    def _begin(self, row: int, now_s: float, elapsed_s: float, still_s: Floats) -> Act | None:
        """Let somebody choose, once in a pause and now and then while walking."""
        if still_s[row] > SHORTEST_PAUSE_S:
            if self._paused[row] or self._often is None or self._rng.random() >= self._share:
                return None
            chosen = int(self._rng.choice(len(STILL), p=self._often))
            act = self._draw(STILL[chosen], now_s)
            still_s[row] = max(still_s[row], act.lasts_s)
            return act
        if still_s[row] > 0 or not self._walking:
            return None
        if self._rng.random() >= self._share * WALKING_PER_S * elapsed_s:
            return None
        return self._draw(self._walking[self._rng.integers(len(self._walking))], now_s)

    def _draw(self, activity: Activity, now_s: float) -> Act:
        rng = self._rng
        ease_s = float(rng.uniform(*EASE_S[activity]))
        lasts_s = max(float(rng.uniform(*LASTS_S[activity])), 2 * ease_s)
        return Act(
            activity, now_s, lasts_s, ease_s, float(rng.uniform(0.75, 1.1)), float(rng.random())
        )

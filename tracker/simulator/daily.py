"""Ordinary life at home and at work: what people do besides walking and standing.

Every action eases in and out at the person's own pace, so that sitting down takes one to two
seconds and lying down three to six. Angles in radians, times in seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from tracker.simulator.body import Floats, Posture

Still: TypeAlias = Literal[
    "sit", "bend", "pick_up", "crouch", "kneel", "lie", "reach", "call", "jump", "exercise"
]
Walking: TypeAlias = Literal["carry", "phone", "trolley", "stairs"]
Activity: TypeAlias = Still | Walking

STILL: tuple[Still, ...] = get_args(Still)
WALKING: tuple[Walking, ...] = get_args(Walking)
# How long each lasts in all, and how long it takes to get into it and out of it.
LASTS_S: dict[Activity, tuple[float, float]] = {
    **{"sit": (6.0, 20.0), "bend": (2.5, 6.0), "pick_up": (2.0, 3.5), "crouch": (3.0, 9.0)},
    **{"kneel": (4.0, 12.0), "lie": (12.0, 25.0), "reach": (2.0, 6.0), "call": (5.0, 15.0)},
    **{"jump": (1.5, 4.0), "exercise": (6.0, 15.0)},
    **{"carry": (5.0, 20.0), "phone": (5.0, 15.0), "trolley": (8.0, 20.0), "stairs": (4.0, 9.0)},
}
EASE_S: dict[Activity, tuple[float, float]] = {
    **{"sit": (0.9, 2.2), "bend": (0.7, 1.6), "pick_up": (0.7, 1.4), "crouch": (0.8, 1.8)},
    **{"kneel": (1.2, 2.5), "lie": (3.0, 6.0), "reach": (0.5, 1.2), "call": (0.6, 1.2)},
    **{"jump": (0.3, 0.5), "exercise": (0.6, 1.2)},
    **{"carry": (0.6, 1.2), "phone": (0.6, 1.2), "trolley": (0.5, 1.0), "stairs": (0.5, 1.0)},
}
# How often each is chosen, of the pauses in which something is done: people seldom jump.
OFTEN: dict[Still, float] = {
    **{"sit": 0.26, "bend": 0.12, "pick_up": 0.13, "crouch": 0.08, "kneel": 0.06, "lie": 0.06},
    **{"reach": 0.14, "call": 0.11, "jump": 0.01, "exercise": 0.03},
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
    """

    def __init__(self, people: int, share: float, rng: np.random.Generator) -> None:
        self._share = share
        self._rng = rng
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
        unusual = set(busy)
        for row, act in enumerate(self._acts):
            if row in unusual or (act and now_s >= act.start_s + act.lasts_s):
                self._acts[row] = None
            elif act is None and begins:
                self._acts[row] = self._begin(row, now_s, elapsed_s, still_s)
            self._paused[row] = bool(still_s[row] > 0)

    def _begin(self, row: int, now_s: float, elapsed_s: float, still_s: Floats) -> Act | None:
        """Let somebody choose, once in a pause and now and then while walking."""
        if still_s[row] > SHORTEST_PAUSE_S:
            if self._paused[row] or self._rng.random() >= self._share:
                return None
            chosen = int(self._rng.choice(len(STILL), p=[OFTEN[one] for one in STILL]))
            act = self._draw(STILL[chosen], now_s)
            still_s[row] = max(still_s[row], act.lasts_s)
            return act
        if still_s[row] > 0 or self._rng.random() >= self._share * WALKING_PER_S * elapsed_s:
            return None
        return self._draw(WALKING[self._rng.integers(len(WALKING))], now_s)

    def _draw(self, activity: Activity, now_s: float) -> Act:
        rng = self._rng
        ease_s = float(rng.uniform(*EASE_S[activity]))
        lasts_s = max(float(rng.uniform(*LASTS_S[activity])), 2 * ease_s)
        return Act(
            activity, now_s, lasts_s, ease_s, float(rng.uniform(0.75, 1.1)), float(rng.random())
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Doing:
    """The same activity of several people and moments; one entry each, (R,).

    Attributes:
        rows: of the posture.
        share: 0 not yet or no longer, 1 fully in it.
        since_s: since it began.
    """

    rows: list[int]
    share: Floats
    since_s: Floats
    variant: Floats

    def side(self) -> Floats:
        """Return which arm or leg, 0 left or 1 right."""
        return np.asarray((self.variant * 2).astype(np.int64))


def live(posture: Posture, acts: Sequence[tuple[int, Act]], now_s: Floats) -> Floats:
    """Put people into their daily actions; return how firmly the feet stay in place, (R,).

    Args:
        acts: row of the posture, and what is done there.
        now_s: (R,) the moment of each.
    """
    firm = np.zeros(len(acts))
    for activity in {act.activity for _, act in acts}:
        chosen = [index for index, (_, act) in enumerate(acts) if act.activity == activity]
        some = [acts[index] for index in chosen]
        since_s = now_s[chosen] - [act.start_s for _, act in some]
        ease_s = np.array([act.ease_s for _, act in some])
        left_s = np.array([act.lasts_s for _, act in some]) - since_s
        share = _smooth(since_s / ease_s) * _smooth(left_s / ease_s)
        share *= [act.size if activity != "lie" else 1.0 for _, act in some]
        variant = np.array([act.variant for _, act in some])
        _ACTIONS[activity](posture, _Doing([row for row, _ in some], share, since_s, variant))
        if activity in STILL:
            firm[chosen] = np.minimum(share, 1.0)
    return firm


def _sit(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    seat = 1.25 + 0.35 * doing.variant  # a bar stool or a sofa
    for leg in (2, 3):
        posture.flex[rows, leg] += share * seat
        posture.bend[rows, leg] += share * (seat + 0.15 * np.sin(7 * doing.variant + leg))
    posture.lean[rows] += 0.55 * np.sin(np.pi * np.minimum(share, 1)) + share * (
        0.3 * np.sin(0.5 * doing.since_s + 9 * doing.variant)
    )
    posture.flex[rows, :2] += (share * 0.6)[:, None]
    posture.bend[rows, :2] += (share * (0.5 + 0.6 * doing.variant))[:, None]


def _bend(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    posture.lean[rows] += share * (0.7 + 0.6 * doing.variant)
    posture.nod[rows] += share * 0.6
    posture.flex[rows, :2] += (share * 0.5)[:, None]
    posture.flex[rows, 2:] += (share * 0.15)[:, None]
    posture.bend[rows, 2:] += (share * 0.35)[:, None]


def _pick_up(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    posture.lean[rows] += share * (0.6 + 0.5 * doing.variant)
    posture.nod[rows] += share * 0.5
    arm = doing.side().astype(int)
    posture.flex[rows, arm] += share * 0.7
    posture.flex[rows, 2:] += (share * (1.3 - 0.7 * doing.variant))[:, None]
    posture.bend[rows, 2:] += (share * (1.7 - 1.0 * doing.variant))[:, None]


def _crouch(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    posture.flex[rows, 2:] += (share * 1.8)[:, None]
    posture.bend[rows, 2:] += (share * 2.2)[:, None]
    posture.abduct[rows, 2:] += (share * 0.25)[:, None]
    posture.lean[rows] += share * (0.3 + 0.3 * doing.variant)
    posture.flex[rows, :2] += (share * 0.9)[:, None]
    posture.bend[rows, :2] += (share * (0.4 + 0.3 * np.sin(1.5 * doing.since_s)))[:, None]


def _kneel(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    leg = 2 + doing.side().astype(int)
    both = doing.variant % 0.5 < 0.25
    posture.flex[rows, leg] += share * np.where(both, 0.1, 1.5)
    posture.bend[rows, leg] += share * 1.5
    posture.bend[rows, 5 - leg] += share * 1.5
    posture.lean[rows] += 0.4 * np.sin(np.pi * np.minimum(share, 1)) + share * 0.35 * doing.variant
    posture.flex[rows, :2] += (share * (0.7 + 0.3 * np.sin(1.1 * doing.since_s)))[:, None]
    posture.bend[rows, :2] += (share * 0.6)[:, None]


def _lie(posture: Posture, doing: _Doing) -> None:
    """Crouch, sit down on the ground, lie back, sideways or on the stomach; and get up again."""
    rows, share = doing.rows, np.minimum(doing.share, 1)
    down = np.sin(np.pi * share)  # most half way down
    posture.tilt_to[rows] = np.pi * (0.5 + doing.variant)
    posture.tilt[rows] += _smooth(1.4 * share - 0.4) * np.pi / 2
    posture.flex[rows, 2:] += (1.5 * down + 0.25 * share)[:, None]
    posture.bend[rows, 2:] += (1.8 * down + 0.5 * share * doing.variant)[:, None]
    posture.lean[rows] += 0.5 * down
    posture.flex[rows, :2] += (0.5 * down + 0.2 * share)[:, None]
    posture.bend[rows, :2] += (0.6 * share)[:, None]


def _reach(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    arm = doing.side().astype(int)
    work = 0.2 * np.sin(2.5 * doing.since_s)
    posture.flex[rows, arm] += share * (1.2 + 1.4 * doing.variant + work)
    both = share * (doing.variant % 0.5 < 0.2)
    posture.flex[rows, 1 - arm] += both * (1.2 + 1.2 * doing.variant - work)
    posture.lean[rows] += share * 0.1
    posture.nod[rows] -= share * 0.3


def _call(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    arm = doing.side().astype(int)
    posture.flex[rows, arm] += share * 0.6
    posture.abduct[rows, arm] += share * 0.3
    posture.bend[rows, arm] += share * 2.1
    posture.head[rows] += share * 0.3 * np.sin(0.7 * doing.since_s)


def _jump(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, doing.share
    wave = np.sin(2 * np.pi * (1.1 + 0.4 * doing.variant) * doing.since_s)
    air, low = np.maximum(wave, 0), np.maximum(-wave, 0)
    posture.lift_m[rows] += share * 0.25 * air
    posture.flex[rows, 2:] += (share * 0.6 * low)[:, None]
    posture.bend[rows, 2:] += (share * 1.1 * low)[:, None]
    posture.lean[rows] += share * 0.3 * low
    posture.flex[rows, :2] += (share * (0.9 * air - 0.4 * low))[:, None]


def _exercise(posture: Posture, doing: _Doing) -> None:
    """Squats, jumping jacks, side bends or turns of the trunk."""
    rows, share = doing.rows, doing.share
    kind = (doing.variant * 4).astype(int)
    pace_hz = np.array([0.4, 0.85, 0.3, 0.4])[kind] * (0.8 + 0.4 * (doing.variant * 4 % 1))
    wave = np.sin(2 * np.pi * pace_hz * doing.since_s)
    half = (1 - np.cos(2 * np.pi * pace_hz * doing.since_s)) / 2
    squat, jack, sideways, turn = (share * (kind == one) for one in range(4))
    posture.flex[rows, 2:] += (squat * 1.5 * half)[:, None]
    posture.bend[rows, 2:] += (squat * 1.9 * half)[:, None]
    posture.lean[rows] += squat * 0.5 * half
    posture.flex[rows, :2] += (squat * 1.4 * half + turn * 1.3)[:, None]
    posture.abduct[rows, :2] += (jack * 2.6 * half + sideways * 1.2)[:, None]
    posture.abduct[rows, 2:] += (jack * 0.4 * half)[:, None]
    posture.lift_m[rows] += jack * 0.06 * np.abs(wave)
    posture.roll[rows] += sideways * 0.5 * wave
    posture.twist[rows] += turn * 0.8 * wave


def _carry(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, np.minimum(doing.share, 1)
    posture.flex[rows, :2] *= (1 - 0.9 * share)[:, None]
    posture.flex[rows, :2] += (share * 0.25)[:, None]
    posture.bend[rows, :2] += (share * 1.2)[:, None]
    posture.lean[rows] -= share * 0.06


def _phone(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, np.minimum(doing.share, 1)
    arm = doing.side().astype(int)
    posture.flex[rows, arm] *= 1 - 0.9 * share
    posture.flex[rows, arm] += share * 0.45
    posture.bend[rows, arm] += share * 1.5
    posture.nod[rows] += share * 0.45


def _trolley(posture: Posture, doing: _Doing) -> None:
    rows, share = doing.rows, np.minimum(doing.share, 1)
    posture.flex[rows, :2] *= (1 - 0.95 * share)[:, None]
    posture.flex[rows, :2] += (share * 0.65)[:, None]
    posture.bend[rows, :2] += (share * 0.5)[:, None]
    posture.lean[rows] += share * 0.15


def _stairs(posture: Posture, doing: _Doing) -> None:
    """Up for a while, then down to the same floor."""
    rows, share = doing.rows, np.minimum(doing.share, 1)
    legs = posture.flex[rows, 2:]
    posture.flex[rows, 2:] += share[:, None] * (0.5 * np.maximum(legs, 0) + 0.1)
    posture.bend[rows, 2:] *= (1 + 0.5 * share)[:, None]
    posture.lift_m[rows] += share * 0.5
    posture.lean[rows] += share * 0.08


_ACTIONS: dict[Activity, Callable[[Posture, _Doing], None]] = {
    **{"sit": _sit, "bend": _bend, "pick_up": _pick_up, "crouch": _crouch, "kneel": _kneel},
    **{"lie": _lie, "reach": _reach, "call": _call, "jump": _jump, "exercise": _exercise},
    **{"carry": _carry, "phone": _phone, "trolley": _trolley, "stairs": _stairs},
}


def _smooth(part: Floats) -> Floats:
    part = np.clip(part, 0, 1)
    return np.asarray(part * part * (3 - 2 * part))

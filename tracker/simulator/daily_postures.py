"""The postures of daily life.

Every activity eases in and out, so that nothing jerks. Angles in radians, times in seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.simulator.body import Floats, Posture
from tracker.simulator.daily import STILL, Act, Activity


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


def _push_up(posture: Posture, doing: _Doing) -> None:
    """Crouch, stretch out on hands and toes, go down and up; and get up again."""
    rows, share = doing.rows, np.minimum(doing.share, 1)
    down = np.sin(np.pi * share)  # most half way down
    pace_hz = 0.4 + 0.5 * doing.variant
    low = share**4 * (1 - np.cos(2 * np.pi * pace_hz * doing.since_s)) / 2
    posture.tilt_to[rows] = 0.0
    posture.tilt[rows] += _smooth(1.4 * share - 0.4) * (1.25 + 0.2 * low)
    posture.flex[rows, 2:] += (1.5 * down)[:, None]
    posture.bend[rows, 2:] += (1.8 * down)[:, None]
    posture.lean[rows] += 0.6 * down
    posture.flex[rows, :2] += (1.4 * share - 1.1 * low)[:, None]
    posture.bend[rows, :2] += (1.9 * low)[:, None]
    posture.nod[rows] -= 0.3 * share


def ride(posture: Posture, rows: Sequence[int], speed: Floats, now_s: Floats) -> None:
    """Sit people into wheelchairs whose rims they push while they move.

    Args:
        speed: (R,) in m/s.
        now_s: (R,) the moment of each.
    """
    some = list(rows)
    push = np.minimum(speed, 1.0) * np.sin(2 * np.pi * 0.9 * now_s)
    posture.flex[some] = np.stack(
        [0.1 + 0.5 * push, 0.1 + 0.5 * push, 0 * push + 1.5, 0 * push + 1.5], 1
    )
    posture.bend[some] = np.stack(
        [1.0 - 0.3 * push, 1.0 - 0.3 * push, 0 * push + 1.5, 0 * push + 1.5], 1
    )
    posture.lean[some] = 0.1 + 0.12 * push
    posture.roll[some] = 0.0
    posture.twist[some] = 0.0
    posture.lift_m[some] = 0.1  # of the foot rest


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
    "push_up": _push_up,
    **{"carry": _carry, "phone": _phone, "trolley": _trolley, "stairs": _stairs},
}


def _smooth(part: Floats) -> Floats:
    part = np.clip(part, 0, 1)
    return np.asarray(part * part * (3 - 2 * part))

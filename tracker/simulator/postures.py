"""From where simulated people are and what they do to their joints, many moments at a time.

Moving a crowd is a step after a step; its bodies follow from each step alone. So they are
computed for many frames at once, which costs a tenth of doing it frame by frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.simulator.actions import Habits, fall, fight, fight_share, idle, shove_m
from tracker.simulator.body import Floats, Posture, gait, skeleton
from tracker.simulator.daily import Act
from tracker.simulator.daily_postures import live, ride


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """All that the bodies of a crowd follow from at one moment; one row a person.

    Attributes:
        where: (P, 2) on the ground, metres.
        tilt_to: (P,) where to somebody who falls tilts.
        falls, fights: who does it, and since how many seconds.
        acts: who does what of daily life.
    """

    now_s: float
    phase: Floats
    speed: Floats
    heading: Floats
    where: Floats
    tilt_to: Floats
    swing: Floats
    elbow: Floats
    falls: tuple[tuple[int, float], ...]
    fights: tuple[tuple[int, float], ...]
    acts: tuple[tuple[int, Act], ...] = ()


def joints_m(
    moments: Sequence[Moment],
    habits: Habits,
    stature_m: Floats,
    *,
    fight_s: float,
    riders: Sequence[int] = (),
) -> Floats:
    """Return everybody's joints in the world, float64 (F, P, 17, 3), metres.

    Args:
        fight_s: how long fights last.
        riders: those who sit in wheelchairs.
    """
    people, frames = len(stature_m), len(moments)
    phase, speed, heading, where, tilt_to = (
        np.concatenate([getattr(moment, name) for moment in moments])
        for name in ("phase", "speed", "heading", "where", "tilt_to")
    )
    now_s = np.repeat([moment.now_s for moment in moments], people)[:, None]  # (F · P, 1)
    stature_m = np.tile(stature_m, frames)
    posture = gait(phase, speed, stature_m)
    habits = _habits_of(habits, moments)
    idle(posture, habits, now_s)
    if riders:
        rows = [frame * people + row for frame in range(frames) for row in riders]
        ride(posture, rows, speed[rows], now_s[rows, 0])
    if any(moment.falls for moment in moments):
        rows, since_s = _rows([moment.falls for moment in moments], people)
        posture.tilt_to[rows] = tilt_to[rows]
        fall(posture, rows, since_s)
    if any(moment.fights for moment in moments):
        rows, since_s = _rows([moment.fights for moment in moments], people)
        share = fight_share(since_s, fight_s)
        fight(posture, rows, share, habits, now_s[rows])
        thrown_m = shove_m(share, habits, rows, now_s[rows, 0])
        where[rows] += _ahead(heading[rows]) * thrown_m[:, None]
    joints = _placed(_bodies(posture, moments, stature_m, now_s[:, 0]), heading, where)
    return joints.reshape(frames, people, 17, 3)


def _bodies(
    posture: Posture, moments: Sequence[Moment], stature_m: Floats, now_s: Floats
) -> Floats:
    """Let people do what they do of daily life; return their joints in the body frame."""
    people = len(stature_m) // len(moments)
    acts = [
        (frame * people + row, act)
        for frame, moment in enumerate(moments)
        for row, act in moment.acts
    ]
    rows = [row for row, _ in acts]
    firm = live(posture, acts, now_s[rows]) if acts else np.zeros(0)
    body = skeleton(posture, stature_m)
    # Who sits down moves the hips, not the feet.
    body[rows, :, 0] -= (firm * body[rows][:, 15:17, 0].mean(axis=1))[:, None]
    return body


def _habits_of(habits: Habits, moments: Sequence[Moment]) -> Habits:
    """Return the habits of every row: what somebody holds they may drop on the way."""
    frames = len(moments)
    return Habits(
        slow_hz=np.tile(habits.slow_hz, (frames, 1)),
        slow_phase=np.tile(habits.slow_phase, (frames, 1)),
        wild_hz=np.tile(habits.wild_hz, (frames, 1)),
        wild_phase=np.tile(habits.wild_phase, (frames, 1)),
        swing=np.concatenate([moment.swing for moment in moments]),
        elbow=np.concatenate([moment.elbow for moment in moments]),
        lean=np.tile(habits.lean, frames),
    )


def _rows(busy: Sequence[tuple[tuple[int, float], ...]], people: int) -> tuple[list[int], Floats]:
    """Return the rows of those who are busy at each moment, and since how many seconds."""
    found = [
        (frame * people + row, since_s) for frame, each in enumerate(busy) for row, since_s in each
    ]
    return [row for row, _ in found], np.array([since_s for _, since_s in found])


def _ahead(heading: Floats) -> Floats:
    return np.stack([np.cos(heading), np.sin(heading)], axis=-1)


def _placed(joints: Floats, heading: Floats, where: Floats) -> Floats:
    cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
    x, y = joints[..., 0], joints[..., 1]
    placed = joints.copy()
    placed[..., 0] = x * cos - y * sin + where[:, :1]
    placed[..., 1] = x * sin + y * cos + where[:, 1:]
    return placed

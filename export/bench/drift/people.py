"""What simulated people look like before simulated cameras: visits, by mounting."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.ordinary_people import DAILY_SHARE
from tracker.scene_block import Visit
from tracker.simulator.source import Simulation, simulate
from tracker.types import Float32

Float64: TypeAlias = NDArray[np.float64]

PLAYS, PEOPLE, SECONDS, FPS = 3, 3, 600.0, 5.0
SLOT_S = 15.0
FIRST_SEED = 90_001
LONGEST_S = 60.0
# No two visitors are quite alike: of each visit heights are off by so much, normally distributed.
HEIGHT_JITTER, CONFIDENCE_JITTER = 0.08, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Mounting:
    """One camera's people.

    Attributes:
        slots: (N, 40, 4): of each of N people in slots of 15 s confidence, height, x and y.
    """

    slots: Float64


def mounting(number: int, plays: int = PLAYS) -> Mounting:
    """Simulate ten minutes a play of three people before a camera of its own mounting."""
    plan = Simulation(people=PEOPLE, fps=FPS, seed=FIRST_SEED + number, daily=DAILY_SHARE)
    found = [
        _slots(simulate(plan, SECONDS, play=play).joints, plan.width, plan.height)
        for play in range(plays)
    ]
    return Mounting(np.concatenate(found))


def _slots(joints: Float32, width_px: int, height_px: int) -> Float64:
    """Return the means of each person's slots: (F, P, 17, 3) → (P, slots, 4)."""
    low, high = joints[..., :2].min(axis=2), joints[..., :2].max(axis=2)  # (F, P, 2)
    rows = np.stack(
        [
            joints[..., 2].mean(axis=2),
            (high[..., 1] - low[..., 1]) / height_px,
            (low[..., 0] + high[..., 0]) / 2 / width_px,
            high[..., 1] / height_px,
        ],
        axis=-1,
    ).astype(np.float64)  # (F, P, 4)
    each = int(SLOT_S * FPS)
    slots = len(rows) // each
    means = rows[: slots * each].reshape(slots, each, PEOPLE, 4).mean(axis=1)
    return np.asarray(means.swapaxes(0, 1))


@dataclass(frozen=True, slots=True)
class Sight:
    """How a camera sees.

    Attributes:
        certainty: share of the joints' usual confidence.
        length: share of the time for which people are usually followed without a break.
        right, down: how far everything moved in the picture, shares of it.
        size: share of the usual size.
    """

    certainty: float = 1.0
    length: float = 1.0
    right: float = 0.0
    down: float = 0.0
    size: float = 1.0


AS_USUAL = Sight()


def visits(
    people: Mounting, person: int, sight: Sight, light: float, rng: np.random.Generator
) -> list[Visit]:
    """Return one visitor's visits, a minute each at most.

    Args:
        light: what this day's light adds to confidences.
    """
    slots = people.slots[person]
    length = int(rng.integers(4, 13))
    begin = int(rng.integers(len(slots) - length + 1))
    seen = slots[begin : begin + length]
    taller, surer = np.exp(rng.normal(0, HEIGHT_JITTER)), rng.normal(0, CONFIDENCE_JITTER) + light
    longest_s = LONGEST_S * sight.length
    rest_s = float(length * SLOT_S * rng.uniform(0.8, 1.0))
    found, place = [], 0.0
    while rest_s > 1.0:
        now_s = min(rest_s, longest_s * float(np.exp(rng.normal(0, 0.3))), LONGEST_S)
        row = seen[min(int(place / SLOT_S), length - 1)]
        confidence = float(np.clip((row[0] + surer) * sight.certainty, 0.05, 0.99))
        height = float(row[1] * taller) * sight.size
        x, y = float(row[2]) + sight.right, float(row[3]) + sight.down
        found.append(Visit(now_s, confidence, height, x, y))
        rest_s, place = rest_s - now_s, place + now_s
    return found

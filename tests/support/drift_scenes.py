"""Made-up weeks of people before one camera, and what changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inference.calibration.blocks import Block
from inference.drift.signs import week_begin
from tracker.scene_block import SceneBlock, Visit

HOUR_S = 3600.0
WEEK = week_begin(500_000)  # a Monday
MONDAY_AT = WEEK * HOUR_S


@dataclass(frozen=True, slots=True)
class Look:
    """What people look like before the camera, on average."""

    confidence: float = 0.85
    height: float = 0.3
    length_s: float = 30.0
    x: float = 0.5
    y: float = 0.7
    movement: float = 1.5


USUAL = Look()


def hours_of_day(first: int, last: int) -> Iterator[int]:
    """Yield the hours from 6 to 22, from one hour to before another."""
    return (hour for hour in range(first, last) if 6 <= hour % 24 < 22)


def scenes(first: int, last: int, look: Look = USUAL, seed: int = 1) -> list[SceneBlock]:
    """Return blocks of hours: somebody comes every ten minutes by day."""
    rng = np.random.default_rng((seed, first))
    return [
        SceneBlock(6 * hour + part, 600.0, 60.0, {}, tuple(_visits(look, rng)), 2)
        for hour in hours_of_day(first, last)
        for part in range(6)
    ]


def _visits(look: Look, rng: np.random.Generator) -> Iterator[Visit]:
    for _ in range(2):
        yield Visit(
            float(look.length_s * np.exp(rng.normal(0, 0.3))),
            float(look.confidence + rng.normal(0, 0.03)),
            float(look.height * np.exp(rng.normal(0, 0.2))),
            float(look.x + rng.normal(0, 0.2)),
            float(look.y + rng.normal(0, 0.1)),
        )


def blocks(first: int, last: int, look: Look = USUAL, seed: int = 1) -> list[Block]:
    """Return what the alert rules saw in the same hours."""
    rng = np.random.default_rng((seed, first, 2))
    return [
        Block(6 * hour + part, 600.0, {"movement": (look.movement + rng.normal(0, 0.4),)}, {})
        for hour in hours_of_day(first, last)
        for part in range(6)
    ]

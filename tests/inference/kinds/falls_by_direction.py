"""Counts simulated falls by direction: give this file to `pytest -q -s`."""

import math
from collections import Counter

import numpy as np
from support.filmed_acts import Shot, falling, film

from inference.kinds.fall import FallOptions, FallState

FALLS = 400
# From away from the camera (0) to towards it (π): up to this angle a fall has this direction.
UP_TO_RAD = {
    "away": math.pi / 6,
    "slanting away": math.pi / 3,
    "across": 2 * math.pi / 3,
    "slanting towards": 5 * math.pi / 6,
    "towards": math.pi,
}


def test_most_falls_are_found_from_every_side() -> None:
    """At least half of each direction, and all across; the table goes into docs/detection.md."""
    rng = np.random.default_rng(5)
    fell: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _ in range(FALLS):
        shot, turned_rad = Shot.draw(rng), rng.uniform(0, math.pi)
        direction = next(name for name, up_to in UP_TO_RAD.items() if turned_rad <= up_to)
        state, options = FallState(), FallOptions()
        seen = film(shot, falling(turned_rad - shot.facing_rad), 4.0, rng)
        fell[direction] += 1
        decided = [state.update(cues, at, options) for at, cues in seen]
        found[direction] += any(decided)

    print(*(f"\n{name}: {found[name]} of {fell[name]}" for name in UP_TO_RAD))
    assert all(found[name] >= fell[name] / 2 for name in UP_TO_RAD)
    assert found["across"] == fell["across"]

"""Composed weeks: the same seed is the same life, and a great change is found."""

import numpy as np
import pytest

from export.bench.budget.library import Play
from export.bench.budget.months import CameraLife
from export.bench.drift.command import share_interval
from export.bench.drift.lives import Scene, Weeks, delay, hour_of
from export.bench.drift.people import Mounting, Sight, mounting, visits

PLAYS = [Play(1, 10.0, 1, 600.0, {"movement": {s: 1.0 + s % 7 for s in range(40)}}, 0)]
LIFE = CameraLife(PLAYS, 2.0, (1.0,) * 7)


@pytest.fixture(scope="module")
def people() -> Mounting:
    """Three people, made up: the simulator's take a while."""
    rng = np.random.default_rng(2)
    slots = rng.normal((0.85, 0.3, 0.5, 0.7), (0.02, 0.03, 0.15, 0.1), (3, 40, 4))
    return Mounting(slots)


def test_the_same_seed_is_the_same_life(people: Mounting) -> None:
    """A bench that is repeated finds the same."""
    found = []
    for _ in range(2):
        lived = Weeks(Scene(LIFE, people), np.random.default_rng(4))
        lived.live(2)
        found.append(lived.hours().values)

    assert np.array_equal(*found, equal_nan=True)


def test_a_zoomed_camera_is_found(people: Mounting) -> None:
    """Within some days, by its own sign."""
    lived = Weeks(Scene(LIFE, people), np.random.default_rng(4))
    lived.live(12)
    lived.live(4, Scene(LIFE, people, Sight(size=0.5)))
    found = delay(lived.hours(), hour_of(12))

    assert found.hours is not None
    assert found.hours <= 96
    assert found.signs == ("height",)


def test_visits_are_a_minute_at_most(people: Mounting) -> None:
    """As the camera process has them; half as long where tracks break."""
    rng = np.random.default_rng(4)
    whole = [v for _ in range(50) for v in visits(people, 0, Sight(), 0.0, rng)]
    broken = [v for _ in range(50) for v in visits(people, 0, Sight(length=0.5), 0.0, rng)]

    assert max(visit.length_s for visit in whole) <= 60.0
    median_s = np.median([visit.length_s for visit in whole])
    assert np.median([visit.length_s for visit in broken]) < 0.8 * median_s


@pytest.mark.slow
def test_a_simulated_mounting_has_three_people_a_play() -> None:
    """Ten minutes each, in shares of the picture."""
    slots = mounting(1, plays=1).slots

    assert slots.shape == (3, 40, 4)
    assert (slots[..., 1] < 1.0).all()
    assert (slots[..., 0] > 0.5).all()


def test_intervals_of_shares_are_exact() -> None:
    """As the tables have them: none of 100 may be 3.6 %."""
    assert share_interval(0, 100) == (0.0, pytest.approx(0.0362, abs=1e-4))
    assert share_interval(5, 5)[1] == 1.0

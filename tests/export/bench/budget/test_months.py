"""Composed weeks: people come by hours and weekdays, and alarms are counted as alerts open."""

import numpy as np
import pytest

from export.bench.budget.library import Play
from export.bench.budget.months import CameraLife, LivedBlock, Living, drawn_life, with_events


def play(seed: int = 1, score: float = 2.0, **more: object) -> Play:
    """A play in which one score is held all the time."""
    slots = {"movement": dict.fromkeys(range(40), score)}
    return Play(seed, 10.0, 1, 600.0, slots, 0, **more)  # type: ignore[arg-type]


def life(**more: object) -> CameraLife:
    """A camera that sees one kind of people."""
    return CameraLife([play()], 2.0, (1.0,) * 7, **more)  # type: ignore[arg-type]


def test_the_same_seed_is_the_same_life() -> None:
    """A bench that is repeated finds the same."""
    days = [Living(life(), np.random.default_rng(3)).next_day() for _ in range(2)]

    assert days[0] == days[1]


def test_nights_are_calmer_than_days() -> None:
    """Visits follow the hours of a shop."""
    living = Living(life(), np.random.default_rng(3))
    blocks = [block for _ in range(7) for block in living.next_day()]
    seen = [bool(block.slots) for block in blocks]
    night = [found for block, found in zip(blocks, seen, strict=True) if block.number % 144 < 30]

    assert np.mean(night) < 0.3 < np.mean(seen)


def test_alarms_are_episodes_at_the_threshold() -> None:
    """Two with calm between are two, of two kinds at once one, below the threshold none."""
    slots = {"movement": {0: 3.0, 1: 3.0, 5: 1.0, 8: 3.0}, "fall": {0: 1.5}}
    block = LivedBlock(1, slots)  # type: ignore[arg-type]

    assert block.alarms({"movement": 2.0, "fall": 1.0}) == 2
    assert block.alarms({"movement": 4.0, "fall": 1.0}) == 1
    assert block.alarms({"movement": 4.0, "fall": 2.0}) == 0


def test_events_come_in_a_share_of_the_blocks() -> None:
    """Each has its play's event in it."""
    happening = play(2, 9.0, event_slots={10: "fall"})
    living = Living(with_events(life(), [happening], 0.1), np.random.default_rng(3))
    blocks = [block for _ in range(5) for block in living.next_day()]
    events = [block for block in blocks if block.event]

    assert len(events) / len(blocks) == pytest.approx(0.1, abs=0.04)
    assert all(max(block.slots["movement"].values()) > 8 for block in events)


def test_a_camera_sees_a_third_of_the_people() -> None:
    """Cameras differ in whom they see."""
    plays = [play(seed) for seed in range(30)]

    lives = [drawn_life(plays, np.random.default_rng(seed)) for seed in (1, 2)]

    assert [len(each.plays) for each in lives] == [10, 10]
    assert lives[0].plays != lives[1].plays

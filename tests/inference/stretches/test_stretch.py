"""How near a score came to its threshold, and by which chance a stretch is drawn."""

import math

import pytest

from inference.stretches.stretch import HIGHEST_PRIORITY, closeness, priority_of


@pytest.mark.parametrize(
    ("score", "threshold", "rarity", "expected"),
    [
        (2.0, 2.0, (None, None), 1.0),
        (9.0, 2.0, (50.0, 1.0), 1.0),
        (1.0, 2.0, (None, None), 0.5),
        (-3.0, 2.0, (None, None), 0.0),
        (-2.0, -1.0, (None, None), math.exp(-1)),
        (1.0, 2.0, (0.0, 8.0), 0.0),
        (1.0, 2.0, (2.0, 8.0), 0.5),
    ],
)
def test_closeness_is_1_at_the_threshold(
    score: float, threshold: float, rarity: tuple[float | None, float | None], expected: float
) -> None:
    """By rarity where both are known, else by scores; those of movement may be negative."""
    assert closeness(score, threshold, rarity) == pytest.approx(expected)


def test_priorities_are_by_chance_and_always_the_same() -> None:
    """Another seed draws another sample; half lies in each half."""
    drawn = [priority_of(1, f"stretch-{number}") for number in range(1000)]

    assert drawn == [priority_of(1, f"stretch-{number}") for number in range(1000)]
    assert drawn != [priority_of(2, f"stretch-{number}") for number in range(1000)]
    assert all(0 <= each < HIGHEST_PRIORITY for each in drawn)
    assert 430 < sum(each < HIGHEST_PRIORITY // 2 for each in drawn) < 570

"""The checks that all options share."""

import math
from dataclasses import dataclass

import pytest

from tracker.validation import require_at_least, require_positive


@dataclass(frozen=True)
class Options:
    """Two numbers."""

    good: float = 2.0
    judged: float = 2.0


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_what_is_not_above_zero_is_refused(value: float) -> None:
    """The text names the field, its value and the remedy."""
    with pytest.raises(ValueError, match=f"judged is {value}; it must be above 0"):
        require_positive(Options(judged=value), "good", "judged")


@pytest.mark.parametrize("value", [1.9, -1.0, math.nan])
def test_what_is_too_low_is_refused(value: float) -> None:
    """The text names the field, its value and the remedy."""
    with pytest.raises(ValueError, match=f"judged is {value}; it must be at least 2"):
        require_at_least(Options(judged=value), good=0, judged=2)


def test_what_lies_in_the_range_passes() -> None:
    """The lower end belongs to it, 0 does not."""
    require_at_least(Options(), good=2, judged=2)
    require_positive(Options(judged=1e-9), "good", "judged")

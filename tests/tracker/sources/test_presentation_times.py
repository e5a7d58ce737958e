"""Times of frames from the time stamps of files, whole and absurd ones."""

import math
from itertools import pairwise

import numpy as np
import pytest

from tracker.sources.presentation_times import PresentationTimes

NONE = math.nan


@pytest.mark.parametrize(
    ("stamps_s", "at_s", "repaired"),
    [
        ([0.0, 0.04, 0.08], [0.0, 0.04, 0.08], 0),
        ([5.0, 5.04, 25.04, 25.08], [0.0, 0.04, 20.04, 20.08], 0),  # a hole stays
        ([0.0] * 4, [0.0, 0.04, 0.08, 0.12], 3),  # none at all
        ([0.0, 0.04, 0.04, 0.12], [0.0, 0.04, 0.08, 0.12], 1),  # one twice
        ([0.0, 0.04, NONE, 0.12], [0.0, 0.04, 0.08, 0.12], 1),  # one missing
        ([9.0, 9.04, 0.0, 9.12, 9.16], [0.0, 0.04, 0.08, 0.12, 0.16], 1),  # one absurd
        ([9.0, 9.04, 1.7e9, 9.12, 9.16], [0.0, 0.04, 0.08, 0.12, 0.16], 1),
        ([9.0, 9.04, -1e300, 9.12], [0.0, 0.04, 0.08, 0.12], 1),
        # Two recordings in one file, and a counter that begins again.
        ([9.0, 9.04, 0.0, 0.04, 0.08], [0.0, 0.04, 0.08, 0.12, 0.16], 1),
        # Disorder: the times catch up without ever going back.
        ([0.0, 0.04, 0.12, 0.08, 0.16, 0.2], [0.0, 0.04, 0.12, 0.14, 0.16, 0.2], 1),
        ([9.0, 9.04, 0.0, 0.0, 0.0, 9.2, 9.24], [0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24], 3),
    ],
)
def test_times_advance_and_keep_holes(
    stamps_s: list[float], at_s: list[float], repaired: int
) -> None:
    """Usable stamps are kept; absurd ones are replaced by the usual step, and counted."""
    times = PresentationTimes(25.0)

    assert [times.at(stamp_s) for stamp_s in stamps_s] == pytest.approx(at_s, abs=1e-6)
    assert times.repaired == repaired
    assert bool(times.remark) == bool(repaired)


def test_any_stamps_give_times_that_advance() -> None:
    """Whatever a file holds, no frame comes before or with another."""
    random = np.random.default_rng(3)
    choices = [0.0, -1.0, 1e-9, 0.04, 3600.0, 1e5, -1e18, 1e18, math.inf, -math.inf, NONE]
    for _ in range(50):
        times = PresentationTimes(25.0)

        at_s = [times.at(float(one)) for one in random.choice(choices, 60)]

        assert all(later > earlier for earlier, later in pairwise(at_s))
        assert math.isfinite(at_s[-1])


def test_the_usual_step_follows_the_stamps() -> None:
    """After a change of rate an estimate is as long as the new rate's step."""
    times = PresentationTimes(25.0)
    for number in range(40):
        times.at(number / 5)

    assert times.at(NONE) == pytest.approx(40 / 5)

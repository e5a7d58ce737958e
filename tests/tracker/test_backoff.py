"""Delays between retries: they double, stop at the bound, and differ between processes."""

import random
from itertools import islice

import pytest

from tracker.backoff import Backoff


def test_delays_double_up_to_the_bound() -> None:
    """Without jitter they are exact, also after thousands of failures."""
    delays = list(islice(Backoff(0.2, 5.0).delays(), 5000))

    assert delays[:6] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0])
    assert set(delays[5:]) == {5.0}


def test_jitter_shortens_each_delay_by_its_share_at_most() -> None:
    """Processes that failed together do not retry together, and nobody waits longer than asked."""
    backoff = Backoff(1.0, 1.0, jitter=0.5)
    delays = [backoff.delay_s(1, random.Random(seed)) for seed in range(50)]

    assert all(0.5 <= delay <= 1.0 for delay in delays)
    assert len(set(delays)) == 50


@pytest.mark.parametrize("numbers", [(0.0, 1.0, 0.0), (2.0, 1.0, 0.0), (1.0, 1.0, 1.5)])
def test_senseless_delays_are_refused(numbers: tuple[float, float, float]) -> None:
    """None at all, a bound below the first, more randomness than delay."""
    with pytest.raises(ValueError, match=r"first_s|longest_s|jitter"):
        Backoff(*numbers)

"""A stream of windows over time keeps its books and its bounds."""

import numpy as np
import pytest

from export.capacity.backlog import through_stream


@pytest.mark.parametrize("seed", range(8))
def test_what_is_pushed_is_scored_dropped_or_waiting(seed: int) -> None:
    """Whatever comes and whoever serves, by chance, pauses included."""
    rng = np.random.default_rng(seed)
    arriving = rng.random(300) * 8000
    serving = rng.random(300) * 8000 * (rng.random(300) < 0.7)

    flow = through_stream(arriving, serving, 0.1, bound=3000)

    assert flow.pushed == pytest.approx(flow.scored + flow.dropped + flow.waiting)
    assert flow.waiting <= 3000.001
    assert flow.waits_s.max() <= 15.0


def test_a_full_stream_drops_its_oldest() -> None:
    """100 windows/s for 10 s and nobody to score them, room for 300."""
    flow = through_stream(np.full(100, 100.0), np.zeros(100), 0.1, bound=300)

    assert (flow.trimmed, flow.stale, flow.waiting) == pytest.approx((700, 0, 300))


def test_what_is_too_old_is_dropped() -> None:
    """After a pause of 20 s the windows of the last 15 are left."""
    flow = through_stream(np.full(200, 10.0), np.zeros(200), 0.1)

    assert flow.stale == pytest.approx(49)
    assert flow.waiting == pytest.approx(151)

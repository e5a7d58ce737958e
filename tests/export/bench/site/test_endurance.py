"""The endurance bench separates drift from noise and reads the service's own figures."""

import pytest
from support.waiting import eventually

from export.bench.site.endurance import Sample, drift, watch


def _sample(minute: float, age_ms: float, memory_mb: float) -> Sample:
    return Sample(minute, 4, [5.0] * 4, age_ms / 2, age_ms, memory_mb, 40, 1.5)


def test_a_steady_site_does_not_drift() -> None:
    """Equal samples give slopes of zero."""
    samples = [_sample(minute, 120.0, 500.0) for minute in range(10)]

    assert drift(samples) == {
        "age_p50_ms_per_hour": 0.0,
        "age_p95_ms_per_hour": 0.0,
        "memory_mb_per_hour": 0.0,
        "threads_per_hour": 0.0,
    }


def test_growth_is_told_per_hour_and_the_start_is_forgiven() -> None:
    """One MB a minute is 60 an hour, however wild the first minutes were."""
    samples = [_sample(minute, 9000.0, 0.0) for minute in (1, 2)]
    samples += [_sample(minute, 100.0 + minute, 500.0 + minute) for minute in range(3, 12)]

    slopes = drift(samples)

    assert slopes["memory_mb_per_hour"] == pytest.approx(60.0)
    assert slopes["age_p95_ms_per_hour"] == pytest.approx(60.0)


@pytest.mark.slow
def test_a_running_site_is_seen_whole() -> None:
    """Every sample tells the cameras' rates, the frames' ages and the memory."""
    seen: list[Sample] = []
    minutes = [0.1]

    def is_live() -> bool:
        """Watch; on a busy machine it takes longer until the camera is live."""
        minutes.append(2 * minutes[-1])
        seen[:] = watch(["sim:?people=2&fps=10&seed=1"], minutes=minutes[-2], every_s=3.0)
        return seen[-1].live == 1 and seen[-1].age_p95_ms > 0

    eventually(is_live)

    last = seen[-1]
    assert 0.0 < last.fps[0] < 15.0
    assert 0.0 < last.age_p50_ms <= last.age_p95_ms
    assert last.memory_mb > 50.0

"""What a service's metrics say, read from their text."""

import numpy as np

from export.bench.site.readings import quantile_ms, read, since

TEXT = """\
# HELP posewarden_windows_scored_total Windows scored by the workers.
# TYPE posewarden_windows_scored_total counter
posewarden_windows_scored_total 12.0
posewarden_frames_dropped_total{camera="a",reason="late"} 3.0
posewarden_frames_dropped_total{camera="b",reason="late"} 4.0
posewarden_frames_dropped_total{camera="b",reason="overload"} 1.0
posewarden_capture_to_push_seconds_bucket{camera="a",le="0.1"} 2.0
posewarden_capture_to_push_seconds_bucket{camera="a",le="+Inf"} 3.0
posewarden_capture_to_push_seconds_bucket{camera="b",le="0.1"} 5.0
posewarden_capture_to_push_seconds_bucket{camera="b",le="+Inf"} 5.0
"""


class Told:
    """A service with these metrics."""

    def metrics(self) -> str:
        """Return the text."""
        return TEXT


def test_series_are_read_and_summed() -> None:
    """Series with and without labels read; sums go over all labels that are not asked for."""
    reading = read(Told())  # type: ignore[arg-type]

    assert reading.value("windows_scored_total") == 12
    assert reading.value("frames_dropped_total", camera="b", reason="late") == 4
    assert reading.value("frames_dropped_total", camera="c", reason="late") == 0
    assert reading.total("frames_dropped_total", reason="late") == 7
    assert reading.by("frames_dropped_total", "reason") == {"late": 7, "overload": 1}
    assert reading.histogram("capture_to_push_seconds").tolist() == [[0.1, 7], [np.inf, 8]]


def test_a_first_reading_without_values_counts_as_zero() -> None:
    """What came since then is everything."""
    now = np.array([[0.1, 7.0], [np.inf, 8.0]])

    assert since(np.empty((0, 2)), now).tolist() == now.tolist()
    assert since(now, 2 * now)[:, 1].tolist() == [7, 8]


def test_quantiles_come_from_cumulative_buckets() -> None:
    """Half of the frames lie below 0.1 s, all below 0.2 s."""
    ages = np.array([[0.1, 50.0], [0.2, 100.0], [np.inf, 100.0]])

    assert quantile_ms(ages, 0.5) == 100.0
    assert quantile_ms(ages, 0.75) == 150.0

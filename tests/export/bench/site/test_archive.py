"""The bench of the archive asks what clients may ask."""

import pytest

from export.bench.site.archive import bench


@pytest.mark.slow
def test_every_question_is_answered() -> None:
    """Over a small archive each question has its figures, and deep cursors theirs."""
    figures = bench(2_000, 1, 1)

    assert figures["alerts"] == 2_000
    assert {"newest", "newest, deep cursor", "text", "all of these, time range"} <= figures.keys()
    assert all(" / " in figures[name] for name in ("newest", "zone", "text, verdict, camera"))

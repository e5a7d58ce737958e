"""The load bench sees what a service does, and says what breaks."""

from typing import Any

import pytest

from export.bench.site.load import load
from export.bench.site.load_report import breaking, failures
from export.bench.site.load_scenario import Scenario

CARRIED: dict[str, Any] = {
    "cameras": 8,
    "frames": {"asked_per_s": 120.0, "looked_at_per_s": 119.9, "unexplained": 0},
    "windows": {"dropped": {}, "unexplained": 0},
    "latency_ms": {"client": {"p95": 90.0}},
    "cores_used": {"camera": 0.2, "redis": 0.1, "all": 0.3},
    "fails": [],
}


@pytest.mark.slow
def test_a_small_load_is_carried_and_accounted_for() -> None:
    """Frames and windows come through, as many as the machine can; every process's cost is told."""
    scenario = Scenario(cameras=2, people=3, fps=10.0, seconds=4.0)

    figures = load(scenario, settle_s=3.0)

    assert figures["frames"]["asked_per_s"] == 20
    assert figures["frames"]["looked_at_per_s"] > 0
    assert figures["windows"]["scored_per_s"] > 0
    assert (figures["frames"]["unexplained"], figures["windows"]["unexplained"]) == (0, 0)
    assert figures["latency_ms"]["capture_to_score"]["p50"] > 0
    for told in ("cpu_ms_per_frame", "memory_mb"):
        assert {"supervisor", "redis", "camera", "worker", "api"} <= figures[told].keys()
    assert figures["redis_bytes"]["in_per_frame"] > 3 * 204  # each person's joints
    assert figures["redis_ms_per_frame"]["evalsha"] > 0


def test_every_missed_target_is_said() -> None:
    """Frames, lateness, drops and whatever nobody can explain fail a load, each by itself."""
    assert failures(CARRIED) == []
    for part, change in (
        ("frames", {"looked_at_per_s": 100.0}),
        ("frames", {"unexplained": 20}),
        ("windows", {"dropped": {"trimmed": 3.0}}),
        ("windows", {"unexplained": -900}),
        ("latency_ms", {"client": {"p95": 1200.0}}),
        ("latency_ms", {"client": {"p95": float("nan")}}),
    ):
        assert len(failures({**CARRIED, part: {**CARRIED[part], **change}})) == 1


def test_counters_that_do_not_add_up_are_said_in_words() -> None:
    """Too few at the end, and too many, which a bare negative number would not explain."""
    frames = {**CARRIED["frames"], "unexplained": 20}
    windows = {**CARRIED["windows"], "unexplained": -2}

    assert failures({**CARRIED, "frames": frames, "windows": windows}) == [
        "20 frames were neither looked at nor dropped",
        "2 windows more were scored or dropped than there were",
    ]


def test_the_first_load_that_fails_is_what_breaks() -> None:
    """The verdict names its cameras, its failures and the busiest process."""
    broken = {**CARRIED, "cameras": 64, "fails": ["too late"]}

    assert breaking([CARRIED]) == "nothing breaks up to 8 cameras"
    assert breaking([CARRIED, broken]).startswith("64 cameras: too late.")
    assert breaking([CARRIED, broken]).endswith("camera: 0.2")


def test_events_do_not_coincide() -> None:
    """Every camera has its events at times of its own, all along the measurement."""
    sources = [
        camera["source"] for camera in Scenario(cameras=4, people=5, fps=15, seconds=60).sources()
    ]

    first = [source.partition("events=")[2].split(",")[0] for source in sources]
    assert len(set(first)) == 4
    assert all(source.count("@") >= 3 for source in sources)

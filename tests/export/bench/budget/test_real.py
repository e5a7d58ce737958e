"""Real people's clips are halved at random, calibrated by, and held out."""

from collections.abc import Mapping

import numpy as np
import pytest

from export.bench.budget.command import table
from export.bench.budget.real import RealClip, splits, thresholds_for
from inference.calibration.calibrate import KindLimits

LIMITS = {"movement": KindLimits(card=2.0, floor=0.5, ceiling=1e6)}


def clip(camera: str, *scores: float) -> RealClip:
    """A clip whose blocks have these peaks."""
    blocks: list[Mapping[str, tuple[float, ...]]] = [{"movement": (score,)} for score in scores]
    return RealClip(camera, len(scores) / 120, {}, blocks)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["video", "camera"])
def test_halves_share_no_clip(by: str) -> None:
    """By camera no camera either; together they are all."""
    clips = [clip(f"hr-{number // 3}", 1.0) for number in range(12)]

    for given, out in splits(clips, by, 5, np.random.default_rng(1)):
        assert {id(each) for each in given} & {id(each) for each in out} == set()
        assert len(given) + len(out) == 12
        if by == "camera":
            assert {each.camera for each in given} & {each.camera for each in out} == set()


def test_a_promise_by_the_hour_is_one_of_thirty_second_blocks() -> None:
    """Twelve an hour are one in ten blocks of 30 s."""
    scores = np.random.default_rng(2).standard_exponential(400) + 1

    found = thresholds_for([clip("hr-1", *scores)], 12.0, LIMITS)  # type: ignore[arg-type]

    assert found is not None
    assert (scores > found["movement"]).mean() == pytest.approx(0.1, abs=0.01)


def test_what_is_too_short_makes_no_promise() -> None:
    """An hour of blocks is no day of 72 minutes."""
    assert thresholds_for([clip("hr-1", *[1.0] * 120)], 1.0, LIMITS) is None  # type: ignore[arg-type]


def test_the_tables_have_promised_beside_raised() -> None:
    """A row a life and level, and a row a set and level."""
    simulated = {
        "life": "as ever",
        "promised_per_day": 1.0,
        "camera_weeks": 203,
        "raised_per_day": 0.95,
        "interval": (0.9, 1.0),
        "weeks_kept": 200,
        "weeks_above": 1,
        "events_found": None,
    }
    real = {
        "set": "hr by camera",
        "promised_per_hour": 3.0,
        "raised_per_hour": 3.1,
        "kept": 7,
        "splits": 8,
        "by_the_cards_threshold_per_hour": 20.0,
    }

    text = "\n".join(table({"simulated": [simulated], "real": [real]}))

    assert "| as ever | 1 | 0.95 (0.900–1.000) | 200 of 203 | 1 | – |" in text
    assert "| hr by camera | 3 | 3.1 | 7 of 8 | 20.0 |" in text

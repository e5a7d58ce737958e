"""The settings of alerting."""

import math

import pytest

from inference.alert_options import AlertOptions


@pytest.mark.parametrize(
    "change",
    [
        {"smoothing_s": 0.0},
        {"minimum_s": -1.0},
        {"close_ratio": 1.1},
        {"silence_s": 1.0},
        {"people": 0},
        {"update_every_s": math.nan},
    ],
)
def test_options_out_of_range_are_refused(change: dict[str, float]) -> None:
    """Each range stands beside its field."""
    with pytest.raises(ValueError, match=next(iter(change))):
        AlertOptions(**change)

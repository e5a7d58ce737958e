"""Drawn examples."""

from itertools import islice

import numpy as np
import pytest

from export.bench.events.command import shipped_rule
from export.bench.events.examples import MOMENTS, TILE_PX, drawn, falls
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow

BUNDLED = bundled_model()


@pytest.mark.slow
def test_a_found_fall_turns_red_when_its_alert_opens() -> None:
    """The last figure is the alert's; one that is not found has no red."""
    flow = OnnxFlow(BUNDLED)
    shown = list(islice(falls(flow, shipped_rule(flow.card)), 4))

    assert any(one.alert_s is not None for one in shown)
    for one in shown:
        row = drawn(one)
        assert row.shape[1] == MOMENTS * TILE_PX
        red = np.any((row[..., 2] > 150) & (row[..., 0] < 100))
        assert red == (one.alert_s is not None)

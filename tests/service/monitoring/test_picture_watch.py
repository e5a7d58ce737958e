"""Whether the heartbeat may go on, by what the canary found."""

from pathlib import Path
from typing import Any

import pytest
from support.picture_canary_site import EVERY_S

from service.monitoring.picture_watch import all_well
from service.ports.canary import CanaryShowing, is_hidden
from tracker.camera import film_networks
from tracker.weights.store import ModelStore


def _row(**fields: Any) -> CanaryShowing:  # of any type
    return CanaryShowing(**{"process": "a", "path": "yolox", "at": 0.0, **fields})


@pytest.mark.parametrize(
    ("rows", "well"),
    [
        ([], False),
        ([_row(state="waiting")], False),
        ([_row(state="passed", passed_at=1000.0)], True),
        ([_row(state="passed", passed_at=1000.0 - 2.1 * EVERY_S)], False),
        ([_row(state="passed", passed_at=1000.0), _row(state="waiting", process="new")], True),
        ([_row(state="passed", passed_at=1000.0), _row(state="not-run", path="rtmo")], True),
        ([_row(state="not-run")], False),
        ([_row(state="failed", stage="worker", failures=1, passed_at=1000.0)], True),
        ([_row(state="failed", stage="worker", failures=2, passed_at=1000.0)], False),
        ([_row(state="failed", stage="pose", failures=1, passed_at=1000.0)], False),
    ],
)
def test_the_heartbeat_needs_falls_that_are_found(rows: list[CanaryShowing], well: bool) -> None:
    """A recent pass by every process; a restart behind them costs one showing, not the beat."""
    assert all_well(rows, 1000.0, EVERY_S) is well


def test_no_site_may_name_a_camera_like_the_canary() -> None:
    """Hidden cameras and configured ones cannot be mixed up."""
    assert is_hidden(_row(state="waiting").camera)
    assert not is_hidden("canary")
    assert film_networks.paths_of(set(), ModelStore([], Path("nowhere"))) == []

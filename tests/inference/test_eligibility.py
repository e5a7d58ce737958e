"""Which windows get no score, and that all others get a finite one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inference.eligibility import endpoints, rejection_reasons
from inference.flow_onnx import OnnxFlow
from inference.scoring import score_windows
from tracker.types import Float32, PersonId, Window

Walk = Callable[..., Float32]


def test_a_whole_window_is_scorable(make_walk: Walk) -> None:
    """An ordinary body, all seen, has no reason against it."""
    assert rejection_reasons(make_walk(3), fps=24.0) == [None, None, None]


def test_no_windows_have_no_reasons(flow: OnnxFlow, make_walk: Walk) -> None:
    """Nothing in, nothing out."""
    assert rejection_reasons(make_walk(0), fps=24.0) == []
    assert score_windows(flow, make_walk(0)) == []


@pytest.mark.parametrize(("unseen", "reason"), [(8, None), (9, "too_few_joints")])
def test_half_of_the_joints_must_be_seen(make_walk: Walk, unseen: int, reason: str) -> None:
    """Up to half of the joints may be guesses."""
    windows = make_walk(1)
    windows[:, :, :unseen, 2] = 0.1

    assert rejection_reasons(windows, fps=24.0) == [reason]


@pytest.mark.parametrize(
    ("frames", "fps", "reason"),
    [(6, 24.0, None), (7, 24.0, "gap"), (7, 30.0, None), (8, 30.0, "gap")],
)
@pytest.mark.parametrize("start", [0, 9, 16])
def test_a_quarter_second_may_be_empty(
    make_walk: Walk, start: int, frames: int, fps: float, reason: str | None
) -> None:
    """A person may be unseen for 0.25 s in a row, anywhere in the window, not longer."""
    windows = make_walk(1)
    windows[:, start : start + frames, :, 2] = 0.0

    assert rejection_reasons(windows, fps=fps) == [reason]


def test_scattered_empty_frames_are_no_gap(make_walk: Walk) -> None:
    """Only frames in a row make a gap."""
    windows = make_walk(1)
    windows[:, ::3, :, 2] = 0.0

    assert rejection_reasons(windows, fps=24.0) == [None]


@pytest.mark.parametrize("y_px", [0.0, 1e-42, 240.0, 1e30])
def test_a_body_without_height_has_no_size(make_walk: Walk, y_px: float) -> None:
    """All joints on one row, wherever it lies, cannot be normalised."""
    windows = make_walk(1)
    windows[..., 1] = y_px

    assert rejection_reasons(windows, fps=24.0)[0] in ("no_size", "not_finite")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("channel", [0, 1])
def test_numbers_out_of_float32_are_not_finite(
    flow: OnnxFlow, make_walk: Walk, value: float, channel: int
) -> None:
    """Neither infinities nor finite numbers whose squares overflow come out as a score."""
    windows = make_walk(2)
    windows[0, 3, 5, channel] = value

    scores = score_windows(flow, windows)

    assert scores[0] == (None, "not_finite")
    assert scores[1][1] is None


def test_reasons_stay_with_their_windows(flow: OnnxFlow, make_walk: Walk) -> None:
    """Unscorable windows between others do not shift their scores."""
    windows = make_walk(4)
    windows[1, ..., 2] = 0.0
    alone = [score_windows(flow, windows[[row]])[0] for row in range(4)]

    together = score_windows(flow, windows)

    assert [reason for _, reason in together] == [None, "too_few_joints", None, None]
    for row in (0, 2, 3):
        assert together[row][0] == pytest.approx(alone[row][0], rel=1e-5)


@given(
    windows=arrays.arrays(
        np.float32,
        (2, 24, 17, 3),
        elements=st.floats(width=32),
        fill=st.floats(width=32),
    )
)
@pytest.mark.slow
def test_there_is_either_a_finite_score_or_a_reason(flow: OnnxFlow, windows: Float32) -> None:
    """Whatever the numbers, never both, never neither, never not-a-number."""
    for nll, reason in score_windows(flow, windows):
        assert (nll is None) != (reason is None)
        assert nll is None or np.isfinite(nll)


def test_places_box_the_seen_joints_of_both_ends(make_walk: Walk) -> None:
    """Guessed joints do not count; the first pose's time follows from the rate."""
    joints = make_walk(1)[0]
    joints[0, 0] = (0.0, 0.0, 0.05)
    person = PersonId("gate", "s", 1)

    ((begin, end),) = endpoints([Window(person, 7, 100.0, joints)], fps=24.0)

    seen = joints[0, 1:, :2]
    assert begin.at == pytest.approx(100.0 - 23 / 24)
    assert end.at == 100.0
    assert begin.height_px == pytest.approx(np.ptp(seen[:, 1]))
    assert begin.x_px == pytest.approx((seen[:, 0].min() + seen[:, 0].max()) / 2)
    assert end.y_px == pytest.approx((joints[-1, :, 1].min() + joints[-1, :, 1].max()) / 2)


def test_places_are_finite_even_where_joints_are_not(make_walk: Walk) -> None:
    """An unscorable window's places must still travel as numbers."""
    joints = make_walk(1)[0]
    joints[0] = np.nan
    joints[-1, :, 2] = 0.0

    ((begin, end),) = endpoints([Window(PersonId("gate", "s", 1), 7, 100.0, joints)], fps=24.0)

    assert (begin.x_px, begin.y_px, begin.height_px) == (0.0, 0.0, 0.0)
    assert end.height_px > 0
    assert endpoints([], fps=24.0) == []

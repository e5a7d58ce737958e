"""What is held is exactly the threshold at which the rule would have fired."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cue_maker import DROPPING, LYING, STANDING

from inference.calibration.held import NOTHING, SPANS, HeldDrop, HeldScore
from inference.hysteresis import Hysteresis, HysteresisOptions
from inference.kinds.fall import FallOptions, FallState

RULE = HysteresisOptions(smoothing_s=0.4, minimum_s=0.4)
steps_s = st.sampled_from([0.04, 0.1, 0.125, 0.3, 0.5])
values = st.floats(-3.0, 8.0, allow_nan=False)
scores = st.lists(st.tuples(steps_s, values), min_size=1, max_size=40)


def _fires(series: list[tuple[float, float]], threshold: float) -> bool:
    state, at = Hysteresis(), 1000.0
    for step_s, value in series:
        at += step_s
        state.smooth(value, at, RULE.smoothing_s)
        if state.stays_high(value, threshold, RULE):
            return True
    return False


def _highest_held(series: list[tuple[float, float]]) -> float:
    state, held, at, highest = Hysteresis(), HeldScore(), 1000.0, NOTHING
    for step_s, value in series:
        at += step_s
        smoothed = state.smooth(value, at, RULE.smoothing_s)
        highest = max(highest, held.add(smoothed, value, at, RULE))
    return highest


@given(scores)
@settings(deadline=None)
def test_the_rule_fires_just_up_to_what_is_held(series: list[tuple[float, float]]) -> None:
    """At the held score the rule fires, a little above it never does."""
    held = _highest_held(series)

    if held == NOTHING:
        assert not _fires(series, -100.0)
        return
    assert _fires(series, held)
    assert not _fires(series, held + 1e-6)


def test_one_high_score_holds_nothing() -> None:
    """A jittery window among calm ones is held no higher than they are."""
    series = [(0.1, 1.0)] * 20 + [(0.1, 50.0)] + [(0.1, 1.0)] * 20

    assert _highest_held(series) == pytest.approx(1.0)


def test_what_is_remembered_has_a_bound() -> None:
    """A score that rises forever keeps no more than so many spans."""
    state, held = Hysteresis(), HeldScore()
    for number in range(200):
        smoothed = state.smooth(float(number), number / 10, RULE.smoothing_s)
        held.add(smoothed, float(number), number / 10, RULE)

    assert len(held.spans) <= SPANS


falls = st.lists(st.floats(0.0, 1.0), min_size=4, max_size=40)


@given(falls, st.booleans())
@settings(deadline=None)
def test_a_fall_is_decided_just_up_to_what_is_held(lows: list[float], legs: bool) -> None:
    """The fall's rule at the held threshold decides, a little above it does not."""
    options = FallOptions()
    held, highest = HeldDrop(), NOTHING
    state = FallState()
    cues = [_between(low, legs) for low in lows]
    for number, each in enumerate(cues):
        state.update(each, number / 15, options)
        held.add(state, number / 15, options)
        highest = max(highest, held.now)

    if highest <= 0:
        return
    assert _decides(cues, highest - 1e-9)
    assert not _decides(cues, highest + 1e-6)


def _between(low: float, legs: bool) -> object:
    """Return cues of somebody who is so far down, with legs that shorten or not."""
    between = {
        name: getattr(STANDING, name) + low * (getattr(LYING, name) - getattr(STANDING, name))
        for name in ("height_px", "height_lost", "upright", "hip_drop")
    }
    return replace(
        DROPPING, **between, top_speed=1.6 * low, legs_upright=1 - low if legs else float("nan")
    )


def _decides(cues: list[object], threshold: float) -> bool:
    state = FallState()
    decided = [
        state.update(each, number / 15, FallOptions(), threshold)  # type: ignore[arg-type]
        for number, each in enumerate(cues)
    ]
    return any(decided)


def test_who_vanishes_low_fell_at_what_was_held() -> None:
    """Out of sight for long enough, the last score counts without being confirmed."""
    options, state, held = FallOptions(), FallState(), HeldDrop()
    for number, cues in enumerate([STANDING] * 5 + [_between(0.8, legs=False)] * 2):
        state.update(cues, number / 15, options)  # type: ignore[arg-type]
        held.add(state, number / 15, options)

    assert held.now == NOTHING
    assert held.vanished(state, 6 / 15 + 0.1, options) == NOTHING
    assert held.vanished(state, 6 / 15 + 0.4, options) == pytest.approx(state.drop)
    assert state.drop > 1


def test_the_hold_never_rises_while_the_score_falls() -> None:
    """A score that only falls is held at what it has come down to."""
    state, held = Hysteresis(), HeldScore()
    found = []
    for number in range(20):
        value = 5.0 - number / 10
        found.append(held.add(state.smooth(value, number / 10, 0.4), value, number / 10, RULE))

    late = [each for each in found if each != NOTHING]
    assert all(after <= before for before, after in pairwise(late))

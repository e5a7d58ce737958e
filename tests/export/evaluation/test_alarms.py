"""The live service's alarm rule, offline."""

from typing import cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from export.evaluation.alarms import AlarmOptions, alarms
from export.evaluation.protocols import Float64
from inference.person_alert import SCORES_TO_OPEN, AlertOptions, begin, close, follow
from inference.types import Position, Score
from tracker.types import PersonId

THRESHOLD = 1.3
LEVELS = st.sampled_from([0.9, 1.2, 1.29, 1.31, 1.5, 3.0])


def live(nll: Float64, at_s: Float64) -> list[tuple[float, float]]:
    """Return when the service opens and closes, fed score by score."""
    told, trail = [], None
    for seq, (value, at) in enumerate(zip(nll.tolist(), at_s.tolist(), strict=True)):
        here = Position(at, 0.0, 0.0, 1.0)
        score = Score(PersonId("gate", "s", 1), seq, at, value, None, here, here, "m", str(seq))
        trail = trail or begin(score)
        told.append(follow(trail, score, None, THRESHOLD, AlertOptions()))
    if trail is not None:
        told.append(close(trail, float(at_s[-1])))
    events = [decision.event for decision in told if decision]
    opened = [event.alert.opened_at for event in events if event.type == "opened"]
    closed = [cast(float, e.alert.closed_at) for e in events if e.type == "closed"]
    return list(zip(opened, closed, strict=True))


def test_the_defaults_are_the_services() -> None:
    """What is judged offline is what alarms live."""
    ours, theirs = AlarmOptions(), AlertOptions()

    for name in ("smoothing_s", "minimum_s", "close_ratio", "hold_s"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.scores == SCORES_TO_OPEN


@given(
    runs=st.lists(st.tuples(LEVELS, st.integers(1, 20)), max_size=8),
    interval_s=st.sampled_from([0.12, 0.2, 0.3, 7 / 24]),
)
def test_alarms_are_the_services(runs: list[tuple[float, int]], interval_s: float) -> None:
    """Whatever somebody's scores, both open and close at the same moments."""
    nll = np.repeat([level for level, _ in runs], [number for _, number in runs])
    at_s = np.arange(len(nll)) * interval_s

    found = alarms(nll, at_s, THRESHOLD, AlarmOptions())

    assert [(one.opened_s, one.closed_s) for one in found] == live(nll, at_s)


def test_a_high_score_alone_is_no_alarm() -> None:
    """One jittery window holds the smoothed score up, but opens nothing; two in a row do."""
    at_s = np.arange(20) * 0.2
    once, longer = np.full(20, 0.8), np.full(20, 0.8)
    once[10], longer[10:14] = 5.0, 5.0

    assert alarms(once, at_s, THRESHOLD, AlarmOptions()) == []
    assert len(alarms(longer, at_s, THRESHOLD, AlarmOptions())) == 1

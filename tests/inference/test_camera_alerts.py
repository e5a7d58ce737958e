"""When scores become alerts, and that redelivery and restarts change nothing."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.score_maker import ScoreMaker

from inference.camera_alerts import CameraAlerts
from inference.types import Score

CALM, BAND, WILD = 1.0, 1.95, 5.0


def test_one_episode_is_one_alert_from_opening_to_close(scoring: ScoreMaker) -> None:
    """It opens, its peak is told, it closes at the time the person calmed down."""
    decisions = scoring.decided(scoring.series([CALM] * 5 + [WILD] * 10 + [CALM] * 12))

    assert scoring.kinds(decisions) == ["opened", "closed"]
    assert len({decision.event.alert.id for decision in decisions}) == 1
    versions = [decision.event.alert.version for decision in decisions]
    assert versions == list(range(1, len(decisions) + 1))
    opened, closed = decisions[0].event.alert, decisions[-1].event.alert
    assert (opened.state, opened.closed_at, opened.person) == ("open", None, "gate/s1/1")
    assert closed.state == "closed"
    assert closed.closed_at is not None
    assert opened.opened_at < closed.peak_at < closed.closed_at < closed.updated_at
    assert scoring.threshold < closed.peak_score < WILD


def test_two_scores_over_the_minimum_open(scoring: ScoreMaker) -> None:
    """At 10 frames a second, two scores 0.3 s apart are enough, rounding or not."""
    decisions = scoring.decided(scoring.series([WILD, WILD]))

    assert scoring.kinds(decisions) == ["opened"]
    assert decisions[0].event.alert.opened_at == scoring.start_at + 0.3


@pytest.mark.parametrize(
    "values", [[WILD], [CALM, 4.0, CALM, CALM], [WILD, CALM, CALM], [CALM, 50.0] + [CALM] * 9]
)
def test_a_single_high_score_opens_nothing(scoring: ScoreMaker, values: list[float]) -> None:
    """One jittery window is no event."""
    assert scoring.decided(scoring.series(values)) == []


def test_a_pause_shorter_than_the_hold_stays_one_alert(scoring: ScoreMaker) -> None:
    """Calm for 1.5 s is a breath, not an end."""
    decisions = scoring.decided(scoring.series([WILD] * 4 + [CALM] * 5 + [WILD] * 4 + [CALM] * 12))

    assert scoring.kinds(decisions) == ["opened", "closed"]


def test_two_episodes_are_two_alerts(scoring: ScoreMaker) -> None:
    """After a close, the next rise has a name of its own."""
    decisions = scoring.decided(scoring.series(([WILD] * 4 + [CALM] * 12) * 2))

    assert scoring.kinds(decisions) == ["opened", "closed"] * 2
    assert len({decision.event.alert.id for decision in decisions}) == 2


def test_a_long_episode_is_told_again_every_two_seconds(scoring: ScoreMaker) -> None:
    """Whoever watches sees that it goes on, also when nothing changes."""
    decisions = scoring.decided(scoring.series([WILD] * 68))

    updates = [d.event.alert.updated_at for d in decisions if d.event.type == "updated"]
    gaps_s = [later - earlier for earlier, later in pairwise(updates)]
    assert gaps_s == pytest.approx([2.1] * 8, abs=0.01)


def test_the_window_of_a_peak_is_told_once(scoring: ScoreMaker) -> None:
    """Decisions without a new peak carry no window."""
    decisions = scoring.decided(scoring.series([WILD] * 10 + [2 * WILD] + [CALM] * 12))

    windows = [decision.window for decision in decisions if decision.window]
    assert windows == ["0-1", "30-1"]
    assert decisions[-1].event.type == "closed"
    assert decisions[-1].window is None


@given(st.lists(st.floats(1.9, 1.9999), max_size=60), st.booleans())
def test_nothing_flaps_inside_the_band(
    scoring: ScoreMaker, values: list[float], was_open: bool
) -> None:
    """Between closing and opening threshold, what is open stays open and the rest shut."""
    alerts = scoring.alerts()
    before = scoring.decided(scoring.series([WILD] * 4 if was_open else [BAND] * 4), alerts)

    after = scoring.decided(scoring.series(values, start=12), alerts)

    assert scoring.kinds(before) == (["opened"] if was_open else [])
    assert scoring.kinds(after) == []


VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from([CALM, BAND, WILD]), st.floats(0.5, 8.0)), max_size=80
)


@given(VALUES)
def test_openings_and_closings_alternate(scoring: ScoreMaker, values: list[float | None]) -> None:
    """Whatever the scores, an alert opens once, closes once, and none is open beside another."""
    decisions = scoring.decided(scoring.series(values))

    changes = scoring.kinds(decisions)
    assert changes == (["opened", "closed"] * len(changes))[: len(changes)]
    opened = [d.event.alert.id for d in decisions if d.event.type == "opened"]
    assert len(opened) == len(set(opened))


@st.composite
def crowds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What to make the scores of a few people in two sessions of."""
    people: list[dict[str, Any]] = []
    for number, session in enumerate(("s1", "s2")):
        for person in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, 60)) + 400 * number
            place_px = draw(st.sampled_from([100.0, 150.0, 900.0]))
            who = {"number": person, "session": session, "x_px": place_px}
            people.append({"values": draw(VALUES), "start": start, **who})
    return people


def mixed(scoring: ScoreMaker, crowd: list[dict[str, Any]]) -> list[Score]:
    """The scores of all of them in the order of their frames."""
    scores = [score for person in crowd for score in scoring.series(**person)]
    return sorted(scores, key=lambda each: each.last_seq)


@given(crowds(), st.data())
@pytest.mark.slow
def test_redelivered_scores_change_nothing(
    scoring: ScoreMaker, crowd: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Any score may come again at any later time: the events are those of one delivery."""
    scores = mixed(scoring, crowd)
    again = [data.draw(st.integers(0, index)) for index in range(len(scores))]
    doubled = [each for index, one in enumerate(scores) for each in (one, scores[again[index]])]

    assert scoring.decided(doubled) == scoring.decided(scores)
    assert scoring.decided([*scores, *scores]) == scoring.decided(scores)


@given(crowds(), st.data())
@pytest.mark.slow
def test_a_successor_decides_the_same(
    scoring: ScoreMaker, crowd: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Saving and loading at any point gives the events that one process would have given."""
    scores = mixed(scoring, crowd)
    cut = data.draw(st.integers(0, len(scores)))
    first = scoring.alerts()
    before = scoring.decided(scores[:cut], first)

    second = CameraAlerts.from_bytes(first.to_bytes(), scoring.threshold, scoring.options)

    assert before + scoring.decided(scores[cut:], second) == scoring.decided(scores)


def test_late_and_double_scores_are_told_apart(scoring: ScoreMaker) -> None:
    """The reasons are words for the metric."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([CALM] * 3), alerts)
    alerts.add(scoring.score(300, CALM, session="s2"))

    assert alerts.rejection(scoring.score(300, CALM, session="s2")) == "twice"
    assert alerts.rejection(scoring.score(297, CALM, session="s2")) == "late"
    assert alerts.rejection(scoring.score(303, CALM, session="s2")) is None
    assert alerts.rejection(scoring.score(9, CALM)) == "session_over"
    assert alerts.add(scoring.score(9, WILD)) == []


def test_unscorable_windows_keep_a_person_and_change_nothing(scoring: ScoreMaker) -> None:
    """Somebody half hidden is neither calm nor wild."""
    alerts = scoring.alerts()
    decisions = scoring.decided(scoring.series([WILD] * 4 + [None] * 30), alerts)

    assert scoring.kinds(decisions) == ["opened"]
    assert alerts.expire(scoring.start_at + 3.3 * 3, ()) == []


@pytest.mark.parametrize(("present", "silence_s"), [((), 4.0), ((1,), 15.0)])
def test_silence_closes_at_the_last_score(
    scoring: ScoreMaker, present: tuple[int, ...], silence_s: float
) -> None:
    """Who left is given up soon; who is still seen may have scores under way."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([WILD] * 4), alerts)
    last_at = scoring.start_at + 0.9

    assert alerts.expire(last_at + silence_s - 0.01, present) == []
    (decision,) = alerts.expire(last_at + silence_s + 0.01, present)
    assert decision.event.type == "closed"
    assert decision.event.alert.closed_at == last_at
    assert alerts.expire(last_at + 99, ()) == []


def test_scores_of_the_forgotten_come_too_late(scoring: ScoreMaker) -> None:
    """Redelivery after the close opens nothing again."""
    alerts = scoring.alerts()
    scores = scoring.series([WILD] * 4)
    scoring.decided(scores, alerts)
    alerts.expire(scoring.start_at + 60, ())

    assert scoring.decided(scores, alerts) == []
    assert {alerts.rejection(each) for each in scores} == {"late"}


def test_a_new_session_closes_what_the_old_one_left_open(scoring: ScoreMaker) -> None:
    """A restarted camera, or the next loop of a file, has other people."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([WILD] * 4), alerts)

    (decision,) = alerts.add(scoring.score(0, CALM, session="s2", at=scoring.start_at + 5))

    assert decision.event.type == "closed"
    assert decision.event.alert.person == "gate/s1/1"
    assert decision.event.alert.closed_at == scoring.start_at + 0.9
    assert alerts.session == "s2"


def test_the_camera_s_end_closes_everything(scoring: ScoreMaker) -> None:
    """Nobody is left to watch."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([WILD] * 4), alerts)
    scoring.decided(scoring.series([WILD] * 4, number=2, x_px=900.0), alerts)

    assert scoring.kinds(alerts.close_all()) == ["closed", "closed"]
    assert alerts.close_all() == []


def test_joints_once_named_stay_with_the_open_alert(scoring: ScoreMaker) -> None:
    """Later versions repeat them."""
    alerts = scoring.alerts()
    (opened,) = scoring.decided(scoring.series([WILD] * 2), alerts)
    alerts.name_joints(opened.event.alert.id, ("neck", "nose"))
    alerts.name_joints("other", ("left_hip",))

    (closed,) = alerts.close_all()

    assert closed.event.alert.joints == ("neck", "nose")


def test_negative_thresholds_have_a_band_too(scoring: ScoreMaker) -> None:
    """Bits per dimension may be negative; closing still lies below opening."""
    alerts = CameraAlerts(-1.0, scoring.options)

    opened = scoring.decided(scoring.series([0.0] * 4), alerts)
    in_band = scoring.decided(scoring.series([-1.04] * 30, start=12), alerts)

    assert scoring.kinds(opened) == ["opened"]
    assert scoring.kinds(in_band) == []


@pytest.mark.parametrize("state", [b"", b"rubbish", b"\x80"])
def test_a_foreign_state_is_refused(scoring: ScoreMaker, state: bytes) -> None:
    """The caller starts afresh and says so."""
    if state == b"\x80":
        state = scoring.alerts().to_bytes().replace(b"version\x01", b"version\x02")

    with pytest.raises(ValueError, match="saved state"):
        CameraAlerts.from_bytes(state, scoring.threshold, scoring.options)

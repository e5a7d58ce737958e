"""When scores become alerts, who is who, and that redelivery and restarts change nothing."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.types import Place, Score
from service.alerts import AlertOptions, Decision
from service.decider import Decider
from tracker.types import PersonId

THRESHOLD = 2.0
OPTIONS = AlertOptions(minimum_s=0.3)
CALM, BAND, WILD = 1.0, 1.95, 5.0
START_AT = 1_700_000_000.0
STEP_S = 0.3


def score(
    seq: int,
    nll: float | None,
    *,
    number: int = 1,
    session: str = "s1",
    at: float | None = None,
    x_px: float = 100.0,
) -> Score:
    """One window of a person of 80 px; frame `seq` is taken at START_AT + seq / 10."""
    at = START_AT + seq / 10 if at is None else at
    return Score(
        person=PersonId("gate", session, number),
        last_seq=seq,
        at=at,
        nll=nll,
        unscorable="gap" if nll is None else None,
        begin=Place(at - 23 / 24, x_px, 200.0, 80.0),
        end=Place(at, x_px, 200.0, 80.0),
        model="m",
        window=f"{seq}-{number}",
    )


def series(values: Sequence[float | None], *, start: int = 0, **more: Any) -> list[Score]:
    """Scores of one person at every third frame of a camera with 10 frames a second."""
    return [score(start + 3 * step, nll, **more) for step, nll in enumerate(values)]


def decided(scores: Sequence[Score], decider: Decider | None = None) -> list[Decision]:
    """Feed them all to one decider."""
    decider = decider or Decider(THRESHOLD, OPTIONS)
    return [decision for each in scores for decision in decider.feed(each)]


def kinds(decisions: Sequence[Decision]) -> list[str]:
    """Name the changes without the updates, whose number is a matter of taste."""
    return [d.event.type for d in decisions if d.event.type != "updated"]


def test_one_episode_is_one_alert_from_opening_to_close() -> None:
    """It opens, its peak is told, it closes at the time the person calmed down."""
    decisions = decided(series([CALM] * 5 + [WILD] * 10 + [CALM] * 12))

    assert kinds(decisions) == ["opened", "closed"]
    assert len({decision.event.alert.id for decision in decisions}) == 1
    versions = [decision.event.alert.version for decision in decisions]
    assert versions == list(range(1, len(decisions) + 1))
    opened, closed = decisions[0].event.alert, decisions[-1].event.alert
    assert (opened.state, opened.closed_at, opened.person) == ("open", None, "gate/s1/1")
    assert closed.state == "closed"
    assert closed.closed_at is not None
    assert opened.opened_at < closed.peak_at < closed.closed_at < closed.updated_at
    assert THRESHOLD < closed.peak_score < WILD


def test_two_scores_over_the_minimum_open() -> None:
    """At 10 frames a second, two scores 0.3 s apart are enough, rounding or not."""
    decisions = decided(series([WILD, WILD]))

    assert kinds(decisions) == ["opened"]
    assert decisions[0].event.alert.opened_at == START_AT + 0.3


@pytest.mark.parametrize(
    "values", [[WILD], [CALM, 4.0, CALM, CALM], [WILD, CALM, CALM], [CALM, 50.0] + [CALM] * 9]
)
def test_a_single_high_score_opens_nothing(values: list[float]) -> None:
    """One jittery window is no event."""
    assert decided(series(values)) == []


def test_a_pause_shorter_than_the_hold_stays_one_alert() -> None:
    """Calm for 1.5 s is a breath, not an end."""
    decisions = decided(series([WILD] * 4 + [CALM] * 5 + [WILD] * 4 + [CALM] * 12))

    assert kinds(decisions) == ["opened", "closed"]


def test_two_episodes_are_two_alerts() -> None:
    """After a close, the next rise has a name of its own."""
    decisions = decided(series(([WILD] * 4 + [CALM] * 12) * 2))

    assert kinds(decisions) == ["opened", "closed"] * 2
    assert len({decision.event.alert.id for decision in decisions}) == 2


def test_a_long_episode_is_told_again_every_two_seconds() -> None:
    """Whoever watches sees that it goes on, also when nothing changes."""
    decisions = decided(series([WILD] * 68))

    updates = [d.event.alert.updated_at for d in decisions if d.event.type == "updated"]
    gaps_s = [later - earlier for earlier, later in pairwise(updates)]
    assert gaps_s == pytest.approx([2.1] * 8, abs=0.01)


def test_the_window_of_a_peak_is_told_once() -> None:
    """Decisions without a new peak carry no window."""
    decisions = decided(series([WILD] * 10 + [2 * WILD] + [CALM] * 12))

    windows = [decision.window for decision in decisions if decision.window]
    assert windows == ["0-1", "30-1"]
    assert decisions[-1].event.type == "closed"
    assert decisions[-1].window is None


@given(st.lists(st.floats(1.9, 1.9999), max_size=60), st.booleans())
def test_nothing_flaps_inside_the_band(values: list[float], was_open: bool) -> None:
    """Between closing and opening threshold, what is open stays open and the rest shut."""
    decider = Decider(THRESHOLD, OPTIONS)
    before = decided(series([WILD] * 4 if was_open else [BAND] * 4), decider)

    after = decided(series(values, start=12), decider)

    assert kinds(before) == (["opened"] if was_open else [])
    assert kinds(after) == []


VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from([CALM, BAND, WILD]), st.floats(0.5, 8.0)), max_size=80
)


@given(VALUES)
def test_openings_and_closings_alternate(values: list[float | None]) -> None:
    """Whatever the scores, an alert opens once, closes once, and none is open beside another."""
    decisions = decided(series(values))

    changes = kinds(decisions)
    assert changes == (["opened", "closed"] * len(changes))[: len(changes)]
    opened = [d.event.alert.id for d in decisions if d.event.type == "opened"]
    assert len(opened) == len(set(opened))


@st.composite
def crowds(draw: st.DrawFn) -> list[Score]:
    """Scores of a few people in two sessions, in the order of their frames."""
    scores: list[Score] = []
    for number, session in enumerate(("s1", "s2")):
        for person in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, 60)) + 400 * number
            place_px = draw(st.sampled_from([100.0, 150.0, 900.0]))
            values = draw(VALUES)
            scores += series(values, start=start, number=person, session=session, x_px=place_px)
    return sorted(scores, key=lambda each: each.last_seq)


@settings(deadline=None)
@given(crowds(), st.data())
def test_redelivered_scores_change_nothing(scores: list[Score], data: st.DataObject) -> None:
    """Any score may come again at any later time: the events are those of one delivery."""
    again = [data.draw(st.integers(0, index)) for index in range(len(scores))]
    doubled = [each for index, one in enumerate(scores) for each in (one, scores[again[index]])]

    assert decided(doubled) == decided(scores)
    assert decided([*scores, *scores]) == decided(scores)


@settings(deadline=None)
@given(crowds(), st.data())
def test_a_successor_decides_the_same(scores: list[Score], data: st.DataObject) -> None:
    """Saving and loading at any point gives the events that one process would have given."""
    cut = data.draw(st.integers(0, len(scores)))
    first = Decider(THRESHOLD, OPTIONS)
    before = decided(scores[:cut], first)

    second = Decider.from_bytes(first.to_bytes(), THRESHOLD, OPTIONS)

    assert before + decided(scores[cut:], second) == decided(scores)


def test_late_and_double_scores_are_told_apart() -> None:
    """The reasons are words for the metric."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([CALM] * 3), decider)
    decider.feed(score(300, CALM, session="s2"))

    assert decider.ignores(score(300, CALM, session="s2")) == "twice"
    assert decider.ignores(score(297, CALM, session="s2")) == "late"
    assert decider.ignores(score(303, CALM, session="s2")) is None
    assert decider.ignores(score(9, CALM)) == "session_over"
    assert decider.feed(score(9, WILD)) == []


def test_unscorable_windows_keep_a_person_and_change_nothing() -> None:
    """Somebody half hidden is neither calm nor wild."""
    decider = Decider(THRESHOLD, OPTIONS)
    decisions = decided(series([WILD] * 4 + [None] * 30), decider)

    assert kinds(decisions) == ["opened"]
    assert decider.tick(START_AT + 3.3 * 3, ()) == []


@pytest.mark.parametrize(("present", "waits_s"), [((), 4.0), ((1,), 15.0)])
def test_silence_closes_at_the_last_score(present: tuple[int, ...], waits_s: float) -> None:
    """Who left is given up soon; who is still seen may have scores under way."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([WILD] * 4), decider)
    last_at = START_AT + 0.9

    assert decider.tick(last_at + waits_s - 0.01, present) == []
    (decision,) = decider.tick(last_at + waits_s + 0.01, present)
    assert decision.event.type == "closed"
    assert decision.event.alert.closed_at == last_at
    assert decider.tick(last_at + 99, ()) == []


def test_scores_of_the_forgotten_come_too_late() -> None:
    """Redelivery after the close opens nothing again."""
    decider = Decider(THRESHOLD, OPTIONS)
    scores = series([WILD] * 4)
    decided(scores, decider)
    decider.tick(START_AT + 60, ())

    assert decided(scores, decider) == []
    assert {decider.ignores(each) for each in scores} == {"late"}


def test_a_new_session_closes_what_the_old_one_left_open() -> None:
    """A restarted camera, or the next loop of a file, has other people."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([WILD] * 4), decider)

    (decision,) = decider.feed(score(0, CALM, session="s2", at=START_AT + 5))

    assert decision.event.type == "closed"
    assert decision.event.alert.person == "gate/s1/1"
    assert decision.event.alert.closed_at == START_AT + 0.9
    assert decider.session == "s2"


def test_the_camera_s_end_closes_everything() -> None:
    """Nobody is left to watch."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([WILD] * 4), decider)
    decided(series([WILD] * 4, number=2, x_px=900.0), decider)

    assert kinds(decider.end()) == ["closed", "closed"]
    assert decider.end() == []


def test_a_fall_that_changes_the_track_is_one_alert() -> None:
    """The successor inherits the episode; the alert keeps id and person."""
    fall = series([CALM] * 3 + [WILD] * 3)
    lying = series([WILD] * 4 + [CALM] * 12, start=33, number=2, x_px=150.0)

    decisions = decided(fall + lying)

    assert kinds(decisions) == ["opened", "closed"]
    assert {decision.event.alert.person for decision in decisions} == {"gate/s1/1"}
    assert len({decision.event.alert.id for decision in decisions}) == 1


@pytest.mark.parametrize(
    ("start", "x_px"),
    [(15 + 20 + 12, 100.0), (33, 181.0), (15 + 9 - 6, 130.0)],
    ids=["three seconds later", "more than a body away", "beside the living"],
)
def test_others_inherit_nothing(start: int, x_px: float) -> None:
    """Too late, too far or at the same time is somebody else."""
    fall = series([CALM] * 3 + [WILD] * 3)
    if start < 20:
        fall += series([WILD] * 1, start=18)
    other = series([WILD] * 4, start=start, number=2, x_px=x_px)
    alone = Decider(THRESHOLD, AlertOptions(minimum_s=0.3, beside_bodies=0.1))

    decisions = decided(fall + other, alone)

    assert kinds(decisions) == ["opened", "opened"]


def fight(apart_px: float) -> list[Score]:
    """Two people who are wild at once; the second one for longer."""
    first = series([CALM] * 3 + [WILD] * 6 + [CALM] * 20)
    second = series([CALM] * 3 + [WILD] * 12 + [CALM] * 12, number=2, x_px=100.0 + apart_px)
    return sorted(first + second, key=lambda each: each.last_seq)


def test_a_fight_is_one_alert_as_long_as_anybody_fights() -> None:
    """People next to an open episode are part of it and keep it open."""
    decisions = decided(fight(apart_px=60.0))

    assert kinds(decisions) == ["opened", "closed"]
    assert decisions[-1].event.alert.updated_at > START_AT + 3 * 15 / 10


def test_two_people_far_apart_are_two_alerts() -> None:
    """Who is abnormal somewhere else is an episode of their own."""
    assert sorted(kinds(decided(fight(apart_px=300.0)))) == ["closed"] * 2 + ["opened"] * 2


def test_a_track_that_comes_back_is_somebody_again() -> None:
    """Scores of the old number count again once they are newer than the handover."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([CALM] * 6), decider)
    decided(series([CALM] * 2, start=33, number=2), decider)

    assert decider.ignores(score(15, CALM)) == "late"
    assert decider.ignores(score(42, CALM)) is None
    assert decider.feed(score(42, CALM)) == []


def test_a_clock_set_back_begins_anew() -> None:
    """The watch does not stay deaf until the old time is reached again."""
    decider = Decider(THRESHOLD, OPTIONS)
    decided(series([WILD] * 4), decider)
    back = [score(12 + 3 * step, WILD, at=START_AT - 3600 + 0.3 * step) for step in range(3)]

    assert kinds(decided(back, decider)) == ["closed", "opened"]


def test_the_crowd_is_bounded() -> None:
    """Beyond the limit the longest unscored person is forgotten, with the episode closed."""
    decider = Decider(THRESHOLD, AlertOptions(people=3))
    decided(series([WILD] * 4), decider)

    decisions = [
        decision
        for number in range(2, 50)
        for decision in decider.feed(score(12 + number, CALM, number=number, x_px=1e4 * number))
    ]

    assert kinds(decisions) == ["closed"]
    assert len(decider.to_bytes()) < 2000


def test_joints_once_named_stay_with_the_open_alert() -> None:
    """Later versions repeat them."""
    decider = Decider(THRESHOLD, OPTIONS)
    (opened,) = decided(series([WILD] * 2), decider)
    decider.name_joints(opened.event.alert.id, ("neck", "nose"))
    decider.name_joints("other", ("left_hip",))

    (closed,) = decider.end()

    assert closed.event.alert.joints == ("neck", "nose")


def test_negative_thresholds_have_a_band_too() -> None:
    """Bits per dimension may be negative; closing still lies below opening."""
    decider = Decider(-1.0, OPTIONS)

    opened = decided(series([0.0] * 4), decider)
    in_band = decided(series([-1.04] * 30, start=12), decider)

    assert kinds(opened) == ["opened"]
    assert kinds(in_band) == []


@pytest.mark.parametrize("state", [b"", b"rubbish", b"\x80"])
def test_a_foreign_state_is_refused(state: bytes) -> None:
    """The caller starts afresh and says so."""
    if state == b"\x80":
        state = Decider(THRESHOLD, OPTIONS).to_bytes().replace(b"version\x01", b"version\x02")

    with pytest.raises(ValueError, match="saved state"):
        Decider.from_bytes(state, THRESHOLD, OPTIONS)


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

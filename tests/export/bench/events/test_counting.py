"""What counts as found, false and late."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.event_clips import alert_at, event_clip

from export.bench.events.clips import EventClip
from export.bench.events.counting import ClipOutcome, figures, in_time, is_false, per_hour

TIMES_S = st.floats(-2.0, 30.0).map(lambda value: round(value, 2))
ALERTS = st.lists(st.tuples(TIMES_S, st.sampled_from(["movement", "fall", "fight"])), max_size=5)


@st.composite
def clips(draw: st.DrawFn) -> EventClip:
    """Draw a clip of any class, with both times, one of them or none."""
    kind = draw(st.sampled_from(["normal", "fall", "fight"]))
    start_s = draw(st.none() | st.floats(0.0, 10.0))
    lasts_s = draw(st.none() | st.floats(0.0, 3.0))
    down_s = None if start_s is None or lasts_s is None else start_s + lasts_s
    return event_clip(kind, start_s, down_s)


@st.composite
def outcomes(draw: st.DrawFn) -> ClipOutcome:
    """Draw a clip and its alerts."""
    alerts = [alert_at(at_s, kind) for at_s, kind in sorted(draw(ALERTS))]
    peak = draw(st.none() | st.floats(-5.0, 5.0))
    return ClipOutcome(draw(clips()), draw(st.floats(1.0, 60.0)), alerts, peak=peak)


@given(outcomes())
def test_every_alert_is_false_or_in_time_or_late(outcome: ClipOutcome) -> None:
    """No alert counts twice, and none is lost."""
    row = figures([outcome])

    in_window = [one for one in outcome.alerts if in_time(outcome.clip, one.opened_s)]
    assert not any(is_false(outcome.clip, one) for one in in_window)
    assert row["found"] == int(bool(in_window))
    assert row["false_alarms"] + len(in_window) + row["alerts_after_event"] == len(outcome.alerts)


@given(st.lists(outcomes(), min_size=1, max_size=6))
def test_figures_of_clips_add_up(found: Sequence[ClipOutcome]) -> None:
    """Events, alarms and hours of all clips are the sums of single ones."""
    whole, parts = figures(found), [figures([one]) for one in found]

    for name in ("clips", "events", "found", "found_right_kind", "false_alarms"):
        assert whole[name] == sum(part[name] for part in parts)
    hours = sum(part["ordinary_hours"] for part in parts)
    assert whole["ordinary_hours"] == pytest.approx(hours, abs=1e-4)
    assert whole["found_right_kind"] <= whole["found"] <= whole["events"]


def test_an_alert_finds_from_the_start_until_five_seconds_after_the_floor() -> None:
    """The edges belong to it; a tenth of a second beyond them does not."""
    clip = event_clip("fall", 2.0, 3.0)

    assert [in_time(clip, at_s) for at_s in (1.9, 2.0, 8.0, 8.1)] == [False, True, True, False]
    assert is_false(clip, alert_at(1.9))
    assert not is_false(clip, alert_at(8.1))


def test_a_clip_without_times_is_an_event_throughout() -> None:
    """Nothing in it is ordinary, and no alert in it is false."""
    row = figures([ClipOutcome(event_clip("fight", None, None), 10.0, [alert_at(0.5)])])

    assert (row["found"], row["false_alarms"], row["ordinary_hours"]) == (1, 0, 0.0)
    assert row["latency_s"] == {"median": None, "p90": None, "events": 0, "without_times": 1}


def test_latency_counts_from_the_floor() -> None:
    """The first alert in time decides; before the floor it is negative."""
    alerts = [alert_at(0.5), alert_at(2.5), alert_at(4.0)]

    row = figures([ClipOutcome(event_clip("fall", 2.0, 3.0), 10.0, alerts)])

    assert row["latency_s"]["median"] == -0.5


def test_the_right_kind_counts_beside_any_kind() -> None:
    """A fall told as mere movement is found, but not by its kind; told later in time it is."""
    clip = event_clip("fall", 2.0, 3.0)
    moved = alert_at(2.5, "movement")
    grown = replace(moved, kinds=((2.5, "movement"), (3.5, "fall")))

    assert figures([ClipOutcome(clip, 9.0, [moved])])["found_right_kind"] == 0
    row = figures([ClipOutcome(clip, 9.0, [grown])])
    assert row["found_right_kind"] == 1
    assert row["by_kind"]["fall"] == {"alerts": 1, "found": 1, "false_alarms": 0}


def test_ordinary_time_is_that_of_normal_clips_and_what_precedes_events() -> None:
    """A minute of ordinary life and two seconds before a fall."""
    found = [
        ClipOutcome(event_clip("normal", None, None), 60.0, []),
        ClipOutcome(event_clip("fall", 2.0, 3.0), 10.0, []),
    ]

    assert figures(found)["ordinary_hours"] == pytest.approx(62 / 3600, abs=1e-5)


def test_rates_come_with_the_exact_interval() -> None:
    """The tabulated 95 % limits of Poisson counts: 0 → 0 … 3.69, 10 → 4.80 … 18.39."""
    assert per_hour(0, 1.0) == {"rate": 0.0, "low": 0.0, "high": 3.7}
    assert per_hour(10, 1.0) == {"rate": 10.0, "low": 4.8, "high": 18.4}
    assert per_hour(3, 0.0) == {"rate": None, "low": None, "high": None}


def test_clips_in_which_nobody_was_scored_count_as_the_least_unusual() -> None:
    """Left out they flatter: of two falls one was never scored."""
    found = [
        ClipOutcome(event_clip("fall"), 9.0, [], peak=3.0),
        ClipOutcome(event_clip("fall"), 9.0, [], peak=None),
        ClipOutcome(event_clip("normal", None, None), 9.0, [], peak=1.0),
    ]

    auroc = figures(found)["auroc"]

    assert (auroc["all"], auroc["scored"], auroc["scored_clips"]) == (0.5, 1.0, 2)


def test_a_baseline_may_raise_as_many_false_alarms_as_the_product() -> None:
    """With one alarmed ordinary clip the highest ordinary peak is forgiven."""
    ordinary = event_clip("normal", None, None)
    found = [
        ClipOutcome(event_clip("fall"), 9.0, [], cues={"angle": 50.0}),
        ClipOutcome(ordinary, 9.0, [alert_at(1.0)], cues={"angle": 80.0}),
        ClipOutcome(ordinary, 9.0, [], cues={"angle": 20.0}),
    ]

    assert figures(found)["baselines"]["angle"]["found_at_same_false_alarms"] == 1
    calm = [found[0], replace(found[1], alerts=[]), found[2]]
    assert figures(calm)["baselines"]["angle"]["found_at_same_false_alarms"] == 0

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from export.data.clips import Clip
from export.data.labelled import LabelledClip
from export.evaluation.metrics import FalseAlarms, Truth, measure, truth_of
from export.evaluation.protocols import FrameScores

FPS = 10.0


def clip(mask: str, *, scene: str = "1", name: str = "c", scored: bool = True) -> LabelledClip:
    """Return a clip whose abnormal frames are the 1s of a text."""
    abnormal = np.array([mark == "1" for mark in mask], bool)
    return LabelledClip(Clip(name, FPS, {}), scene, name, abnormal, scored=scored)


def of(truth: Truth, values: list[float], covered: list[bool] | None = None) -> FrameScores:
    """Return scores of every frame."""
    seen = np.ones(len(values), bool) if covered is None else np.array(covered)
    return FrameScores(np.array(values, np.float64), seen, truth.bounds)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=2))
@pytest.mark.slow
def test_auroc_is_the_chance_of_the_right_order(frames: list[tuple[bool, bool, int]]) -> None:
    """Counted pair by pair, over all frames and over covered ones; ties count half."""
    abnormal, covered, values = (list(column) for column in zip(*frames, strict=True))
    truth = truth_of([clip("".join("1" if one else "0" for one in abnormal))])

    found = measure(of(truth, values, covered), truth).auroc

    for twin, rows in ((found.all, frames), (found.covered, [one for one in frames if one[1]])):
        low = np.array([value for odd, _, value in rows if not odd])
        high = np.array([value for odd, _, value in rows if odd])
        if not len(low) or not len(high):
            assert twin is None
        else:
            difference = high[:, None] - low
            chance = ((difference > 0) + 0.5 * (difference == 0)).mean()
            assert twin == pytest.approx(chance)


@given(st.lists(st.tuples(st.booleans(), st.floats(-5, 5)), min_size=2, max_size=60))
@pytest.mark.slow
def test_only_the_order_of_scores_counts(frames: list[tuple[bool, float]]) -> None:
    """Stretching the scale moves thresholds and nothing else."""
    marks = "".join("1" if odd else "0" for odd, _ in frames)
    assume(len(set(marks)) == 2)
    truth = truth_of([clip(marks)])
    values = [round(value, 3) for _, value in frames]

    plain = measure(of(truth, values), truth)
    stretched = measure(of(truth, [value**3 + value for value in values]), truth)

    assert plain.auroc == stretched.auroc
    assert plain.average_precision == stretched.average_precision
    assert plain.equal_error_rate == stretched.equal_error_rate
    for one, other in zip(plain.false_alarms, stretched.false_alarms, strict=True):
        assert (one.detected, one.per_hour, one.share) == (
            other.detected,
            other.per_hour,
            other.share,
        )


def test_the_frames_number_gives_a_late_block_away() -> None:
    """Where the abnormal part comes last, a clock without any model is perfect."""
    truth = truth_of([clip("0001"), clip("000000111")])

    found = measure(of(truth, [0.0] * 13), truth)

    assert found.auroc.all == 0.5
    assert found.frame_index.all is not None
    assert found.frame_index.all > 0.8
    assert found.window_exists.all == 0.5


def test_the_detector_alone_gives_presence_away() -> None:
    """People seen in abnormal frames only: "a window exists" is perfect, and void where covered."""
    truth = truth_of([clip("0011")])

    found = measure(of(truth, [0, 0, 1, 2], [False, False, True, True]), truth)

    assert (found.window_exists.all, found.window_exists.covered) == (1.0, None)
    assert found.coverage == 0.5


def test_macro_is_the_mean_over_clips_of_both_kinds() -> None:
    """A clip without abnormal frames has no AUROC and counts in the micro figure alone."""
    truth = truth_of([clip("01"), clip("10"), clip("00")])

    found = measure(of(truth, [1, 2, 1, 2, 0, 0]), truth)

    assert (found.auroc_macro.all, found.macro_clips, found.clips) == (0.5, 2, 3)


def test_scenes_are_measured_apart() -> None:
    """Each by its own clips; clips that are not to be scored appear nowhere."""
    truth = truth_of(
        [
            clip("01", scene="a"),
            clip("10", scene="b"),
            clip("01", scene="a"),
            clip("1", scene="c", scored=False),
        ]
    )

    found = measure(of(truth, [1, 2, 1, 2, 1, 2]), truth).scenes

    assert {name: (s.clips, s.frames, s.auroc.all) for name, s in found.items()} == {
        "a": (2, 4, 1.0),
        "b": (1, 2, 0.0),
    }


def test_equal_error_rate_is_where_misses_equal_false_alarms() -> None:
    """One of four abnormal frames below one of four normal ones: a quarter of each is wrong."""
    truth = truth_of([clip("00001111")])

    found = measure(of(truth, [1, 2, 3, 6, 5, 7, 8, 9]), truth)

    assert found.equal_error_rate == pytest.approx(0.25)
    assert found.auroc.all == pytest.approx(15 / 16)


def test_events_are_runs_within_a_clip() -> None:
    """Two abnormal frames on both sides of a clip's end are two events."""
    truth = truth_of([clip("0110011"), clip("11"), clip("0")])

    assert truth.events.tolist() == [[1, 3], [5, 7], [7, 9]]


class TestFalseAlarms:
    """At 10 frames/s: 100 normal frames, an event of 10, 100 normal frames; 20 are its calm."""

    MASK = "0" * 100 + "1" * 10 + "0" * 100

    def alarms(self, *at: int, event: float = 5.0, covered: bool = True) -> FalseAlarms:
        """Return the cost of detecting the event with alarms at these frames."""
        values = np.zeros(210)
        values[100:110] = event
        values[list(at)] = 9.0
        truth = truth_of([clip(self.MASK)])
        seen = [covered] * 210
        return measure(of(truth, values.tolist(), seen), truth, (1.0,)).false_alarms[0]

    def test_none_is_none(self) -> None:
        """The threshold is the event's peak; nothing else reaches it."""
        assert self.alarms() == FalseAlarms(1.0, 5.0, 1, 0.0, 0.0)

    def test_a_short_calm_does_not_part_an_episode(self) -> None:
        """Alarms 1.9 s of calm apart are one, 2 s apart are two; 180 normal frames are 18 s."""
        assert self.alarms(10, 30).per_hour == pytest.approx(3600 / 18)
        assert self.alarms(10, 31).per_hour == pytest.approx(2 * 3600 / 18)
        assert self.alarms(10, 31).share == pytest.approx(2 / 180)

    def test_the_calm_after_an_event_belongs_to_it(self) -> None:
        """An alarm that lasts a little longer than its event is no false one."""
        assert self.alarms(110, 129).per_hour == 0.0
        assert self.alarms(129, 130).per_hour == pytest.approx(3600 / 18)

    def test_two_sides_of_an_event_are_two(self) -> None:
        """An alarm that never ends is wrong once before the event and once after it."""
        always = self.alarms(*range(210))

        assert always.per_hour == pytest.approx(2 * 3600 / 18)
        assert always.share == 1.0

    def test_events_without_a_scored_frame_are_out_of_reach(self) -> None:
        """No threshold detects what nobody looked at."""
        assert self.alarms(covered=False) == FalseAlarms(1.0, None, 0, None, None)


def test_thresholds_are_as_high_as_the_recall_allows() -> None:
    """Of five events a half needs three, four fifths four, all five."""
    truth = truth_of([clip("01" * 5)])
    values = [0.0, 5, 0, 4, 0, 3, 0, 2, 0, 1]

    found = measure(of(truth, values), truth, (0.5, 0.8, 1.0)).false_alarms

    assert [(one.threshold, one.detected) for one in found] == [(3, 3), (2, 4), (1, 5)]

"""What one camera's rules see, cut into stretches."""

from support.score_maker import ScoreMaker

from inference.stretches.collector import MOST_OPEN, OpenStretch, StretchCollector
from inference.stretches.observer import RuleHeld
from inference.types import Score

MAKER = ScoreMaker()


def scores(number: int, *times: float) -> list[Score]:
    """Scores of one person at these times."""
    return [MAKER.score(seq, 1.0, at=at, number=number) for seq, at in enumerate(times)]


def collector(*found: Score) -> StretchCollector:
    """A collector that saw these scores."""
    made = StretchCollector(seed=1)
    for each in found:
        made.judged(each, 0.9)
    return made


def hold(made: StretchCollector, at: float, value: float, number: int = 1) -> None:
    """Let movement's rule hold a value, at a threshold of 2."""
    made.held(RuleHeld("s1", number, "movement", value, at, 2.0), None)


def ended(made: StretchCollector) -> list[OpenStretch]:
    """All stretches, as the camera is gone."""
    return list(made.over(everything=True))


def test_a_stretch_is_ten_seconds_with_what_led_to_it() -> None:
    """Windows of the 1.5 s before belong to it, too; its score of a moment follows from them."""
    first, second = ended(collector(*scores(1, 100.0, 105.0, 108.6, 109.5, 110.2, 119.0)))

    assert (first.begin_at, [each.score.at for each in first.scores], first.leads) == (
        100.0,
        [100.0, 105.0, 108.6, 109.5],
        0,
    )
    assert [each.score.at for each in second.scores] == [108.6, 109.5, 110.2, 119.0]
    assert (second.leads, second.until) == (2, 119.0)
    assert first.scores[0].value == 0.9


def test_a_stretch_is_over_when_the_one_after_it_is() -> None:
    """What rises there is one episode with it."""
    made = collector(*scores(1, 101.0))
    made.seen(121.9)
    assert list(made.over()) == []
    made.seen(122.0)
    assert [each.begin_at for each in made.over()] == [100.0]
    assert made.open() == []


def test_the_most_that_each_rule_held_counts() -> None:
    """The nearest kind first; somebody without a score has no stretch."""
    made = collector(*scores(1, 101.0))
    for at, value in ((101.0, 1.0), (102.0, 1.5), (103.0, 1.2)):
        hold(made, at, value)
    made.held(RuleHeld("s1", 1, "running", 0.9, 104.0, 1.0), lambda score: 10 * score)
    hold(made, 104.0, 1.9, number=2)
    (stretch,) = ended(made)

    running, movement = stretch.nearest_first()
    assert (movement.score, movement.at, movement.closeness) == (1.5, 102.0, 0.75)
    assert (running.kind, running.once_in_hours) == ("running", 9.0)
    assert stretch.closeness == running.closeness
    assert stretch.may_be_near_miss


def test_what_belongs_to_an_alert_is_no_near_miss() -> None:
    """Neither its own stretch nor those around it, nor what reached the threshold without one."""
    made = collector(*scores(1, 101.0, 111.0, 121.0, 131.0))
    for at in (101.0, 111.0, 121.0, 131.0):
        hold(made, at, 1.0)
    made.alerted("gate/s1/1", "a", 112.0)
    hold(made, 132.0, 2.0)
    found = ended(made)

    assert [each.alert for each in found] == [None, "a", None, None]
    assert not any(each.may_be_near_miss for each in found)


def test_of_stretches_in_a_row_the_nearest_is_the_near_miss() -> None:
    """One episode is one near miss; of equals it is the first."""
    made = collector(*scores(1, 101.0, 111.0, 121.0, 151.0))
    for at, value in ((101.0, 1.2), (111.0, 1.5), (121.0, 1.5), (151.0, 1.1)):
        hold(made, at, value)

    near = [each.begin_at for each in ended(made) if each.may_be_near_miss]
    assert near == [110.0, 150.0]


def test_a_crowd_is_looked_at_up_to_a_bound() -> None:
    """Whoever comes later is counted."""
    made = collector(*(each for number in range(MOST_OPEN + 3) for each in scores(number, 101.0)))

    assert len(made.open()) == MOST_OPEN
    assert made.take_skipped() == 3
    assert made.take_skipped() == 0


def test_after_a_clock_was_set_back_stretches_are_whole_again() -> None:
    """What lies ahead is over; none of what follows is cut short until the clock is there again."""
    made = collector(*scores(1, 5001.0))
    made.seen(5002.0)
    made.seen(1401.0)
    ahead = [each.begin_at for each in made.over()]
    cut = []
    for at in (1401.0, 1403.0, 1405.0, 1407.0):
        made.judged(MAKER.score(int(at), 1.0, at=at, number=1), 0.9)
        made.seen(at)
        cut += made.over()
    made.seen(1422.0)

    (stretch,) = made.over()
    assert (ahead, cut) == ([5000.0], [])
    assert (stretch.begin_at, len(stretch.scores)) == (1400.0, 4)

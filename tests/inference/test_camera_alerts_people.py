"""Who is who when scores become alerts: successors of a track, neighbours, crowds."""

import pytest
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.camera_alerts import CameraAlerts
from inference.types import Score

CALM, WILD = 1.0, 5.0


def test_a_fall_that_changes_the_track_is_one_alert(scoring: ScoreMaker) -> None:
    """The successor inherits the episode; the alert keeps id and person."""
    fall = scoring.series([CALM] * 3 + [WILD] * 3)
    lying = scoring.series([WILD] * 4 + [CALM] * 12, start=33, number=2, x_px=150.0)

    decisions = scoring.decided(fall + lying)

    assert scoring.kinds(decisions) == ["opened", "closed"]
    assert {decision.event.alert.person for decision in decisions} == {"gate/s1/1"}
    assert len({decision.event.alert.id for decision in decisions}) == 1


@pytest.mark.parametrize(
    ("start", "x_px"),
    [(15 + 20 + 12, 100.0), (33, 181.0), (15 + 9 - 6, 130.0)],
    ids=["three seconds later", "more than a body away", "beside the living"],
)
def test_others_inherit_nothing(scoring: ScoreMaker, start: int, x_px: float) -> None:
    """Too late, too far or at the same time is somebody else."""
    fall = scoring.series([CALM] * 3 + [WILD] * 3)
    if start < 20:
        fall += scoring.series([WILD] * 1, start=18)
    other = scoring.series([WILD] * 4, start=start, number=2, x_px=x_px)
    alone = CameraAlerts(scoring.threshold, AlertOptions(minimum_s=0.3, beside_bodies=0.1))

    decisions = scoring.decided(fall + other, alone)

    assert scoring.kinds(decisions) == ["opened", "opened"]


def fight(scoring: ScoreMaker, apart_px: float) -> list[Score]:
    """Two people who are wild at once; the second one for longer."""
    first = scoring.series([CALM] * 3 + [WILD] * 6 + [CALM] * 20)
    second = scoring.series([CALM] * 3 + [WILD] * 12 + [CALM] * 12, number=2, x_px=100.0 + apart_px)
    return sorted(first + second, key=lambda each: each.last_seq)


def test_a_fight_is_one_alert_as_long_as_anybody_fights(scoring: ScoreMaker) -> None:
    """People next to an open episode are part of it and keep it open."""
    decisions = scoring.decided(fight(scoring, apart_px=60.0))

    assert scoring.kinds(decisions) == ["opened", "closed"]
    assert decisions[-1].event.alert.updated_at > scoring.start_at + 3 * 15 / 10


def test_two_people_far_apart_are_two_alerts(scoring: ScoreMaker) -> None:
    """Who is abnormal somewhere else is an episode of their own."""
    changes = scoring.kinds(scoring.decided(fight(scoring, apart_px=300.0)))

    assert sorted(changes) == ["closed"] * 2 + ["opened"] * 2


def test_a_track_that_comes_back_is_somebody_again(scoring: ScoreMaker) -> None:
    """Scores of the old number count again once they are newer than the handover."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([CALM] * 6), alerts)
    scoring.decided(scoring.series([CALM] * 2, start=33, number=2), alerts)

    assert alerts.rejection(scoring.score(15, CALM)) == "late"
    assert alerts.rejection(scoring.score(42, CALM)) is None
    assert alerts.add(scoring.score(42, CALM)) == []


def test_a_clock_set_back_begins_anew(scoring: ScoreMaker) -> None:
    """The watch does not stay deaf until the old time is reached again."""
    alerts = scoring.alerts()
    scoring.decided(scoring.series([WILD] * 4), alerts)
    back = [
        scoring.score(12 + 3 * step, WILD, at=scoring.start_at - 3600 + 0.3 * step)
        for step in range(3)
    ]

    assert scoring.kinds(scoring.decided(back, alerts)) == ["closed", "opened"]


def test_the_crowd_is_bounded(scoring: ScoreMaker) -> None:
    """Beyond the limit the longest unscored person is forgotten, with the episode closed."""
    alerts = CameraAlerts(scoring.threshold, AlertOptions(people=3))
    scoring.decided(scoring.series([WILD] * 4), alerts)

    decisions = [
        decision
        for number in range(2, 50)
        for decision in alerts.add(
            scoring.score(12 + number, CALM, number=number, x_px=1e4 * number)
        )
    ]

    assert scoring.kinds(decisions) == ["closed"]
    assert len(alerts.to_bytes()) < 2000

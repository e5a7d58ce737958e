"""Simulated daily life."""

import numpy as np
import pytest

from tracker.simulator.body import Floats, gait, skeleton
from tracker.simulator.daily import EASE_S, LASTS_S, STILL, WALKING, Act, Activity
from tracker.simulator.daily_postures import live, ride
from tracker.simulator.source import Simulation, Stage, simulate

STATURE_M = 1.7
FPS = 50


def body_m(activity: Activity, variant: float = 0.1) -> Floats:
    """Return ten seconds of somebody who stands and does one thing, float64 (F, 17, 3)."""
    frames = 10 * FPS
    now_s = np.arange(frames) / FPS
    act = Act(activity, 0.0, 10.0, EASE_S[activity][0], 1.0, variant)
    stature_m = np.full(frames, STATURE_M)
    posture = gait(np.full(frames, 0.25), np.zeros(frames), stature_m)
    live(posture, [(row, act) for row in range(frames)], now_s)
    return skeleton(posture, stature_m)


@pytest.mark.parametrize("activity", [*STILL, *WALKING])
def test_everything_begins_and_ends_standing_and_nothing_jerks(activity: Activity) -> None:
    """Every activity eases in and out; no head moves faster than somebody jumping."""
    for variant in (0.05, 0.3, 0.55, 0.8):
        joints = body_m(activity, variant)
        speed = np.linalg.norm(np.diff(joints[:, 0], axis=0), axis=1) * FPS

        assert abs(joints[0, 0, 2] - joints[-1, 0, 2]) < 0.05
        assert speed.max() < 2.6
        assert joints[..., 2].min() > 0


def test_who_sits_bends_crouches_or_lies_is_lower() -> None:
    """Hips come down to a seat, heads come down when bending, everything when lying."""
    middle = 5 * FPS
    heads = {one: body_m(one)[middle, 0, 2] for one in STILL}
    hips = {one: body_m(one)[middle, 11, 2] for one in STILL}

    assert 0.4 < hips["sit"] < 0.75
    assert hips["crouch"] < 0.45 < hips["bend"]
    assert heads["bend"] < heads["reach"] - 0.15
    assert heads["lie"] < 0.4


def test_lying_down_takes_longer_than_falling() -> None:
    """The head takes at least two seconds to the ground; falling takes one."""
    head = body_m("lie")[:, 0, 2]
    below = np.flatnonzero(head < 0.5)[0] / FPS
    above = np.flatnonzero(head < 1.4)[0] / FPS

    assert below - above > 0.9
    assert EASE_S["lie"][0] >= 3


def test_daily_life_happens_and_the_rest_stays_as_it_was() -> None:
    """People get lower and some are children; without the option not one number changes."""
    plain = simulate(Simulation(people=6, seed=11), 60)
    same = simulate(Simulation(people=6, seed=11, daily=0.0), 60)
    stage = Stage(Simulation(people=6, seed=11, daily=1.0))
    hips = stage.bodies_m(1800)[..., 11, 2] / stage.crowd.stature_m

    np.testing.assert_array_equal(plain.joints, same.joints)
    assert (hips < 0.4).mean() > 0.02
    assert min(LASTS_S[one][0] >= 2 * EASE_S[one][0] for one in LASTS_S)


def test_events_happen_in_the_midst_of_daily_life() -> None:
    """Somebody who falls, runs or fights does nothing else at that time."""
    plan = Simulation.parse({"seed": "3", "daily": "0.9", "events": "fall@8,run@25,fight@45"})

    record = simulate(plan, 70)

    assert [one.kind for one in record.episodes] == ["fall", "run", "fight", "fight"]
    assert np.isfinite(record.joints).all()


def test_push_ups_are_done_on_hands_and_toes() -> None:
    """The trunk goes down and up near the ground; the hips never stand out."""
    joints = body_m("push_up")[4 * FPS : 6 * FPS, :, 2]

    assert joints[:, [5, 6]].max() < 0.7
    assert np.ptp(joints[:, 5]) > 0.1
    assert (joints[:, 11] < joints[:, 5]).all()


def test_riders_sit_whatever_they_do() -> None:
    """Hips at the height of a seat, knees bent, while they wheel about or stand."""
    speed = np.array([0.0, 0.6, 1.4])
    posture = gait(np.linspace(0, 1, 3), speed, np.full(3, STATURE_M))
    ride(posture, range(3), speed, np.arange(3.0))

    joints = skeleton(posture, np.full(3, STATURE_M))

    assert ((joints[:, 11, 2] > 0.4) & (joints[:, 11, 2] < 0.75)).all()
    assert (joints[:, 13, 0] - joints[:, 11, 0] > 0.3).all()
    assert (joints[:, 15, 2] > 0.1).all()


def test_wheelchairs_roll_and_nothing_happens_to_their_riders() -> None:
    """The last people sit in them, and events choose others."""
    plan = Simulation.parse(
        {"people": "3", "daily": "1", "wheelchairs": "2", "events": "fall@5,run@25"}
    )
    stage = Stage(plan)
    hips_m = stage.bodies_m(600)[:, 1:, 11]

    assert (hips_m[..., 2] < 0.75).all()
    assert np.ptp(hips_m[..., :2], axis=0).max() > 2
    assert {one.person for one in stage.crowd.episodes} == {1}


def test_only_what_is_asked_for_is_done() -> None:
    """Whoever pauses does push-ups or nothing."""
    plan = Simulation.parse({"people": "5", "seed": "4", "daily": "1", "acts": "push_up"})
    stage = Stage(plan)
    acts = set()
    for _ in range(40):
        stage.bodies_m(15)
        acts |= {act.activity for _, act in stage.crowd.moment().acts}

    assert acts == {"push_up"}


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"daily": "1", "acts": "swim"}, "write some of sit, bend"),
        ({"acts": "sit"}, "set daily above 0"),
        ({"wheelchairs": "1"}, "set daily above 0"),
        ({"daily": "1", "people": "2", "wheelchairs": "3"}, "there are 2 people"),
    ],
)
def test_what_cannot_be_played_is_refused(settings: dict[str, str], remedy: str) -> None:
    """The error says what to write."""
    with pytest.raises(ValueError, match=remedy):
        Simulation.parse(settings)

"""People who are not there."""

import time as real_time
from itertools import pairwise

import numpy as np
import pytest
from support.stepped_time import SteppedTime

from tracker.simulator.crowd import FALL_S, Event
from tracker.simulator.source import Recording, SimulatedSource, Simulation, simulate
from tracker.types import Float32

LEFT_ANKLE, RIGHT_ANKLE, LEFT_WRIST, RIGHT_WRIST = 15, 16, 9, 10
EVENTS = {"events": "fall@6,run@20,fight@35"}


@pytest.fixture(scope="module")
def eventful() -> Recording:
    """A play in which everything happens once."""
    return simulate(Simulation.parse({"people": "4", "seed": "3", **EVENTS}), 45)


@pytest.fixture(scope="module")
def calm() -> Recording:
    """A play in which people only walk and stand, without the estimator's errors."""
    return simulate(Simulation(people=6, seed=11, fps=24, noise=0), 60)


def height_px(joints: Float32) -> Float32:
    """How tall each body is in the picture."""
    return np.asarray(np.ptp(joints[..., 1], axis=-1))


def test_the_seed_decides_everything() -> None:
    """The same seed gives the same play to the last bit; another seed another one."""
    plan = Simulation.parse({"seed": "7", **EVENTS})

    one, same = simulate(plan, 10), simulate(plan, 10)
    other = simulate(Simulation.parse({"seed": "8", **EVENTS}), 10)
    later = simulate(plan, 10, play=1)

    assert np.array_equal(one.joints, same.joints)
    assert one.episodes == same.episodes
    assert not np.array_equal(one.joints, other.joints)
    assert not np.array_equal(one.joints, later.joints)


def test_schedule_is_kept(eventful: Recording) -> None:
    """One falls, one runs, two fight, each at the scheduled time or a few seconds later."""
    kinds = [episode.kind for episode in eventful.episodes]
    late_s = [
        episode.start_s - {"fall": 6, "run": 20, "fight": 35}[episode.kind]
        for episode in eventful.episodes
    ]

    assert kinds == ["fall", "run", "fight", "fight"]
    assert all(0 <= late <= 5.1 for late in late_s)
    assert all(e.start_s < e.end_s <= e.normal_again_s for e in eventful.episodes)
    assert eventful.episodes[0].end_s - eventful.episodes[0].start_s == pytest.approx(FALL_S)
    assert eventful.episodes[2].person != eventful.episodes[3].person


def test_who_falls_lies_and_rises(eventful: Recording) -> None:
    """After the fall the body is flat; when normal again it is as tall as before."""
    fallen = eventful.episodes[0]
    height = height_px(eventful.joints[:, fallen.person - 1])
    at = [int(s * eventful.fps) for s in (fallen.start_s, fallen.end_s + 2, fallen.normal_again_s)]

    assert height[at[1]] < 0.6 * height[at[0]]
    assert height[at[2]] > 0.8 * height[at[0]]


def test_runners_are_fast_and_fighters_wild(eventful: Recording) -> None:
    """A runner covers more ground than any walker; a fighter's hands move more than a walker's."""
    joints = eventful.joints / height_px(eventful.joints)[..., None, None].clip(60)
    steps = np.abs(np.diff(joints[..., :2], axis=0)) * eventful.fps  # body heights per second
    hips, hands = steps[:, :, 11:13].mean(axis=(2, 3)), steps[:, :, 9:11].mean(axis=(2, 3))
    calm = slice(0, int(5 * eventful.fps))
    for episode in eventful.episodes[1:]:
        span = slice(int(episode.start_s * eventful.fps), int(episode.end_s * eventful.fps))
        moved = hips if episode.kind == "run" else hands

        assert moved[span, episode.person - 1].mean() > 1.3 * moved[calm].mean()


@pytest.mark.parametrize("seed", range(6))
def test_people_stay_in_the_picture(seed: int) -> None:
    """Nobody leaves the picture, whatever they do; joints and confidence are always sound."""
    plan = Simulation.parse({"people": "5", "seed": str(seed), "events": "run@2,fall@9,fight@20"})

    joints = simulate(plan, 30).joints

    inside = (joints[..., 0] > 0) & (joints[..., 0] < 1280)
    inside &= (joints[..., 1] > 0) & (joints[..., 1] < 720)
    assert inside.all(axis=-1).mean() > 0.97
    assert np.isfinite(joints).all()
    assert joints[..., 2].min() >= 0.05
    assert joints[..., 2].max() <= 0.99


def test_bodies_have_human_proportions(calm: Recording) -> None:
    """Heads are above shoulders, above hips, above knees, above ankles, at human distances."""
    y = calm.joints[..., 1]
    height = height_px(calm.joints)
    heads, shoulders, hips = y[..., 0], y[..., 5:7].mean(-1), y[..., 11:13].mean(-1)
    knees, ankles = y[..., 13:15].mean(-1), y[..., 15:17].mean(-1)

    for upper, lower in pairwise([heads, shoulders, hips, knees, ankles]):
        assert (lower - upper > 0).mean() > 0.98
    legs = (ankles - hips) / height
    assert 0.40 < np.median(legs) < 0.58


def test_whoever_is_farther_looks_smaller(calm: Recording) -> None:
    """Perspective: the higher the feet stand in the picture, the smaller the body."""
    feet_px = calm.joints[..., 15:17, 1].max(axis=-1).ravel()

    assert np.corrcoef(feet_px, height_px(calm.joints).ravel())[0, 1] > 0.9


def test_feet_do_not_skate() -> None:
    """Of a walker's two feet one rests while the body goes on."""
    joints = simulate(Simulation(people=8, seed=2, fps=30, noise=0), 20).joints[..., :2]
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1)
    body, foot = speed[..., 11:13].mean(-1), speed[..., 15:17].min(-1)
    walks = body > np.quantile(body, 0.6)

    assert np.median(foot[walks] / body[walks]) < 0.4


def test_arms_swing_against_legs(calm: Recording) -> None:
    """The left wrist goes forward with the right ankle."""
    x = calm.joints[..., 0]
    legs = x[..., LEFT_ANKLE] - x[..., RIGHT_ANKLE]
    arms = x[..., LEFT_WRIST] - x[..., RIGHT_WRIST] - (x[..., 5] - x[..., 6])

    assert np.corrcoef(np.diff(legs, axis=0).ravel(), np.diff(arms, axis=0).ravel())[0, 1] < -0.4


def test_nobody_jumps(calm: Recording) -> None:
    """From one frame to the next no joint goes farther than a swinging foot can."""
    steps = np.linalg.norm(np.diff(calm.joints[..., :2], axis=0), axis=-1)

    assert (steps / height_px(calm.joints[1:])[..., None]).max() < 0.2


@pytest.mark.parametrize("fps", [1, 5, 30, 60])
def test_any_frame_rate_shows_the_same_schedule(fps: int) -> None:
    """A slow camera sees fewer frames of a world that moves just as finely."""
    plan = Simulation(people=3, seed=4, fps=fps, events=(Event("fall", 4.0),))

    recording = simulate(plan, 9)

    assert len(recording.at_s) == 9 * fps
    assert [e.kind for e in recording.episodes] == ["fall"]
    assert abs(recording.episodes[0].start_s - 4) < 0.15


def test_an_event_waits_until_somebody_is_free() -> None:
    """With everybody busy the next event comes late, but it comes."""
    plan = Simulation.parse({"people": "1", "events": "fall@1,run@2"})

    episodes = simulate(plan, 20).episodes

    assert [e.kind for e in episodes] == ["fall", "run"]
    assert episodes[1].start_s >= episodes[0].normal_again_s


def test_source_plays_what_simulate_records(time: SteppedTime) -> None:
    """Live frames carry the recorded poses, in real time, with the people's numbers."""
    plan = Simulation.parse({"people": "3", "fps": "10", "seed": "5", "loop": "2"})
    frames = []

    for frame in SimulatedSource("gate", plan, clock=time, stop=time.stop):
        frames.append(frame)
        if len(frames) == 41:
            time.stop.set()

    first = np.stack([[pose.joints for pose in frame.poses] for frame in frames[:20]])
    assert np.array_equal(first, simulate(plan, 2).joints)
    assert [frame.seq for frame in frames] == [*range(20), *range(20), 0]
    np.testing.assert_allclose(np.diff([frame.at for frame in frames]), 0.1, atol=1e-6)
    assert len({frame.session for frame in frames}) == 3
    assert [pose.number for pose in frames[0].poses] == [1, 2, 3]
    box, joints = frames[0].poses[0].box_px, frames[0].poses[0].joints
    assert (box[:2] < joints[:, :2].min(axis=0)).all()
    assert (box[2:] > joints[:, :2].max(axis=0)).all()


def test_late_readers_skip_frames_not_time(time: SteppedTime) -> None:
    """A slow reader gets the newest frame, and the world has gone on meanwhile."""
    plan = Simulation.parse({"people": "2", "fps": "10", "seed": "5", "loop": "3"})
    recorded = simulate(plan, 3).joints
    shown = []

    for frame in SimulatedSource("gate", plan, clock=time, stop=time.stop):
        shown.append(frame.seq)
        assert np.array_equal([pose.joints for pose in frame.poses], recorded[frame.seq])
        time.now += 0.4
        if frame.seq > 24:
            time.stop.set()

    assert shown == list(range(0, 29, 4))


@pytest.mark.slow
def test_a_frame_costs_little() -> None:
    """Sixty-four cameras of five people at 15 fps fit one core: under 1 ms of it a frame."""
    plan = Simulation(people=5)
    best_s = 1.0
    for _ in range(3):
        started_s = real_time.process_time()
        simulate(plan, 20)
        best_s = min(best_s, (real_time.process_time() - started_s) / 300)

    assert best_s < 1e-3

"""The kinds that one person's poses alone show."""

import numpy as np
import pytest
from support.small_model import walk

from inference.kinds import running
from inference.kinds.fall import FallState
from inference.kinds.running import UsualSpeed
from inference.kinds.sequence import kinds_of_each, sequence_kinds
from inference.kinds.watch import KindOptions
from tracker.cues.body import BodyHistory
from tracker.cues.frame import LOST_S, cues_of_one
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation, simulate
from tracker.types import Float32, PersonId, Pose, Track

FPS = 15.0


def _acting(kind: str, seed: int) -> Float32:
    """Return the poses of somebody who does this, from before until after it."""
    plan = Simulation(people=2, fps=FPS, seed=seed, events=(Event(kind, 8.0),))  # type: ignore[arg-type]
    recording = simulate(plan, 25.0)
    (episode,) = recording.episodes
    begin, end = round((episode.start_s - 2) * FPS), round((episode.end_s + 1.5) * FPS)
    poses: Float32 = recording.joints[begin:end, episode.person - 1].astype(np.float32)
    return poses


def test_most_simulated_falls_are_seen() -> None:
    """Falls are found from the pose alone, in whatever direction they go."""
    seen = [sequence_kinds(_acting("fall", seed), FPS)[0].seen for seed in range(6)]

    assert sum(seen) >= 5


def test_somebody_who_stays_shows_nothing() -> None:
    """Both kinds are judged, neither is seen."""
    for kind in sequence_kinds(walk(frames=60)[0], 24.0):
        assert kind.score is not None
        assert kind.score < 0.8
        assert not kind.seen


def test_nobody_is_not_judged() -> None:
    """Without a single joint there is no score."""
    for kind in sequence_kinds(np.zeros((30, 17, 3), np.float32), 24.0):
        assert (kind.score, kind.frame, kind.seen) == (None, None, False)


@pytest.mark.parametrize("kind", ["fall", "run"])
@pytest.mark.parametrize("fps", [7.3, 15.0, 24.0, 60.0, 200.0])
def test_a_series_is_judged_as_a_camera_judges_its_frames(kind: str, fps: float) -> None:
    """Scores, their frames and decisions are those of the rules that see frame after frame."""
    rng = np.random.default_rng(0)
    whole = _acting(kind, 1)
    holes, faint = whole.copy(), whole.copy()
    holes[rng.random(len(whole)) < 0.1, :, 2] = 0
    holes[30 : 30 + round(2.5 * fps), :, 2] = 0
    faint[..., 2] *= rng.random(faint.shape[:2]) > 0.3

    for poses in (whole, holes, faint, whole[:1], whole[5:29], _lies_flatter(whole, fps)):
        found = [(each.score, each.frame, each.seen) for each in sequence_kinds(poses, fps)]
        assert found == _frame_by_frame(poses, fps)


def _lies_flatter(poses: Float32, fps: float) -> Float32:
    """Return somebody who has lain for two seconds, and lies flat within a quarter of a second."""
    lain, drop = round(2 * fps), max(round(0.25 * fps), 1)
    high = np.concatenate([np.ones(lain), np.linspace(1, 0.2, drop + 1), np.full(lain, 0.2)])
    lying = np.repeat(poses[-1:], len(high), axis=0)
    ground = lying[0, :, 1].max()
    lying[..., 1] = ground + (lying[..., 1] - ground) * high[:, None]
    lying[..., 0] += 3 * (np.arange(len(high))[:, None] / fps) ** 2  # no two frames move alike
    return lying


def test_people_are_judged_each_for_themselves() -> None:
    """Who shares a call with others, of whatever length and rate, is judged as alone."""
    acts = [_acting("fall", seed)[:40] for seed in range(3)] + [walk(frames=60)[0]]
    acts.append(acts[0] * np.float32([1, 1, 0]))
    rates = [15.0, 15.0, 24.0, 24.0, 15.0]

    together = kinds_of_each(acts, rates)

    alone = [sequence_kinds(poses, fps) for poses, fps in zip(acts, rates, strict=True)]
    assert together == alone


def _frame_by_frame(poses: Float32, fps: float) -> list[tuple[float | None, int | None, bool]]:
    """Return what the rules of a camera find that sees these poses one after the other."""
    options, fall, usual = KindOptions(), FallState(), UsualSpeed()
    body: BodyHistory | None = None
    falls, runs = np.full((2, len(poses)), -np.inf)
    fell, at = False, 0.0
    for frame, joints in enumerate(poses):
        at = frame / fps
        seen = joints[joints[:, 2] > 0.3, :2]
        if not len(seen):
            continue
        box_px = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
        track = Track(PersonId("gate", "s", 1), frame, at, Pose(joints, box_px))
        if body is None or at - body.seen_at > LOST_S:
            body = BodyHistory()
        cues = cues_of_one(track, body.add(track))
        fell |= fall.update(cues, at, options.fall)
        ran = running.score(cues, usual, options.running)
        falls[frame], runs[frame] = fall.score, -np.inf if ran is None else ran
    fell |= fall.vanished(at, np.inf, options.fall)
    fast = "".join("x" if each else " " for each in runs >= 1).split()
    ran_s = max(map(len, fast), default=0) / fps
    return [_highest(falls, fell), _highest(runs, ran_s >= options.run_rule.minimum_s)]


def _highest(scores: np.ndarray, seen: bool) -> tuple[float | None, int | None, bool]:
    best = int(scores.argmax())
    known = bool(np.isfinite(scores[best]))
    return (round(float(scores[best]), 3), best, seen) if known else (None, None, False)

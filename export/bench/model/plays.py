"""Simulated plays with their truth, and who raises alarms in them, for `bench candidates`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from export.data.clips import Clip
from export.data.segments import live_segments
from export.evaluation.alarms import Alarm, alarms, smoothed
from export.evaluation.protocols import Float64
from export.evaluation.window_scorer import WindowScorer, score_segments
from export.extraction.pipeline import play_poses
from inference.alert_options import AlertOptions
from tracker.options import WindowOptions
from tracker.simulator.crowd import Episode, Event, Kind
from tracker.simulator.source import Simulation, simulate

PLAY_S = 90.0
PEOPLE = 4
SCHEDULE = (Event("fall", 20.0), Event("run", 45.0), Event("fight", 70.0))
# Far from the seeds of training, demo and tests; cameras of many rates.
FIRST_SEED = 5001
RATES_FPS = (15.0, 10.0, 25.0)
# A window still shows what was a second ago, smoothing some more.
AFTER_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """What people did before a camera.

    Attributes:
        clip: on the model's grid.
        source_fps: of the camera.
        seconds: how long it lasts.
        episodes: what in it is not normal.
    """

    clip: Clip
    source_fps: float
    seconds: float
    episodes: Sequence[Episode] = ()


@dataclass(frozen=True, slots=True)
class Peak:
    """How far one event rises.

    Attributes:
        ratio: highest smoothed score of those who do it, over the threshold.
        found: an alarm of theirs was open in it.
    """

    kind: Kind
    ratio: float
    found: bool


@dataclass(slots=True)
class Outcome:
    """What a model says of plays.

    Attributes:
        peaks: of every event.
        others: alarms that belong to no event.
        seconds: how long the plays last together.
        windows, high: how many were scored, and how many of these reach the threshold.
    """

    peaks: list[Peak] = field(default_factory=list)
    others: int = 0
    seconds: float = 0.0
    windows: int = 0
    high: int = 0


def others_per_hour(outcomes: Sequence[Outcome]) -> float:
    """Return the alarms that belong to no event, per hour of a camera, over all outcomes."""
    return sum(one.others for one in outcomes) / sum(one.seconds for one in outcomes) * 3600


@dataclass(frozen=True, slots=True, eq=False)
class _Trail:
    """One person's scores, (N,), and when each window ended."""

    person: int
    nll: Float64
    at_s: Float64


def plays(number: int, fps: float, events: Sequence[Event]) -> Iterator[Play]:
    """Play simulated crowds, each another, on a grid of that rate."""
    for seed in range(FIRST_SEED, FIRST_SEED + number):
        rate = RATES_FPS[seed % len(RATES_FPS)]
        plan = Simulation(people=PEOPLE, fps=rate, seed=seed, events=tuple(events))
        record = simulate(plan, PLAY_S)
        clip = Clip(f"sim_{seed}", fps, play_poses(plan, record, fps).poses())
        yield Play(clip, rate, PLAY_S, record.episodes)


def evaluate_plays(shown: Sequence[Play], judge: WindowScorer, threshold: float) -> Outcome:
    """Judge plays as the live service would, people one by one."""
    outcome = Outcome()
    for play in shown:
        trails = list(_trails(play, judge))
        raised = {t.person: alarms(t.nll, t.at_s, threshold, AlertOptions()) for t in trails}
        peaks = [_peak(event, trails, raised, threshold) for event in _events(play.episodes)]
        outcome.peaks += peaks
        outcome.others += sum(
            not any(_belongs(alarm, one) for one in play.episodes if one.person == person)
            for person, found in raised.items()
            for alarm in found
        )
        outcome.seconds += play.seconds
        outcome.windows += sum(len(trail.nll) for trail in trails)
        outcome.high += sum(int((trail.nll >= threshold).sum()) for trail in trails)
    return outcome


def varied(shown: Sequence[Play], change: Callable[[Clip], Clip]) -> list[Play]:
    """Return plays as another pose estimator would have seen them."""
    return [replace(one, clip=change(one.clip)) for one in shown]


def _trails(play: Play, judge: WindowScorer) -> Iterator[_Trail]:
    """Score everybody at the service's pace."""
    stride = max(round(WindowOptions().stride * play.clip.fps / play.source_fps), 1)
    segments = live_segments([play.clip], judge.frames, stride)
    nll = score_segments(segments, judge, threads=1).astype(np.float64)
    for person in np.unique(segments.person).tolist():
        rows = np.flatnonzero((segments.person == person) & np.isfinite(nll))
        yield _Trail(person, nll[rows], segments.last_frame[rows] / play.clip.fps)


def _events(episodes: Sequence[Episode]) -> list[list[Episode]]:
    """Put those who fight together: two people, one event."""
    found: dict[tuple[Kind, float], list[Episode]] = {}
    for episode in episodes:
        found.setdefault((episode.kind, episode.start_s), []).append(episode)
    return list(found.values())


def _peak(
    event: Sequence[Episode],
    trails: Sequence[_Trail],
    raised: dict[int, list[Alarm]],
    threshold: float,
) -> Peak:
    values = [np.array([-np.inf])]
    for trail in trails:
        for one in event:
            within = (trail.at_s >= one.start_s) & (trail.at_s <= one.normal_again_s + AFTER_S)
            if one.person == trail.person:
                values.append(smoothed(trail.nll, trail.at_s, AlertOptions())[within])
    found = any(_belongs(alarm, one) for one in event for alarm in raised.get(one.person, ()))
    return Peak(event[0].kind, float(np.concatenate(values).max() / threshold), found)


def _belongs(alarm: Alarm, episode: Episode) -> bool:
    begins, ends = episode.start_s, episode.normal_again_s + AFTER_S
    return alarm.opened_s <= ends and alarm.closed_s >= begins

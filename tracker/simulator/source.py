"""People who are not there: a source for demos, tests and load, with known truth.

``sim:?people=4&fps=15&seed=7&events=fall@20,run@45,fight@70&loop=90``: people walk and stand
before a fixed camera; on schedule one falls, one runs, or two fight. The same seed gives the same
play. Frames carry poses as an estimator would tell them, and no picture.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from threading import Event as Flag

import numpy as np
from numpy.typing import NDArray

from tracker.playback import FrameClock, sessions
from tracker.ports import FrameSource
from tracker.simulator.body import Floats
from tracker.simulator.crowd import LASTS_S, Crowd, Episode, Event
from tracker.simulator.daily import STILL, WALKING, Activity, DailyLife
from tracker.simulator.view import Camera, Eyes
from tracker.types import Float32, Frame, Pose

LONGEST_STEP_S = 0.1  # slow cameras see a world that is moved in finer steps
DAILY_SEED = 1
BLOCK = 24  # frames that are computed together
_RANGES = {
    "people": (1, 50),
    "fps": (1, 120),
    "seed": (0, 2**32 - 1),
    "loop": (0, 86_400),
    "width": (64, 7_680),
    "height": (64, 4_320),
    "noise": (0, 20),
    "daily": (0, 1),
    "wheelchairs": (0, 50),
}
_EVENT = re.compile(r"([a-z]+)@(\d{1,6}(?:\.\d{1,3})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is played.

    Attributes:
        loop: after so many seconds the play starts again, as a new session; 0 never.
        noise: the pose estimator's errors, 1 as usual, 0 none.
        daily: share of the pauses in which people do something of daily life, such as sitting
            down, bending or lying down; some are children then. 0: they only walk and stand.
        acts: of daily life, nothing but this; empty: everything, as often as people do it.
        wheelchairs: so many of the people sit in one; nothing happens to them.
    """

    people: int = 4
    fps: float = 15.0
    seed: int = 0
    events: tuple[Event, ...] = ()
    loop: float = 0.0
    width: int = 1280
    height: int = 720
    noise: float = 1.0
    daily: float = 0.0
    acts: tuple[Activity, ...] = ()
    wheelchairs: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {low} to {high}")
        if 0 < self.loop < 1:
            raise ValueError(f"loop is {self.loop}; it must be 0 or at least 1 second")
        if self.people < 2 and any(event.kind == "fight" for event in self.events):
            raise ValueError("events has a fight, which takes two; set people to 2 or more")
        if (self.acts or self.wheelchairs) and not self.daily:
            raise ValueError("acts and wheelchairs are of daily life; set daily above 0")
        if self.wheelchairs > self.people:
            raise ValueError(f"wheelchairs is {self.wheelchairs}; there are {self.people} people")

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> "Simulation":
        """Read settings as they stand in a source.

        Raises:
            ValueError: one is malformed; the text names it and its remedy.
        """
        values = {
            name: _number(name, text)
            for name, text in settings.items()
            if name not in ("events", "acts")
        }
        events = tuple(map(_event, filter(None, settings.get("events", "").split(","))))
        acts = tuple(map(_activity, filter(None, settings.get("acts", "").split(","))))
        return cls(**values, events=events, acts=acts)  # type: ignore[arg-type]  # `_number` gave each its type


SIMULATION_OPTIONS = tuple(field.name for field in fields(Simulation))


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A play on record, with its truth.

    Attributes:
        at_s: float64 (F,), seconds since the session began.
        joints: float32 (F, P, 17, 3): x_px, y_px, confidence; person p has number p + 1.
    """

    fps: float
    at_s: NDArray[np.float64]
    joints: Float32
    episodes: tuple[Episode, ...]


def simulate(simulation: Simulation, seconds: float, *, play: int = 0) -> Recording:
    """Record the first seconds of a play, as fast as it can be computed.

    Args:
        play: which loop of the source; each plays the same schedule with other people.
    """
    stage = Stage(simulation, play)
    frames = max(round(seconds * simulation.fps), 1)
    blocks = [stage.play(min(BLOCK, frames - begin)) for begin in range(0, frames, BLOCK)]
    joints = np.concatenate(blocks)
    at_s = np.arange(frames) / simulation.fps
    return Recording(simulation.fps, at_s, joints, tuple(stage.crowd.episodes))


class Stage:
    """One play, some frames at a time."""

    def __init__(self, simulation: Simulation, play: int = 0) -> None:
        self._elapsed_s = 1 / simulation.fps
        self._steps = max(int(np.ceil(self._elapsed_s / LONGEST_STEP_S)), 1)
        self._first = True
        # The camera hangs where it hangs; the people are others in every play.
        mounting = np.random.default_rng(simulation.seed)
        self._camera = Camera.draw(simulation.width, simulation.height, mounting)
        chance = np.random.default_rng((simulation.seed, play))
        daily = None
        if simulation.daily:
            # Its own generator: whoever plays without draws as ever.
            own = np.random.default_rng((simulation.seed, play, DAILY_SEED))
            riders = range(simulation.people - simulation.wheelchairs, simulation.people)
            daily = DailyLife(
                simulation.people, simulation.daily, own, only=simulation.acts, riders=riders
            )
        self.crowd = Crowd(simulation.people, simulation.events, self._camera, chance, daily=daily)
        self._eyes = Eyes(simulation.people, simulation.noise, self._elapsed_s, chance)

    def play(self, frames: int) -> Float32:
        """Move on by so many frames; return what the camera sees, float32 (F, P, 17, 3)."""
        moments, slow, quick = [], [], []
        for _ in range(frames):
            self._move()
            moments.append(self.crowd.moment())
            wandering, new = self._eyes.blink()
            slow.append(wandering)
            quick.append(new)
        joints_m = self.crowd.joints_m(moments)
        heading = np.stack([moment.heading for moment in moments])
        pixels = self._camera.project(joints_m)
        seen = self._eyes.see(pixels, joints_m, heading, np.stack(slow), np.stack(quick))
        return seen.astype(np.float32)

    def bodies_m(self, frames: int) -> Floats:
        """Move on by so many frames; return the true joints, float64 (F, P, 17, 3), metres."""
        moments = []
        for _ in range(frames):
            self._move()
            moments.append(self.crowd.moment())
        return self.crowd.joints_m(moments)

    def _move(self) -> None:
        if not self._first:
            for _ in range(self._steps):
                self.crowd.step(self._elapsed_s / self._steps)
        self._first = False


class _Ahead:
    """Plays a stage some frames ahead of its reader.

    Args:
        first: frames of the first block; cameras that start together then do not all play their
            next block at the same moment.
    """

    def __init__(self, stage: Stage, first: int) -> None:
        self._stage = stage
        self._size = first
        self._begin = 0
        self._block: list[tuple[Pose, ...]] = []

    def poses(self, index: int) -> tuple[Pose, ...]:
        """Return the poses of a frame, none before the last one asked for."""
        while index >= self._begin + len(self._block):
            self._begin += len(self._block)
            self._block = _poses(self._stage.play(self._size))
            self._size = BLOCK
        return self._block[index - self._begin]


class SimulatedSource(FrameSource):
    """Plays a simulation in real time.

    Args:
        stop: ends the iteration at once.
    """

    def __init__(
        self,
        camera: str,
        simulation: Simulation,
        *,
        clock: Callable[[], float] = time.time,
        stop: Flag | None = None,
    ) -> None:
        self._camera = camera
        self._simulation = simulation
        self._clock = clock
        self._stop = stop or Flag()

    def __iter__(self) -> Iterator[Frame]:
        plan = self._simulation
        frames = round(plan.loop * plan.fps) or math.inf
        for play, session in sessions(self._clock, self._stop, loop=True):
            ahead = _Ahead(Stage(plan, play), 1 + plan.seed % BLOCK)
            for index, at in FrameClock(plan.fps, self._clock, self._stop).due_frames():
                if index >= frames:
                    break
                poses = ahead.poses(index)
                yield Frame(self._camera, session, index, at, plan.width, plan.height, poses=poses)


def _poses(joints: Float32) -> list[tuple[Pose, ...]]:
    """Return each frame's poses."""
    low, high = joints[..., :2].min(axis=2), joints[..., :2].max(axis=2)
    margin = 0.05 * (high - low)
    boxes = np.concatenate([low - margin, high + margin], axis=-1)
    return [
        tuple(
            Pose(body, box, number)
            for number, (body, box) in enumerate(zip(bodies, around, strict=True), start=1)
        )
        for bodies, around in zip(joints, boxes, strict=True)
    ]


def _number(name: str, text: str) -> int | float:
    whole = name in ("people", "seed", "width", "height", "wheelchairs")
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name} is {text!r}; it must be {kind}") from None


def _event(text: str) -> Event:
    match = _EVENT.fullmatch(text)
    for kind in LASTS_S:
        if match and match[1] == kind:
            return Event(kind, float(match[2]))
    raise ValueError(f"events has {text!r}; write fall@20, run@45 or fight@70, in seconds")


def _activity(text: str) -> Activity:
    for one in (*STILL, *WALKING):
        if text == one:
            return one
    raise ValueError(f"acts has {text!r}; write some of {', '.join((*STILL, *WALKING))}")

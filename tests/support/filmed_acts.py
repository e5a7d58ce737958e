"""Simulated people doing one thing before cameras from many sides, as cues."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from tracker.cues.frame import CueHistory
from tracker.simulator.actions import Habits, fall, idle
from tracker.simulator.body import Floats, Posture, gait, skeleton
from tracker.simulator.daily import CHILD_M, EASE_S, LASTS_S, Act, Still
from tracker.simulator.daily_postures import live
from tracker.simulator.view import Camera, Eyes
from tracker.types import Float32, FrameView, PersonCues, PersonId, Pose, Track

FPS = 15.0
STANDS_S = 2.0  # before it begins, and after it
ADULT_M = (1.55, 1.88)
# Puts a posture's rows, one a frame, into what is done; returns how firmly the feet stay in place.
Doing: TypeAlias = Callable[[Posture, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Shot:
    """One person before one camera.

    Attributes:
        facing_rad: 0 looks away from the camera.
    """

    camera: Camera
    away_m: float
    facing_rad: float
    stature_m: float

    @classmethod
    def draw(cls, rng: np.random.Generator, *, child: bool = False) -> "Shot":
        """Draw a camera 2.2 to 4.5 m high that looks at somebody 4 to 11 m away."""
        height_m, away_m = rng.uniform(2.2, 4.5), rng.uniform(4, 11)
        focal_px = 640 / math.tan(math.radians(rng.uniform(30, 50)))
        pitch = math.atan2(height_m - 1, away_m) + rng.uniform(-0.1, 0.1)
        camera = Camera(1280, 720, focal_px, height_m, pitch)
        stature_m = rng.uniform(*(CHILD_M if child else ADULT_M))
        return cls(camera, away_m, rng.uniform(-math.pi, math.pi), stature_m)


def activity(name: Still, rng: np.random.Generator) -> tuple[float, Doing]:
    """Return how long an activity of daily life lasts, and how it is done."""
    ease_s = float(rng.uniform(*EASE_S[name]))
    lasts_s = max(float(rng.uniform(*LASTS_S[name])), 2 * ease_s)
    act = Act(name, 0.0, lasts_s, ease_s, float(rng.uniform(0.75, 1.1)), float(rng.random()))

    def do(posture: Posture, since_s: Floats) -> Floats:
        rows = np.flatnonzero((since_s >= 0) & (since_s <= lasts_s)).tolist()
        firm = np.zeros(len(since_s))
        firm[rows] = live(posture, [(row, act) for row in rows], since_s[rows])
        return firm

    return lasts_s, do


def falling(to_rad: float) -> Doing:
    """Return a fall; 0 is forward, π/2 to the left."""

    def do(posture: Posture, since_s: Floats) -> Floats:
        rows = np.flatnonzero(since_s >= 0).tolist()
        posture.tilt_to[rows] = to_rad
        fall(posture, rows, since_s[rows])
        return np.zeros(len(since_s))

    return do


def film(
    shot: Shot, do: Doing, lasts_s: float, rng: np.random.Generator
) -> Iterator[tuple[float, PersonCues]]:
    """Yield the time since it began and the cues of every frame."""
    joints = _seen(shot, _body_m(shot.stature_m, do, lasts_s, rng), rng)
    history, person = CueHistory(), PersonId("gate", "s1", 1)
    for frame, each in enumerate(joints):
        low, high = each[:, :2].min(axis=0), each[:, :2].max(axis=0)
        margin = 0.05 * (high - low)
        pose = Pose(each, np.concatenate([low - margin, high + margin]))
        tracks = (Track(person, frame, frame / FPS, pose),)
        view = FrameView("gate", "s1", frame, frame / FPS, 1280, 720, tracks)
        yield frame / FPS - STANDS_S, history.add(view).people[0]


def _body_m(stature_m: float, do: Doing, lasts_s: float, rng: np.random.Generator) -> Floats:
    """Return somebody who stands, does it, and stands, float64 (F, 17, 3)."""
    frames = round((lasts_s + 2 * STANDS_S) * FPS)
    now_s, statures_m = np.arange(frames) / FPS, np.full(frames, stature_m)
    posture = gait(np.full(frames, 0.25), np.zeros(frames), statures_m)
    own = Habits.draw(1, rng)
    habits = Habits(*(np.repeat(getattr(own, one.name), frames, axis=0) for one in fields(Habits)))
    idle(posture, habits, now_s[:, None])
    firm = do(posture, now_s - STANDS_S)
    body = skeleton(posture, statures_m)
    body[..., 0] -= (firm * body[:, 15:17, 0].mean(axis=1))[:, None]
    return body


def _seen(shot: Shot, body_m: Floats, rng: np.random.Generator) -> Float32:
    cos, sin = math.cos(shot.facing_rad), math.sin(shot.facing_rad)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    world_m = (body_m @ turn + [shot.away_m, 0.0, 0.0])[:, None]
    eyes = Eyes(1, 1.0, 1 / FPS, rng)
    slow, quick = zip(*(eyes.blink() for _ in body_m), strict=True)
    heading = np.full((len(body_m), 1), shot.facing_rad)
    pixels = shot.camera.project(world_m)
    seen = eyes.see(pixels, world_m, heading, np.stack(slow), np.stack(quick))
    return np.asarray(seen[:, 0], np.float32)

"""Stretches of people for tests."""

import numpy as np

from inference.stretches.stretch import (
    KindHeld,
    Stretch,
    StretchWindow,
    priority_of,
    stretch_id,
)
from inference.types import Kind
from tracker.types import PersonId

FPS, FRAMES = 24.0, 24
# An hour and a day begin together.
DAY = 1_699_920_000.0


def held(
    score: float, kind: Kind = "movement", threshold: float = 2.0, at: float = DAY
) -> KindHeld:
    """What a kind's rule held; as close as it is a share of its threshold."""
    return KindHeld(kind, score, threshold, at, None, min(score / threshold, 1.0))


def windows(begin_at: float, *nlls: float, seed: int = 0) -> tuple[StretchWindow, ...]:
    """Windows of somebody who moves a little, three poses apart."""
    rng = np.random.default_rng(seed)
    steps = FRAMES + 3 * len(nlls)
    poses = rng.uniform(0, 4, (steps, 17, 3)).cumsum(axis=0).astype("<f4")
    return tuple(
        StretchWindow(
            begin_at + 3 * place / FPS,
            nll,
            nll,
            poses[3 * place : 3 * place + FRAMES].tobytes(),
        )
        for place, nll in enumerate(nlls)
    )


def stretch(
    number: int = 1,
    begin_at: float = DAY,
    *nlls: float,
    camera: str = "gate",
    score: float | None = 1.0,
    kind: Kind = "movement",
    alert: str | None = None,
    priority: int | None = None,
) -> Stretch:
    """A person's stretch; `score` is what its kind's rule held."""
    person = PersonId(camera, "s1", number)
    name = stretch_id(person, begin_at)
    found = () if score is None else (held(score, kind, at=begin_at + 2.0),)
    scored = windows(begin_at + 1.0, *(nlls or (0.5, score or 0.6, 0.5)), seed=number)
    return Stretch(
        id=name,
        camera=camera,
        person=str(person),
        begin_at=begin_at,
        until=scored[-1].at,
        frames=FRAMES,
        fps=FPS,
        model="m",
        held=found,
        windows=scored,
        complete=True,
        priority=priority_of(1, name) if priority is None else priority,
        alert=alert,
        width_px=640,
        height_px=480,
    )

"""Cues of made-up people, for tests of the kinds of alerts."""

from dataclasses import replace

from tracker.types import FrameCues, PersonCues

START_AT = 1_700_000_000.0
FPS = 15.0
STANDING = PersonCues(
    number=1,
    other=0,
    x_px=300.0,
    y_px=300.0,
    height_px=180.0,
    body_px=180.0,
    confidence=0.8,
    top_speed=0.0,
    height_lost=0.0,
    aspect=2.5,
    upright=1.0,
    hip_drop=0.0,
    speed=0.0,
    trunk_speed=0.0,
    apart=float("nan"),
    agitation=float("nan"),
    strike=float("nan"),
    shove=float("nan"),
    legs_upright=1.0,
)
DROPPING = replace(
    STANDING, height_px=120.0, top_speed=1.3, height_lost=0.33, upright=0.5, hip_drop=0.25
)
LYING = replace(
    STANDING, y_px=370.0, height_px=60.0, height_lost=0.66, upright=0.1, hip_drop=0.4, aspect=0.5
)
NAN = float("nan")


def frames(
    *people: PersonCues | None, start_s: float = 0.0, fps: float = FPS, session: str = "s1"
) -> list[FrameCues]:
    """Return a frame for each of these cues, in a row; None: nobody is seen."""
    return [
        FrameCues(
            "gate",
            session,
            round((start_s + number / fps) * fps),
            START_AT + start_s + number / fps,
            () if cues is None else (cues,),
        )
        for number, cues in enumerate(people)
    ]


def fall(*, lies_s: float = 1.0, pose: bool = True) -> list[PersonCues]:
    """Return the cues of somebody who stands for a second, falls and lies; without pose, by box."""
    acts = [STANDING] * 15 + [DROPPING] * 6 + [LYING] * round(lies_s * FPS)
    if pose:
        return acts
    return [replace(each, upright=NAN, hip_drop=NAN, confidence=0.0) for each in acts]

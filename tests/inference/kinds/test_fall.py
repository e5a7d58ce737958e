"""Falls, and what of daily life is none, from many sides."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.cue_maker import LYING, STANDING
from support.filmed_acts import Doing, Shot, activity, falling, film

from inference.alert_options import AlertOptions
from inference.camera_alerts import CameraAlerts
from inference.kinds.fall import FallOptions, FallState
from inference.kinds.watch import KindOptions
from tracker.cues.frame import CueHistory
from tracker.simulator.daily import STILL, Still
from tracker.simulator.source import Simulation, simulate
from tracker.types import FrameView, PersonCues, PersonId, Pose, Track

VIEWS = 3


def falls(shot: Shot, do: Doing, lasts_s: float, rng: np.random.Generator) -> list[float]:
    """Return when falls are decided, in seconds since it began."""
    state, options = FallState(), FallOptions()
    return [
        since_s
        for since_s, cues in film(shot, do, lasts_s, rng)
        if state.update(cues, since_s, options)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("child", [False, True], ids=["adult", "child"])
@pytest.mark.parametrize("name", STILL)
def test_daily_life_is_no_fall(name: Still, child: bool) -> None:
    """Push-ups, exercise, jumping, sitting, bending, lying down slowly: from whichever side."""
    rng = np.random.default_rng(STILL.index(name))

    for _ in range(VIEWS):
        lasts_s, do = activity(name, rng)
        assert falls(Shot.draw(rng, child=child), do, lasts_s, rng) == []


@pytest.mark.slow
def test_falls_across_and_towards_the_camera_are_found() -> None:
    """Nearly all of them, from whichever height; of those away from it some are missed."""
    rng = np.random.default_rng(11)
    found = {}
    for name, turned_rad in (("across", math.pi / 2), ("towards", math.pi)):
        shots = [Shot.draw(rng) for _ in range(12)]
        found[name] = sum(
            bool(falls(shot, falling(turned_rad - shot.facing_rad), 4.0, rng)) for shot in shots
        )

    assert found["across"] == 12
    assert found["towards"] >= 9


@pytest.mark.parametrize(("top_speed", "decided"), [(0.77, False), (0.88, True)])
def test_only_a_fast_drop_is_a_fall(top_speed: float, decided: bool) -> None:
    """The fastest who lay down on film, and the slowest who fell."""
    assert _falls_after([], top_speed=top_speed) == decided


@pytest.mark.parametrize(("lain_s", "decided"), [(0.7, True), (2.2, False)])
@pytest.mark.parametrize("pose", [True, False], ids=["pose", "box"])
def test_who_lies_already_does_not_fall(lain_s: float, decided: bool, pose: bool) -> None:
    """Who rolls over flat drops fast for a body that has become short; a fall is flat at once."""
    lying = replace(LYING, height_lost=0.0, hip_drop=0.0)
    assert _falls_after([lying] * round(lain_s * 15), pose=pose) == decided


def test_who_was_never_seen_upright_does_not_fall() -> None:
    """Somebody found on the ground has not been seen to fall."""
    state = FallState()
    assert not any(state.update(_dropped(), frame / 15, FallOptions()) for frame in range(15))


def _dropped(*, top_speed: float = 1.0, pose: bool = True) -> PersonCues:
    dropped = replace(LYING, top_speed=top_speed)
    return dropped if pose else replace(dropped, upright=math.nan, hip_drop=math.nan)


def _falls_after(before: list[PersonCues], *, top_speed: float = 1.0, pose: bool = True) -> bool:
    """Tell whether somebody falls who stood and did this before the drop."""
    dropped = [_dropped(top_speed=top_speed, pose=pose)] * 15
    cues, state = [STANDING] * 15 + before + dropped, FallState()
    return any(state.update(each, at / 15, FallOptions()) for at, each in enumerate(cues))


def test_legs_that_stay_long_belong_to_somebody_who_bends() -> None:
    """The trunk shortens and drops fast, as in a fall towards the camera; the legs tell."""
    bent = replace(STANDING, top_speed=1.6, height_lost=0.3, upright=-0.3, hip_drop=0.1)
    fell = replace(bent, legs_upright=0.3)

    for cues, seen in ((bent, False), (fell, True)):
        state = FallState()
        decided = [state.update(cues, frame / 15, FallOptions()) for frame in range(10)]
        assert any(decided) == seen


@pytest.mark.parametrize(
    ("since_s", "left", "decided"),
    [(0.3, False, False), (0.6, False, True), (0.3, True, False), (0.6, True, True)],
)
def test_a_body_that_only_shortened_must_stay_so_in_sight(
    since_s: float, left: bool, decided: bool
) -> None:
    """Those who walk by below a camera shorten, too, and leave; those who jump rise again."""
    shortened = replace(
        STANDING, top_speed=1.6, height_lost=0.3, upright=-0.3, hip_drop=0.1, legs_upright=0.3
    )
    state = FallState()

    seen = [
        state.update(shortened, frame / 10, FallOptions())
        for frame in range(round(since_s * 10) + 1)
    ]

    assert (any(seen) or (left and state.vanished(since_s, since_s + 1, FallOptions()))) == decided


@pytest.mark.slow
@pytest.mark.parametrize("wheelchairs", [0, 3], ids=["everybody", "in wheelchairs"])
def test_daily_life_among_others_raises_no_kind(wheelchairs: int) -> None:
    """People who walk, work, sit down and ride wheelchairs among each other do nothing unusual."""
    for seed in range(2):
        alerts, cues = CameraAlerts(1e9, AlertOptions(), KindOptions()), CueHistory()
        play = simulate(Simulation(people=3, seed=seed, daily=1.0, wheelchairs=wheelchairs), 30)
        decided = []
        for seq, (at, bodies) in enumerate(zip(play.at_s.tolist(), play.joints, strict=True)):
            decided += alerts.add_cues(cues.add(_view(seq, at, bodies)))

        assert decided == []


def _view(
    seq: int, at: float, bodies: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> FrameView:
    low, high = bodies[..., :2].min(axis=1), bodies[..., :2].max(axis=1)
    boxes_px = np.concatenate([low, high], axis=1)
    tracks = tuple(
        Track(PersonId("gate", "s1", number), seq, at, Pose(body, box_px))
        for number, (body, box_px) in enumerate(zip(bodies, boxes_px, strict=True), start=1)
    )
    return FrameView("gate", "s1", seq, at, 1280, 720, tracks)

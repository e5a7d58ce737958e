"""How long people are seen, and how much of that is not watched."""

import random
from collections.abc import Iterable
from itertools import chain

import numpy as np
import pytest

from tracker.cues.frame import CueHistory
from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.scene_block import SceneBlock, merged
from tracker.simulator.source import Simulation, simulate
from tracker.types import FrameView, PersonId, Pose, Track
from tracker.visits.people_time import PeopleFrame, PeopleTime, WatchRules
from tracker.visits.running_scene import RunningScene

RULES = WatchRules(
    frames=24, confidence=0.65, seen_above=0.3, seen_share=0.5, smallest_px=70.0, jump_speed=6.0
)
BEGIN_AT = 1_800_000_000.0
FPS = 15.0
WIDTH_PX, HEIGHT_PX = 1280, 720


def body(
    x_px: float = 600.0, top_px: float = 200.0, tall_px: float = 200.0, confidence: float = 0.9
) -> Pose:
    """Somebody who stands."""
    joints = np.zeros((17, 3), np.float32)
    joints[:, 0] = x_px + np.tile([-20, 20], 9)[:17]
    joints[:, 1] = top_px + np.linspace(0, tall_px, 17)
    joints[:, 2] = confidence
    box = np.array([x_px - 30, top_px, x_px + 30, top_px + tall_px], np.float32)
    return Pose(joints, box, 1)


def scene_of(
    frames: Iterable[dict[int, Pose]],
    *,
    fps: float = FPS,
    skipped: int = 0,
    ignored: frozenset[int] = frozenset(),
    small: frozenset[int] = frozenset(),
    rules: WatchRules = RULES,
) -> SceneBlock:
    """Return what a camera made of these frames, ten minutes at most."""
    scene = RunningScene(random.Random(1))
    time, cues = PeopleTime(rules, scene), CueHistory()
    resampler = Resampler(WindowOptions(frames=24, fps=24.0))
    for place, people in enumerate(frames):
        seq = place * (1 + skipped)
        at = BEGIN_AT + seq / fps
        tracks = tuple(
            Track(PersonId("gate", "s", number), seq, at, pose) for number, pose in people.items()
        )
        view = FrameView("gate", "s", seq, at, WIDTH_PX, HEIGHT_PX, tracks)
        watched = [each for each in tracks if each.person.number not in ignored | small]
        samples = resampler.advance(seq, at, watched)
        time.add(PeopleFrame(view, cues.add(view).people, ignored, small, samples))
    time.end()
    (block,) = scene.to_store()
    return block


def seconds(length_s: float, pose: Pose | None = None) -> list[dict[int, Pose]]:
    """Return frames of one person, for so long."""
    return [{1: pose or body()}] * round(length_s * FPS)


def test_somebody_whose_windows_are_full_is_watched_from_the_first_step_on() -> None:
    """The first window holds the second in which it fills."""
    block = scene_of(seconds(20.0))

    assert block.people_s == pytest.approx(20.0, abs=0.1)
    assert block.live_s == pytest.approx(20.0, abs=0.1)
    assert not block.unwatched_s


def test_somebody_who_is_gone_before_a_window_is_full_was_not_watched() -> None:
    """Neither they nor who is lost every half second, whatever the camera shows in between."""
    brief = scene_of([*seconds(0.8), *([{}] * 60)])
    broken = scene_of(chain.from_iterable([*seconds(0.7), *([{}] * 6)] for _ in range(20)))

    assert brief.unwatched_s == {"too-few-frames": pytest.approx(brief.people_s)}
    assert brief.people_s == pytest.approx(0.73, abs=0.02)
    assert broken.unwatched_s["too-few-frames"] == pytest.approx(broken.people_s, rel=0.01)


def test_where_four_of_five_frames_are_skipped_nobody_is_watched() -> None:
    """No window spans such gaps; people's time is known all the same."""
    block = scene_of([{1: body()}] * 90, skipped=4)

    assert block.people_s == pytest.approx(29.7, abs=0.1)
    assert block.unwatched_s == {"too-few-frames": pytest.approx(block.people_s)}


@pytest.mark.parametrize(
    ("pose", "reason"),
    [
        (body(tall_px=50.0), "too-small"),
        (body(confidence=0.5), "low-confidence"),
        (body(top_px=560.0, tall_px=160.0, confidence=0.5), "cut-off"),
        (body(x_px=20.0, confidence=0.5), "cut-off"),
    ],
)
def test_each_reason_has_its_seconds(pose: Pose, reason: str) -> None:
    """Ten seconds of it between ten good ones on either side."""
    block = scene_of([*seconds(10.0), *seconds(10.0, pose), *seconds(10.0)])

    assert block.people_s == pytest.approx(30.0, abs=0.1)
    # How large somebody is follows slowly.
    assert block.unwatched_s[reason] == pytest.approx(10.0, abs=2.5)  # type: ignore[index]
    rest = {key: value for key, value in block.unwatched_s.items() if key != reason}
    assert sum(rest.values()) <= 0.5  # a body that grows at once seems to jump


def test_a_sure_body_at_the_edge_is_watched() -> None:
    """What is seen of somebody is enough: the edge alone is no reason."""
    assert not scene_of(seconds(10.0, body(x_px=20.0))).unwatched_s


def test_who_is_ignored_has_no_time_and_who_is_called_too_small_does() -> None:
    """Ignored zones are somebody's wish; a least height hides what there is."""
    frames = [{1: body(), 2: body(x_px=900.0)}] * 150
    ignored, small = (
        scene_of(frames, ignored=frozenset({2})),
        scene_of(frames, small=frozenset({2})),
    )

    assert (ignored.people_s, ignored.unwatched_s) == (pytest.approx(10.0, abs=0.1), {})
    assert small.people_s == pytest.approx(20.0, abs=0.2)
    assert small.unwatched_s == {"too-small": pytest.approx(10.0, abs=0.1)}


def test_no_window_is_judged_across_a_jump() -> None:
    """Half a second before it is lost with it, as movement abstains there."""
    block = scene_of([*seconds(0.5), *seconds(5.0, body(x_px=1000.0)), *seconds(5.0)])

    assert 0.4 <= block.unwatched_s["too-few-frames"] <= 0.7


def test_visits_say_what_people_looked_like() -> None:
    """Height and place in shares of the picture; long stays are several visits of a minute."""
    block = scene_of(seconds(150.0))

    assert block.visits_ended == len(block.visits) == 3
    first = block.visits[0]
    assert 59.0 <= first.length_s <= 60.0
    assert first.height == pytest.approx(200 / 720, abs=1e-3)
    assert first.x == pytest.approx(600 / 1280, abs=1e-3)
    assert (first.y, first.confidence) == (pytest.approx(400 / 720, abs=1e-3), 0.9)


def test_of_many_visits_an_even_sample_is_kept() -> None:
    """The last ones are as likely to stay as the first."""
    frames = [{number: body(x_px=float(number))} for number in range(1, 400) for _ in range(2)]
    block = scene_of(frames)

    assert (block.visits_ended, len(block.visits)) == (399, 12)
    places = sorted(visit.x * WIDTH_PX for visit in block.visits)
    assert places[0] < 150 < 250 < places[-1]


def test_parts_of_a_block_add_up() -> None:
    """Two processes have seen a half each."""
    one = SceneBlock(7, 10.0, 5.0, {"too-small": 1.0}, (), 1)
    other = SceneBlock(7, 20.0, 5.0, {"too-small": 1.0, "cut-off": 2.0}, (), 2)
    later = SceneBlock(8, 1.0)

    assert merged([later, one, other]) == [
        SceneBlock(7, 30.0, 10.0, {"too-small": 2.0, "cut-off": 2.0}, (), 3),
        later,
    ]


def test_blocks_begin_every_ten_minutes_and_wait_for_six_hours() -> None:
    """Whoever cannot store them loses the oldest, and knows how many."""
    scene = RunningScene(random.Random(1))
    for number in range(40):
        scene.enter(BEGIN_AT + 600.0 * number)
        scene.add(1.0, 0.5, {})
    waiting = scene.to_store()
    scene.stored()

    assert (len(waiting), scene.dropped) == (37, 3)
    assert waiting[-1].number - waiting[0].number == 36
    assert scene.to_store() == waiting[-1:]


def simulated(scale: float = 1.0, certainty: float = 1.0) -> list[dict[int, Pose]]:
    """Return some seconds of three simulated people, smaller or less certain than they are."""
    joints = simulate(Simulation(people=3, fps=FPS, seed=3), 20.0).joints.copy()
    joints[..., :2] *= scale
    joints[..., 2] *= certainty
    boxes = np.concatenate([joints[..., :2].min(axis=2), joints[..., :2].max(axis=2)], axis=-1)
    return [
        {number: Pose(body, box) for number, (body, box) in enumerate(zip(*each, strict=True), 1)}
        for each in zip(joints, boxes, strict=True)
    ]


def test_simulated_people_are_nearly_all_watched() -> None:
    """Truth is known: three people are seen in every frame, large and surely."""
    block = scene_of(simulated())

    assert block.people_s == pytest.approx(60.0, abs=0.5)
    assert sum(block.unwatched_s.values()) < 0.05 * block.people_s


@pytest.mark.parametrize(
    ("scale", "certainty", "reasons"),
    [(0.2, 1.0, {"too-small"}), (1.0, 0.5, {"low-confidence", "cut-off"})],
)
def test_the_same_people_far_away_or_in_the_dark_are_not(
    scale: float, certainty: float, reasons: set[str]
) -> None:
    """Nearly all of their time has its reason."""
    block = scene_of(simulated(scale, certainty))

    found = sum(seconds for reason, seconds in block.unwatched_s.items() if reason in reasons)
    assert found > 0.95 * block.people_s

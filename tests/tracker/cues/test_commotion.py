"""What pictures show of two people whose poses are refused."""

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import drawn_people
from support.drawn_people import Act

from inference.kinds.running import UsualSpeed
from inference.kinds.watch import KindOptions, PersonWatch
from tracker.cues.commotion import MOST_PAIRS, Commotion, _unlike_bodies
from tracker.cues.frame import CueHistory
from tracker.cues.stirs import Stir, commotions
from tracker.types import (
    Frame,
    FrameView,
    Image,
    PersonCues,
    PersonId,
    Pose,
    Track,
    box_alone,
)

CALM = {
    "standing face to face": drawn_people.standing,
    "walking together": drawn_people.walking_together,
    "passing": drawn_people.passing,
    "shaking hands": drawn_people.shaking_hands,
    "embracing": drawn_people.embracing,
}


def _watched(act: Act) -> tuple[list[PersonCues], set[str]]:
    """Return the first person's cues, and the kinds that were found in them."""
    history, commotion, watch = CueHistory(), Commotion(), None
    shown, kinds, options = list[PersonCues](), set[str](), KindOptions()
    usual = UsualSpeed()
    for frame, tracks in drawn_people.frames(act):
        stirs = commotion.look(frame, tracks, [track.pose for track in tracks])
        view = FrameView("gate", "s1", frame.seq, frame.at, 640, 360, tuple(tracks))
        cues = history.add(view, stirs).people[0]
        shown.append(cues)
        if watch is None:
            watch = PersonWatch(frame.at, cues, frame.at, cues.confidence)
        kinds |= {found.kind for found in watch.update(cues, frame.at, usual, options)}
    return shown, kinds


@pytest.mark.parametrize("seed", range(4))
def test_a_fight_shows_though_every_pose_is_refused(seed: int) -> None:
    """Strikes, kicks and shoves, of the simulator's fighters: by the picture alone."""
    _, kinds = _watched(drawn_people.fighting(seed))

    assert "fight" in kinds


@pytest.mark.parametrize("act", CALM.values(), ids=CALM.keys())
def test_what_people_do_together_is_no_fight(act: Act) -> None:
    """Who stands, walks or passes moves as a whole; handshakes and embraces are slow."""
    _, kinds = _watched(act)

    assert "fight" not in kinds


def test_without_pictures_nothing_is_known() -> None:
    """Sources that carry poses leave the witness open; with pictures, who is alone shows none."""
    (frame, tracks), *_ = drawn_people.frames(drawn_people.standing)
    view = FrameView("gate", "s1", 0, frame.at, 640, 360, tuple(tracks))
    blind = Frame("gate", "s1", 0, frame.at, 640, 360, None)

    assert Commotion().look(blind, tracks, []) is None
    assert np.isnan(CueHistory().add(view).people[0].commotion)
    assert CueHistory().add(view, ()).people[0].commotion == 0.0


def _boxed(number: int, left: float, top: float, width: float, height: float) -> Track:
    box_px = np.array([left, top, left + width, top + height], np.float32)
    return Track(PersonId("gate", "s1", number), 0, 0.0, box_alone(box_px, 0.9))


def _stirs(
    pictures: Sequence[Image],
    tracks: Sequence[Track],
    others: Sequence[Pose] = (),
    step_s: float = 0.1,
) -> tuple[Stir, ...]:
    commotion = Commotion()
    for seq, picture in enumerate(pictures):
        height_px, width_px = picture.shape[:2]
        frame = Frame("gate", "s1", seq, seq * step_s, width_px, height_px, picture)
        found = commotion.look(frame, tracks, [*(track.pose for track in tracks), *others])
    assert found is not None
    return found


def _noise(seed: int = 0, width_px: int = 320, height_px: int = 240) -> Image:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height_px // 4, width_px // 4, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width_px, height_px)), np.uint8)


TALL, WIDE = _boxed(1, 100, 60, 50, 120), _boxed(2, 140, 60, 90, 120)


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (WIDE, True),
        (_boxed(2, 140, 60, 50, 120), False),
        (_boxed(2, 260, 60, 60, 60), False),
        (_boxed(2, 300, 60, 90, 120), False),
        (_boxed(2, 140, 60, 60, 70), False),
    ],
    ids=["beside, wide", "both narrow", "small", "far", "a child"],
)
def test_who_is_judged_together(other: Track, near: bool) -> None:
    """Two of a size within a body's length, one of them wide."""
    assert bool(_stirs([_noise()] * 2, [TALL, other])) is near


def test_a_box_nobody_follows_is_a_partner() -> None:
    """A fighter whose pose was refused counts; the same person's box, or a doubtful body, not."""
    beside = box_alone(WIDE.pose.box_px, 0.3, followed=False)
    same = box_alone(TALL.pose.box_px + np.float32(3), 0.6, followed=False)
    doubtful = Pose(np.ones((17, 3), np.float32), WIDE.pose.box_px, score=0.3)

    assert [stir.other for stir in _stirs([_noise()] * 2, [TALL], [beside])] == [0]
    assert _stirs([_noise()] * 2, [TALL], [same, doubtful]) == ()


def test_a_still_picture_has_no_commotion() -> None:
    """Nothing moves: zero, whatever is drawn."""
    (stir,) = _stirs([_noise()] * 2, [TALL, WIDE])

    assert stir.speed == 0.0


@pytest.mark.parametrize(
    ("pictures", "step_s"),
    [([_noise(), _noise(1)], 0.5), ([_noise(), _noise(1, 640, 480)], 0.1), ([_noise()], 0.1)],
    ids=["a hole in time", "another size", "the first"],
)
def test_pictures_that_do_not_belong_together_are_not_compared(
    pictures: list[Image], step_s: float
) -> None:
    """After a hole the flow would be noise."""
    assert _stirs(pictures, [TALL, WIDE], step_s=step_s) == ()


@pytest.mark.parametrize("fps", [10, 30, 50, 120])
def test_a_fast_camera_compares_over_a_tenth_of_a_second(fps: int) -> None:
    """Steps of a single frame would be noise; no more pictures than five are remembered."""
    commotion, compared = Commotion(), []
    for seq in range(fps):
        picture = _noise(int(seq / fps >= 0.5))
        frame = Frame("gate", "s1", seq, seq / fps, 320, 240, picture)
        found = commotion.look(frame, [TALL, WIDE], [])
        assert found is not None
        compared += [frame.at for stir in found if stir.speed > 0]
        assert len(commotion._past) <= 5

    assert min(compared) >= 0.5
    assert 0.6 - 1 / fps - 1e-6 <= max(compared) <= 0.63


def test_a_crowd_costs_no_more_than_its_closest_pairs() -> None:
    """Twenty people in a heap: the closest pairs are compared, no more."""
    crowd = [_boxed(number + 1, 10 + 10 * number, 60, 80, 120) for number in range(20)]

    stirs = _stirs([_noise()] * 2, crowd)

    assert len(stirs) == MOST_PAIRS
    assert all(stir.apart < 0.3 for stir in stirs)


def test_the_distance_to_the_camera_does_not_matter() -> None:
    """The same fight twice as large gives about the same."""
    speeds = []
    for scale in (1, 2):
        commotion, found = Commotion(), list[float]()
        for frame, tracks in drawn_people.frames(drawn_people.fighting(1)):
            assert frame.image is not None
            picture = cv2.resize(frame.image, None, fx=scale, fy=scale)
            larger = [
                replace(track, pose=box_alone(scale * track.pose.box_px, 0.9)) for track in tracks
            ]
            shown = replace(frame, image=np.asarray(picture, np.uint8))
            stirs = commotion.look(shown, larger, [])
            found += [stir.speed for stir in stirs or ()]
        speeds.append(np.mean(found))

    assert speeds[1] == pytest.approx(speeds[0], rel=0.25)


# Slower than a twentieth of a body's length a second is noise.
velocity = st.builds(
    lambda speed, angle: (speed * math.cos(angle), speed * math.sin(angle)),
    st.floats(0.1, 3),
    st.floats(0, 2 * math.pi),
)


@given(velocity, velocity, st.integers(10, 40), st.integers(10, 40))
def test_bodies_as_wholes_explain_their_motion(
    one: tuple[float, float], two: tuple[float, float], ones: int, twos: int
) -> None:
    """Rest and two velocities, each of some pixels, leave nothing over."""
    velocities = np.array([(0.0, 0.0)] * 40 + [one] * ones + [two] * twos, np.float32)

    assert _unlike_bodies(velocities) <= 0.02 * np.hypot(*velocities.T).mean() + 1e-6


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 3.0))
def test_what_moves_every_which_way_is_commotion(seed: int, speed: float) -> None:
    """Never less than nothing, never more than all motion; in proportion to its speed."""
    rng = np.random.default_rng(seed)
    velocities = rng.normal(0, speed, (400, 2)).astype(np.float32)
    all_motion = float(np.hypot(*velocities.T).mean())

    found = _unlike_bodies(velocities)

    assert 0.1 * all_motion < found < all_motion
    assert _unlike_bodies(2 * velocities) == pytest.approx(2 * found, rel=0.3)


def test_everybody_gets_the_fastest_of_their_pairs() -> None:
    """Each of two who are followed; who is not, has no number."""
    stirs = (Stir(1, 2, 0.5, 0.1), Stir(1, 0, 0.3, 0.4), Stir(3, 0, 0.2, 0.05))

    assert commotions(stirs) == {1: 0.4, 2: 0.1, 3: 0.05}

"""What frames show of people besides joints."""

from dataclasses import replace

import numpy as np
import pytest

from tracker.cues.frame import CueHistory
from tracker.types import FrameView, PersonCues, PersonId, Pose, Track

FPS = 15.0
# A standing body of 100 px, COCO-17.
X = (0, 2, -2, 4, -4, 10, -10, 14, -14, 15, -15, 7, -7, 7, -7, 7, -7)
Y = (4, 3, 3, 4, 4, 18, 18, 32, 32, 46, 46, 48, 48, 72, 72, 96, 96)
BODY = np.array([X, Y], np.float32).T


def _track(
    points: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    frame: int,
    *,
    number: int = 1,
    confidence: float = 0.9,
) -> Track:
    joints = np.concatenate([points, np.full((17, 1), confidence)], 1).astype(np.float32)
    low_px, high_px = points.min(0).tolist(), points.max(0).tolist()
    box_px = np.array([low_px[0], low_px[1] - 4, high_px[0], high_px[1] + 4], np.float32)
    person = PersonId("gate", "s1", number)
    return Track(person, frame, frame / FPS, Pose(joints, box_px))


def _shown(history: CueHistory, frame: int, *tracks: Track) -> tuple[PersonCues, ...]:
    view = FrameView("gate", "s1", frame, frame / FPS, 640, 480, tracks)
    return history.add(view).people


def _fallen(share: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the body turned about its feet, by a share of a quarter."""
    angle = share * np.pi / 2
    about = BODY - np.array((0, 96))
    turned = about @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(turned + np.array((200, 296)), np.float32)


def test_standing_shows_nothing() -> None:
    """No speed, no loss of height, a trunk upright."""
    history = CueHistory()
    for frame in range(40):
        (cues,) = _shown(history, frame, _track(_fallen(0.0), frame))

    assert cues.top_speed == cues.speed == cues.hip_drop == 0.0
    assert cues.height_lost == pytest.approx(0.0, abs=1e-6)
    assert cues.upright == pytest.approx(1.0, abs=0.01)
    assert cues.legs_upright == pytest.approx(1.0, abs=0.01)
    assert cues.body_px == pytest.approx(100, abs=1)
    assert (cues.other, np.isnan(cues.apart)) == (0, True)


@pytest.mark.parametrize("confidence", [0.9, 0.0], ids=["pose", "refused pose"])
def test_a_fall_shows_by_the_box_and_by_the_hips(confidence: float) -> None:
    """Half a second from upright to flat: the same drop in body lengths, whatever the size."""
    for scale in (0.6, 3.0):
        history, drops = CueHistory(), []
        for frame in range(45):
            share = min(max((frame - 30) / 8, 0.0), 1.0)
            track = _track(_fallen(share) * np.float32(scale), frame, confidence=confidence)
            (cues,) = _shown(history, frame, track)
            drops.append(cues.top_speed)

        assert 1.0 < max(drops) < 3.0
        assert cues.height_lost > 0.55
        if confidence:
            assert cues.hip_drop > 0.4
            assert max(cues.upright, cues.legs_upright) < 0.2
        else:
            assert np.isnan(cues.hip_drop)
            assert np.isnan(cues.upright)
            assert np.isnan(cues.legs_upright)


def test_walking_is_measured_in_body_lengths() -> None:
    """100 px of body, 80 px a second."""
    history = CueHistory()
    for frame in range(30):
        walked = _fallen(0.0) + np.array([80 / FPS * frame, 0], np.float32)
        (cues,) = _shown(history, frame, _track(walked, frame))

    assert cues.speed == pytest.approx(0.8, abs=0.05)
    assert cues.trunk_speed == pytest.approx(0.8, abs=0.05)


def test_two_who_strike_are_each_others_pair() -> None:
    """Hands that fly at the other's trunk: agitation and strike; who is far away has no pair."""
    history = CueHistory()
    rng = np.random.default_rng(3)
    for frame in range(20):
        ours, theirs = _fallen(0.0), _fallen(0.0) + np.float32([40, 0])
        for points in (ours, theirs):
            points[[7, 8, 9, 10, 13, 14, 15, 16]] += rng.normal(0, 12, (8, 2)).astype(np.float32)
        ours[9] = theirs[5:13].mean(0) + rng.normal(0, 12, 2)
        far = _fallen(0.0) + np.float32([400, 0])
        people = _shown(
            history,
            frame,
            _track(ours, frame),
            _track(theirs, frame, number=2),
            _track(far, frame, number=3),
        )

    one, two, three = people
    assert (one.other, two.other, three.other) == (2, 1, 0)
    assert 0.2 < one.apart < 0.6
    assert one.agitation > 1.2
    assert one.strike > 2.5
    assert replace(two, number=1, other=2).agitation == one.agitation


def test_people_unseen_for_two_seconds_are_forgotten() -> None:
    """Numbers never come again, and memory is bounded."""
    history = CueHistory()
    for frame in range(300):
        _shown(history, 40 * frame, _track(_fallen(0.0), 40 * frame, number=frame))

    assert len(history._bodies) == 1
    assert len(history._pairs._movers) == 1

"""Pictures of two people seen from the side, by the simulator's bodies: for what the picture shows.

They have the size, the texture and the edges that optical flow needs, and nothing else of people.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tracker.detection.key_frames import box_around
from tracker.simulator.actions import Habits, fight, shove_m
from tracker.simulator.body import Floats, Posture, cadence_hz, gait, skeleton
from tracker.types import Float32, Frame, Image, PersonId, Pose, Track

FPS = 15.0
WIDTH_PX, HEIGHT_PX = 640, 360
_GROUND_PX, _METRE_PX = 320, 100.0
_STATURES_M = np.array([1.8, 1.7])
_LIMBS = (
    (5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16), (5, 6), (11, 12),
    (5, 11), (6, 12), (5, 12), (6, 11), (0, 5), (0, 6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where two people stand on the ground, metres to the right, and where they look: 1 right."""

    x_m: tuple[float, float]
    facing: tuple[int, int] = (1, -1)


Act = Callable[[float], tuple[Posture, Place]]  # seconds → what both do


def standing(_now_s: float) -> tuple[Posture, Place]:
    """Stand face to face."""
    return _gait(0.0, 0.0), Place((2.8, 3.5))


def walking_together(now_s: float) -> tuple[Posture, Place]:
    """Walk side by side, one half behind the other, in the same direction."""
    return _gait(now_s, 1.3), Place((0.6 + 1.3 * now_s, 1.0 + 1.3 * now_s), (1, 1))


def passing(now_s: float) -> tuple[Posture, Place]:
    """Walk past each other."""
    return _gait(now_s, 1.3), Place((1.0 + 1.3 * now_s, 5.2 - 1.3 * now_s))


def shaking_hands(now_s: float) -> tuple[Posture, Place]:
    """Reach out one arm each and shake hands three times a second."""
    posture = _gait(0.0, 0.0)
    out = min(now_s / 0.6, 1.0)
    posture.flex[:, 1] += out * (0.9 + 0.06 * np.sin(2 * np.pi * 3 * now_s))
    posture.bend[:, 1] += 0.3 * out
    return posture, Place((2.7, 3.6))


def embracing(now_s: float) -> tuple[Posture, Place]:
    """Step up, lay both arms around each other and hold still."""
    posture = _gait(0.0, 0.0)
    out = float(np.clip((now_s - 0.5) / 0.9, 0, 1))
    posture.flex[:, :2] += 1.3 * out
    posture.lean += 0.12 * out
    apart_m = 0.9 - 0.5 * out
    return posture, Place((3.1 - apart_m / 2, 3.1 + apart_m / 2))


def fighting(seed: int) -> Act:
    """Return two people who strike, kick, sway and shove, as the simulator's fighters do."""
    habits = Habits.draw(2, np.random.default_rng(seed))
    share = np.ones(2)

    def act(now_s: float) -> tuple[Posture, Place]:
        posture, now = _gait(0.0, 0.0), np.full((2, 1), now_s)
        fight(posture, [0, 1], share, habits, now)
        thrown_m = shove_m(share, habits, [0, 1], now[:, 0])
        return posture, Place((2.8 + float(thrown_m[0]), 3.4 - float(thrown_m[1])))

    return act


def frames(act: Act, seconds: float = 3.0) -> Iterator[tuple[Frame, list[Track]]]:
    """Yield what a camera sees of two people, both followed; their poses are refused."""
    for seq in range(round(seconds * FPS)):
        joints = _joints(*act(seq / FPS))
        tracks = [
            Track(PersonId("gate", "s1", person + 1), seq, seq / FPS, _refused(joints[person]))
            for person in range(2)
        ]
        picture = _drawn(joints)
        yield Frame("gate", "s1", seq, seq / FPS, WIDTH_PX, HEIGHT_PX, picture), tracks


def _gait(now_s: float, speed: float) -> Posture:
    speeds = np.full(2, speed)
    cadence = cadence_hz(speeds, _STATURES_M)
    return gait(now_s * cadence + np.array([0.0, 0.4]), speeds, _STATURES_M)


def _joints(posture: Posture, place: Place) -> Float32:
    """Return both people's joints in px, float32 (2, 17, 3), seen from the side."""
    body: Floats = skeleton(posture, _STATURES_M)
    joints = np.ones((2, 17, 3), np.float32)
    for person, (x_m, facing) in enumerate(zip(place.x_m, place.facing, strict=True)):
        # A little from ahead, so that both sides show.
        across_m = facing * (body[person, :, 0] + 0.5 * body[person, :, 1])
        joints[person, :, 0] = _METRE_PX * (x_m + across_m)
        joints[person, :, 1] = _GROUND_PX - _METRE_PX * body[person, :, 2]
    return joints


def _refused(joints: Float32) -> Pose:
    unseen = joints.copy()
    unseen[:, 2] = 0
    return Pose(unseen, box_around(joints), score=0.6, body_seen=False)


def _drawn(joints: Float32) -> Image:
    picture = _WALL.copy()
    for person, points in enumerate(joints[..., :2].round().astype(int).tolist()):
        for number, (first, second) in enumerate(_LIMBS):
            shade = 40 + 25 * person + (37 * number) % 90
            cv2.line(picture, points[first], points[second], (shade, shade, shade + 30), 14)
        cv2.circle(picture, points[0], 14, (150, 160, 190 - 40 * person), -1)
    return picture


def _wall() -> Image:
    rng = np.random.default_rng(5)
    coarse = rng.integers(90, 220, (HEIGHT_PX // 8, WIDTH_PX // 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH_PX, HEIGHT_PX)), np.uint8)


_WALL = _wall()

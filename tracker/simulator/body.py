"""The simulated people's bodies: joint angles to joints in space, and the gait that moves them.

Arrays have one row a person (P). Body frame: x forward, y to the left, z up, in metres, the
origin on the ground below the pelvis. Limbs are ordered left arm, right arm, left leg, right leg.
Proportions follow Winter's anthropometric table, as parts of the stature.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEFT = np.array([1.0, -1.0, 1.0, -1.0])
IS_LEG = np.array([False, False, True, True])
UPPER = np.array([0.172, 0.172, 0.245, 0.245])
LOWER = np.array([0.157, 0.157, 0.246, 0.246])
ANKLE_HEIGHT = 0.039
TRUNK = 0.288
SHOULDER_HALF = 0.098
HIP_HALF = 0.058
# Nose, left eye, right eye, left ear, right ear, from between the shoulders: forward, left, up.
HEAD = np.array(
    [
        [0.060, 0.0, 0.106],
        [0.050, 0.018, 0.124],
        [0.050, -0.018, 0.124],
        [0.005, 0.042, 0.114],
        [0.005, -0.042, 0.114],
    ]
)


@dataclass(slots=True, eq=False)
class Posture:
    """Joint angles in radians; every array is float64 with one row a person.

    Attributes:
        flex: (P, 4) upper arm or thigh, forward of straight down.
        abduct: (P, 4) the same, away from the body.
        bend: (P, 4) elbow (brings the hand forward) or knee (brings the foot back).
        lean: (P,) trunk, forward.
        roll: (P,) trunk, to the left.
        twist: (P,) shoulders, turned to the left against the pelvis.
        head: (P,) head, turned to the left.
        nod: (P,) head, bent forward.
        tilt: (P,) the whole body about its feet: π/2 lies on the ground.
        tilt_to: (P,) where to it tilts, in the body frame: 0 is forward.
        lift_m: (P,) how far the feet are off the ground.
    """

    flex: Floats
    abduct: Floats
    bend: Floats
    lean: Floats
    roll: Floats
    twist: Floats
    head: Floats
    nod: Floats
    tilt: Floats
    tilt_to: Floats
    lift_m: Floats


def cadence_hz(speed: Floats, stature_m: Floats) -> Floats:
    """Return strides (two steps) per second; people who walk faster also step longer."""
    return speed / (2 * _step_m(speed, stature_m))


def gait(phase: Floats, speed: Floats, stature_m: Floats) -> Posture:
    """Return the posture of people who stand (speed 0), walk or run.

    Args:
        phase: (P,) in strides; whole numbers are the left foot's heel strike.
        speed: (P,) in m/s.
    """
    run = np.clip((speed - 2.0) / 1.5, 0.0, 1.0)[:, None]
    step_m = _step_m(speed, stature_m)
    swing = np.arcsin(np.clip(step_m / (2 * 0.49 * stature_m), 0, 0.58))[:, None]  # of the legs
    cycle = np.mod(phase[:, None] + np.array([0.5, 0.0, 0.0, 0.5]), 1.0)  # arms oppose their leg
    wave = np.cos(2 * np.pi * (cycle + 0.05))
    size = np.clip(swing / 0.42, 0.0, 1.3)  # 1 at a brisk walk, 0 when standing
    knee = 0.06 + size * (
        0.24 * _bump(cycle, 0.14, 0.07) + (0.95 + 0.8 * run) * _bump(cycle, 0.73, 0.1)
    )
    elbow = 0.22 + size * 0.14 * (1 + wave) / 2 + run * 1.25
    thigh = size * 0.12 + swing * wave * (0.95 + 0.15 * run) + run * 0.12
    arm = size * (0.02 + (0.32 + 0.3 * run) * wave) - run * 0.1
    sway = np.sin(2 * np.pi * phase)
    people = len(phase)
    return Posture(
        flex=np.where(IS_LEG, thigh, arm),
        abduct=np.tile([0.12, 0.12, 0.03, 0.03], (people, 1)),
        bend=np.where(IS_LEG, knee, elbow),
        lean=0.03 + 0.03 * size[:, 0] + 0.14 * run[:, 0],
        roll=0.03 * size[:, 0] * sway,
        twist=-0.12 * size[:, 0] * np.cos(2 * np.pi * (phase + 0.05)),
        head=np.zeros(people),
        nod=np.zeros(people),
        tilt=np.zeros(people),
        tilt_to=np.zeros(people),
        lift_m=0.09 * run[:, 0] * np.abs(np.sin(2 * np.pi * phase)),
    )


def skeleton(posture: Posture, stature_m: Floats) -> Floats:
    """Return the COCO-17 joints in the body frame, float64 (P, 17, 3), metres."""
    size = stature_m[:, None, None]
    upper = _direction(posture.flex, posture.abduct) * UPPER[:, None] * size  # (P, 4, 3)
    lower_flex = posture.flex + np.where(IS_LEG, -posture.bend, posture.bend)
    lower = upper + _direction(lower_flex, posture.abduct) * LOWER[:, None] * size

    joints = np.empty((len(stature_m), 17, 3))
    neck = _trunk(posture) * stature_m[:, None]
    across = _across(posture.twist) * stature_m[:, None]  # (P, 3): one shoulder's way out
    hip = np.array([0.0, HIP_HALF, 0.0]) * stature_m[:, None]
    roots = np.stack([neck + across, neck - across, hip, -hip], axis=1)  # (P, 4, 3)
    joints[:, :5] = neck[:, None] + _head(posture) * size
    joints[:, 5:7] = roots[:, :2]
    joints[:, 7:9] = roots[:, :2] + upper[:, :2]
    joints[:, 9:11] = roots[:, :2] + lower[:, :2]
    joints[:, 11:13] = roots[:, 2:]
    joints[:, 13:15] = roots[:, 2:] + upper[:, 2:]
    joints[:, 15:17] = roots[:, 2:] + lower[:, 2:]
    # The lower foot carries the body: pelvis bob follows from the legs.
    sole = joints[:, 15:17, 2].min(axis=1) - ANKLE_HEIGHT * stature_m
    joints[..., 2] += (posture.lift_m - sole)[:, None]
    return _tilted(joints, posture) if posture.tilt.any() else joints


def _step_m(speed: Floats, stature_m: Floats) -> Floats:
    walking = 0.62 * np.sqrt(np.maximum(speed, 1e-4)) * stature_m / 1.72
    return np.where(speed > 2.6, speed / 2.7, walking)


def _bump(cycle: Floats, centre: float, width: float) -> Floats:
    away = np.abs(cycle - centre)
    away = np.minimum(away, 1 - away) / width
    return np.asarray(np.exp(-0.5 * away * away))


def _direction(flex: Floats, abduct: Floats) -> Floats:
    """Return where a limb's part points, (P, 4, 3)."""
    flat = np.cos(abduct)
    return np.stack([np.sin(flex) * flat, LEFT * np.sin(abduct), -np.cos(flex) * flat], axis=-1)


def _trunk(posture: Posture) -> Floats:
    """Return the point between the shoulders, from the pelvis, in statures: (P, 3)."""
    up = np.cos(posture.lean) * np.cos(posture.roll)
    return TRUNK * np.stack([np.sin(posture.lean), np.sin(posture.roll), up], axis=-1)


def _across(twist: Floats) -> Floats:
    return SHOULDER_HALF * np.stack([-np.sin(twist), np.cos(twist), np.zeros_like(twist)], axis=-1)


def _head(posture: Posture) -> Floats:
    """Return the face from between the shoulders, in statures, (P, 5, 3)."""
    head = _turned(HEAD, posture.head + posture.twist)
    if not posture.nod.any():
        return head
    cos, sin = np.cos(posture.nod)[:, None], np.sin(posture.nod)[:, None]
    x, z = head[..., 0], head[..., 2]
    return np.stack([x * cos + z * sin, head[..., 1], z * cos - x * sin], axis=-1)


def _turned(points: Floats, yaw: Floats) -> Floats:
    """Turn points (K, 3) to the left by each yaw (P,): (P, K, 3)."""
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    x, y, z = points.T
    return np.stack(
        [x * cos - y * sin, x * sin + y * cos, np.broadcast_to(z, (len(yaw), len(z)))], -1
    )


def _tilted(joints: Floats, posture: Posture) -> Floats:
    """Tilt whole bodies about their feet; nothing sinks into the ground."""
    cos, sin = np.cos(posture.tilt)[:, None], np.sin(posture.tilt)[:, None]
    to = np.stack([np.cos(posture.tilt_to), np.sin(posture.tilt_to)], axis=-1)[:, None]  # (P, 1, 2)
    along = (joints[..., :2] * to).sum(axis=-1)  # (P, 17)
    tilted = joints.copy()
    shift = along * cos + joints[..., 2] * sin - along
    tilted[..., :2] += shift[..., None] * to
    tilted[..., 2] = np.maximum(joints[..., 2] * cos - along * sin + 0.1 * sin, 0.04)
    return tilted

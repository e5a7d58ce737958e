"""What two people close to each other do: limbs in motion, strikes, shoves. In body lengths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tracker.types import Float32, Track

NEAR = 1.5  # body lengths
# A child beside an adult is; a figure behind in the background is no partner.
ALIKE = 0.5
SMOOTHING_S = 0.3
LONGEST_STEP_S = 0.3
# A blow is over in a few frames, while the limbs of those who fight move on.
BLOW_S = 0.3
SEEN = 0.3
# A hand or foot this near the other's trunk, in body lengths, may strike it.
REACH = 0.6
# Faster is no limb but a joint that jumped.
FASTEST = 8.0
_LIMBS = (7, 8, 9, 10, 13, 14, 15, 16)
_ENDS = (9, 10, 15, 16)
_TRUNK = (5, 6, 11, 12)
LEAST_LIMBS = 3


@dataclass(frozen=True, slots=True)
class PairMotion:
    """How a person and the one next to them move; see `tracker.types.PersonCues`."""

    other: int
    apart: float
    agitation: float
    strike: float
    shove: float


NOBODY = PairMotion(0, np.nan, np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Mover:
    """One person in this frame and since the frame before.

    Attributes:
        velocity: (17, 2), of the joints, body lengths/s; NaN where unseen.
        drift: (2,), of the box's middle.
        agitation: smoothed mean speed of the limbs in the body; NaN unknown.
    """

    at: float
    joints: Float32
    box_px: Float32
    body_px: float
    velocity: NDArray[np.float64]
    drift: NDArray[np.float64]
    agitation: float

    @property
    def middle_px(self) -> NDArray[np.float64]:
        """Middle of the box."""
        return np.asarray((self.box_px[:2] + self.box_px[2:]) / 2, np.float64)

    def trunk_px(self) -> NDArray[np.float64]:
        """Middle of the trunk, of the box where it is unseen."""
        trunk = self.joints[_TRUNK, :]
        if trunk[:, 2].min() < SEEN:
            return self.middle_px
        return np.asarray(trunk[:, :2].mean(axis=0), np.float64)


class PairHistory:
    """Remembers everybody's previous frame, and the blows of the last moment."""

    def __init__(self) -> None:
        self._movers: dict[int, _Mover] = {}
        self._blows: dict[int, list[tuple[float, float, float]]] = {}  # time, strike, shove

    def add(self, tracks: Sequence[Track], bodies_px: Mapping[int, float]) -> dict[int, PairMotion]:
        """Add a frame; return each person's motion with the one closest to them.

        Args:
            bodies_px: everybody's body length, by number.
        """
        now = {
            track.person.number: self._moved(track, bodies_px[track.person.number])
            for track in tracks
        }
        self._movers = now
        self._blows = {number: each for number, each in self._blows.items() if number in now}
        found: dict[int, PairMotion] = {}
        for one, two in combinations(now, 2):
            motion = _pair(now[one], now[two])
            if motion is None:
                continue
            for number, other in ((one, two), (two, one)):
                if number not in found or motion.apart < found[number].apart:
                    found[number] = PairMotion(
                        other, motion.apart, motion.agitation, motion.strike, motion.shove
                    )
        return {number: self._hold(number, now[number].at, found[number]) for number in found}

    def _hold(self, number: int, at: float, motion: PairMotion) -> PairMotion:
        """Keep the strongest strike and shove of the last moment."""
        known = [blow for blow in self._blows.get(number, ()) if 0 <= at - blow[0] < BLOW_S]
        blows = self._blows[number] = [*known, (at, motion.strike, motion.shove)]
        return replace(
            motion,
            strike=max(strike for _, strike, _ in blows),
            shove=max(shove for _, _, shove in blows),
        )

    def _moved(self, track: Track, body_px: float) -> _Mover:
        joints, box_px = track.pose.joints, track.pose.box_px
        before = self._movers.get(track.person.number)
        if (
            before is not None
            and track.pose.carried
            and 0 <= track.at - before.at <= LONGEST_STEP_S
        ):
            return before  # speeds are those between two looks
        still = np.full((17, 2), np.nan), np.zeros(2), np.nan
        if before is None or not 0 < track.at - before.at <= LONGEST_STEP_S:
            return _Mover(track.at, joints, box_px, body_px, *still)
        step_s = track.at - before.at
        velocity = (joints[:, :2] - before.joints[:, :2]).astype(np.float64) / step_s / body_px
        velocity[np.minimum(joints[:, 2], before.joints[:, 2]) < SEEN] = np.nan
        middle = (box_px[:2] + box_px[2:]) / 2 - before.middle_px
        drift = np.asarray(middle / step_s / body_px, np.float64)
        agitation = before.agitation
        limbs = np.linalg.norm(velocity[_LIMBS, :] - drift, axis=1)
        limbs = limbs[np.isfinite(limbs)]
        if len(limbs) >= LEAST_LIMBS:
            value = float(np.minimum(limbs, FASTEST).mean())
            share = -np.expm1(-step_s / SMOOTHING_S)
            agitation = agitation + share * (value - agitation) if agitation == agitation else value
        return _Mover(track.at, joints, box_px, body_px, velocity, drift, agitation)


def _pair(one: _Mover, two: _Mover) -> PairMotion | None:
    """Return how two people move against each other; None if they are too far apart."""
    body_px = max(one.body_px, two.body_px)
    if min(one.body_px, two.body_px) < ALIKE * body_px:
        return None
    between = two.middle_px - one.middle_px
    apart_px = float(np.hypot(*between))
    if apart_px > NEAR * body_px:
        return None
    towards = between / max(apart_px, 1.0)
    return PairMotion(
        other=0,
        apart=apart_px / body_px,
        agitation=float(np.minimum(one.agitation, two.agitation)),
        strike=max(_strike(one, two, body_px), _strike(two, one, body_px)),
        shove=float(abs((two.drift - one.drift) @ towards)),
    )


def _strike(one: _Mover, other: _Mover, body_px: float) -> float:
    """Return the speed of the fastest hand or foot that is near the other's trunk."""
    trunk_px = other.trunk_px()
    fastest = 0.0
    for joint in _ENDS:
        if np.isfinite(one.velocity[joint, 0]):
            away = np.hypot(*(one.joints[joint, :2] - trunk_px)) / body_px
            speed = float(np.hypot(*(one.velocity[joint] - other.drift)))
            if away <= REACH and speed <= FASTEST:
                fastest = max(fastest, speed)
    return fastest

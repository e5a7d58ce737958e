"""A fall: the head drops fast, height and hips go with it, and the body stays low.

The drop is measured down the picture, and the trunk must tilt or shorten in the picture, too. Who
falls towards the camera or away from it loses little height and hips there; then the legs must have
shortened as well: who bends keeps them, who sits down keeps the trunk. Where the pose is refused,
the box alone is judged, without tilt, and more of the height must be lost.

Who lies already falls no more: whoever has lain for a while has become short in the picture, so
that rolling over and stretching out look like fast drops of a small body.
"""

import math
from dataclasses import dataclass

import msgspec

from inference.hysteresis import ROUNDING_S
from tracker.types import PersonCues
from tracker.validation import require_positive

SENTENCE = "dropped fast to the ground and stayed low"
STANDS = 0.1  # who has lost less of their height stands
LONGEST_FALL_S = 3.0  # who stood longer ago did not fall from there


@dataclass(frozen=True, slots=True, kw_only=True)
class FallOptions:
    """What makes a drop a fall.

    Attributes:
        drop_speed: of the top of the body, body lengths/s. Sitting and bending reach 0.4 to 0.6,
            filmed people who lie down 0.76, filmed falls 0.88 and more.
        lying_aspect: height over width of the box; who is flatter lies.
        lying_s: whoever has lain for longer does not fall; a fall is at its fastest before or just
            after it is as flat.
        height_lost: share of the standing height, where the hips are seen to drop, too.
        box_height_lost: the same where only the box is known; who bends or sits loses less.
        flat_height_lost: the same whatever the hips seem to do.
        hip_drop: body lengths. Hips stand at 0.5; who bends or picks up keeps them above 0.3.
        least_tilt: 1 - upright; a trunk that stays upright sat or knelt down.
        short_drop_speed, short_height_lost: the same where trunk and legs both shortened. Who lies
            down does so, too, at up to 1.1 body lengths/s.
        least_legs_tilt: 1 - legs_upright; legs that stay long belong to somebody who bends.
        memory_s: the drop and the low posture lie within this time.
        confirm_s: the body stays low for this long.
        short_confirm_s: the same where only trunk and legs shortened: a jump rebounds.
        gone_s: a track that ends low and stays away for this long fell, too; not where only trunk
            and legs shortened.
        calm: below this share of its threshold a score is not high any more.
    """

    drop_speed: float = 0.8
    lying_aspect: float = 1.0
    lying_s: float = 1.2
    height_lost: float = 0.4
    box_height_lost: float = 0.5
    flat_height_lost: float = 0.55
    hip_drop: float = 0.28
    least_tilt: float = 0.4
    short_drop_speed: float = 1.3
    short_height_lost: float = 0.2
    least_legs_tilt: float = 0.35
    memory_s: float = 1.0
    confirm_s: float = 0.25
    short_confirm_s: float = 0.5
    gone_s: float = 0.3
    calm: float = 0.8

    def __post_init__(self) -> None:
        require_positive(self, "drop_speed", "height_lost", "box_height_lost", "flat_height_lost")
        require_positive(self, "short_drop_speed", "short_height_lost", "least_legs_tilt")
        require_positive(self, "hip_drop", "least_tilt", "memory_s", "calm")
        require_positive(self, "lying_aspect", "lying_s")
        require_positive(self, "confirm_s", "short_confirm_s", "gone_s")


class FallState(msgspec.Struct, array_like=True):
    """One person's recent drop.

    Attributes:
        drop_speed, drop_at: the fastest lately of somebody who did not lie before.
        high_since: since when the score is high.
        reported: this fall was decided.
        drop: the score without trunk and legs that shortened.
        stood_at: when the body last had its standing height.
        shortened: nothing but trunk and legs that shortened tells it. Those of somebody who walks
            by below a camera do so, too, before they leave the picture.
        tall_at: when the box last was no lying body's.
    """

    drop_speed: float = 0.0
    drop_at: float = -math.inf
    score: float = 0.0
    high_since: float | None = None
    reported: bool = False
    shortened: bool = False
    drop: float = 0.0
    stood_at: float = -math.inf
    tall_at: float = -math.inf

    def update(
        self, cues: PersonCues, at: float, options: FallOptions, threshold: float = 1.0
    ) -> bool:
        """Add a frame; return whether a fall is decided by it."""
        if cues.aspect >= options.lying_aspect:
            self.tall_at = at
        speed = cues.top_speed if at - self.tall_at <= options.lying_s else 0.0
        if speed >= self.drop_speed or at - self.drop_at > options.memory_s:
            self.drop_speed, self.drop_at = speed, at
        if cues.height_lost < STANDS:
            self.stood_at = at
        drop = _score(self.drop_speed, cues, options)
        score = max(drop, _shortened(self.drop_speed, cues, options))
        return self.take(drop, score, at, options, threshold)

    def take(
        self, drop: float, score: float, at: float, options: FallOptions, threshold: float = 1.0
    ) -> bool:
        """Add a frame's scores, as `update` finds them; return whether a fall is decided by it."""
        self.drop, self.score = drop, score
        self.shortened = drop < threshold <= score
        if score < options.calm * threshold:
            self.high_since, self.reported = None, False
        elif score >= threshold and self.high_since is None:
            self.high_since = at
        return self._decide(at, options.short_confirm_s if self.shortened else options.confirm_s)

    @property
    def within_s(self) -> float | None:
        """How long the way from standing to the ground took; None where that was not seen."""
        if self.high_since is None:
            return None
        took_s = self.high_since - self.stood_at
        return took_s if 0 < took_s <= LONGEST_FALL_S else None

    def resume(self, cues: PersonCues, at: float) -> None:
        """Take over the drop that was seen while nothing was told of the person."""
        if cues.dropped > self.drop_speed:
            self.drop_speed, self.drop_at = cues.dropped, at

    def vanished(self, last_at: float, at: float, options: FallOptions) -> bool:
        """Return whether somebody who was last seen at `last_at` fell out of sight."""
        if self.shortened or at - last_at < options.gone_s - ROUNDING_S:
            return False
        return self._decide(math.inf, options.confirm_s)

    def _decide(self, at: float, confirm_s: float) -> bool:
        high = self.high_since is not None and at - self.high_since >= confirm_s - ROUNDING_S
        if not high or self.reported:
            return False
        self.reported = True
        return True


def _score(drop_speed: float, cues: PersonCues, options: FallOptions) -> float:
    """Return the weakest witness over its threshold."""
    drop = drop_speed / options.drop_speed
    if math.isnan(cues.hip_drop):
        return max(min(drop, cues.height_lost / options.box_height_lost), 0.0)
    tilt = (1 - cues.upright) / options.least_tilt
    low = cues.height_lost / options.height_lost
    by_pose = min(drop, low, cues.hip_drop / options.hip_drop, tilt)
    # Towards the camera hips hardly drop in the picture: a body this low is down all the same.
    by_box = min(drop, cues.height_lost / options.flat_height_lost, tilt)
    return max(by_pose, by_box, 0.0)


def _shortened(drop_speed: float, cues: PersonCues, options: FallOptions) -> float:
    """Return the same for trunk and legs that both lost their length in the picture."""
    if math.isnan(cues.legs_upright):
        return 0.0
    tilt = (1 - cues.upright) / options.least_tilt
    legs = (1 - cues.legs_upright) / options.least_legs_tilt
    drop = drop_speed / options.short_drop_speed
    return min(drop, cues.height_lost / options.short_height_lost, tilt, legs)

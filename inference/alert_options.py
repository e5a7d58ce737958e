"""How scores become alerts."""

from dataclasses import dataclass

from inference.hysteresis import HysteresisOptions
from tracker.validation import require_at_least, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOptions(HysteresisOptions):
    """How scores become alerts; times are capture time.

    Attributes:
        silence_s: somebody who is not seen and not scored for this long is gone. It outlasts
            `follow_s` and a window, so that a successor's first score comes in time.
        lag_s: the same for somebody who is still seen: the windows may be waiting.
        follow_s: a new track may begin this long after another ended and be the same person.
        update_every_s: an open alert is told again this often.
        rise_ratio: or when its peak rose by this share of the threshold.
        beside_bodies: within so many body heights of an open episode people are part of it: a fight
            is one alert.
        people: most people remembered per camera.
        rarity_hours: where a camera has no threshold of its own, movement is an alert when it is so
            unusual that one person ordinarily does it once in so many hours.
    """

    silence_s: float = 4.0
    lag_s: float = 15.0
    follow_s: float = 2.0
    update_every_s: float = 2.0
    rise_ratio: float = 0.1
    beside_bodies: float = 1.5
    people: int = 256
    rarity_hours: float = 1.0

    def __post_init__(self) -> None:
        HysteresisOptions.__post_init__(self)
        require_positive(self, "update_every_s", "rise_ratio", "rarity_hours")
        require_at_least(self, follow_s=0, beside_bodies=0, people=1)
        if not self.follow_s <= self.silence_s <= self.lag_s:
            raise ValueError(
                f"silence_s is {self.silence_s}; it must lie between follow_s, {self.follow_s}, "
                f"and lag_s, {self.lag_s}"
            )

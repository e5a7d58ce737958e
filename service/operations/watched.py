"""How much of people's time before a camera is not watched, by the hour, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.scene_block import UNWATCHED, SceneBlock, Unwatched

HOUR_S = 3600.0
# Less than this of somebody's time is everybody's first step into the picture.
LEAST_SHARE = 0.05
# With fewer seconds of people a share says nothing.
LEAST_PEOPLE_S = 60.0


@dataclass(frozen=True, slots=True)
class WatchedTime:
    """Some time of one camera.

    Attributes:
        begin_at, end_at: UTC seconds.
        live_s: how long there were frames.
        people_s: seconds of people outside of ignored zones.
        reasons: seconds in which nobody's movement could be judged.
    """

    begin_at: float
    end_at: float
    live_s: float
    people_s: float
    reasons: Mapping[Unwatched, float]

    @property
    def unwatched_s(self) -> float:
        """How much of `people_s` is not watched."""
        return round(min(sum(self.reasons.values(), 0.0), self.people_s), 2)

    @property
    def share(self) -> float:
        """The same as a share."""
        return self.unwatched_s / self.people_s if self.people_s > 0 else 0.0

    @property
    def main_reason(self) -> Unwatched | None:
        """The reason with the most seconds, if anything worth a word is not watched."""
        if self.people_s < LEAST_PEOPLE_S or self.share < LEAST_SHARE:
            return None
        return max(self.reasons, key=lambda reason: self.reasons[reason])


def watched_time(blocks: Sequence[SceneBlock], begin_at: float, end_at: float) -> WatchedTime:
    """Return what blocks that begin in a time add up to."""
    inside = [block for block in blocks if begin_at <= block.begin_at < end_at]
    reasons = {
        reason: round(seconds, 2)
        for reason in UNWATCHED
        if (seconds := sum(block.unwatched_s.get(reason, 0.0) for block in inside)) > 0
    }
    return WatchedTime(
        begin_at,
        end_at,
        round(sum(block.live_s for block in inside), 2),
        round(sum(block.people_s for block in inside), 2),
        reasons,
    )


def watched_hours(blocks: Sequence[SceneBlock]) -> list[WatchedTime]:
    """Return every hour with frames, the oldest first."""
    hours = sorted({int(block.begin_at // HOUR_S) for block in blocks})
    return [watched_time(blocks, hour * HOUR_S, (hour + 1) * HOUR_S) for hour in hours]

"""A site under observation: when to break it, and when it works again."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inference.types import AlertEvent
from service.adapters.redis import keys
from service.adapters.redis.alert_stream import read_event
from support.chaos.archive import ArchivePlace
from support.chaos.receivers import Receivers
from support.chaos.site import Site
from support.chaos.truth import Expected
from support.chaos.verdicts import AFTER_S, BEFORE_S, Blind
from support.chaos.watching import Plays, Subscriber
from support.rtsp import RtspServer
from support.waiting import PATIENCE_S, eventually

HEALED_WITHIN_S = PATIENCE_S  # beyond it the fault has killed the site, whatever the limits say
CALM_WITHIN_S = 20.0
SLACK_S = 3.0  # for a machine that does other work, and for looking only ten times a second


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a fault; times in seconds.

    Attributes:
        begin_s: moment on the monotonic clock.
        told_s: until the metric told it.
        healed_s: until the site worked as before; of an outage that lasts by design, after its end.
        metric: what told it.
        limits: what is granted for both, without slack.
        blind: while frames could not be handed on.
        events, lost, doubled, unseen: of the time until the next fault; see verdicts.py.
    """

    fault: str
    begin_s: float
    told_s: float
    healed_s: float
    metric: str
    limits: tuple[float, float]
    blind: Blind | None = None
    events: int = 0
    lost: int = 0
    doubled: int = 0
    unseen: int = 0

    def late(self, slowness: float) -> str | None:
        """Say what took longer than granted and the slack, on a machine so many times slower."""
        told_s, healed_s = (limit_s * slowness for limit_s in self.limits)
        if self.told_s > told_s + SLACK_S:
            return f"{self.fault}: told after {self.told_s:.1f} s, {told_s:g} are granted"
        if self.healed_s > healed_s + SLACK_S:
            return f"{self.fault}: healed after {self.healed_s:.1f} s, {healed_s:g} are granted"
        return None


@dataclass(slots=True, kw_only=True)
class Scene:
    """A site, those who watch it, and what its simulated cameras play.

    Attributes:
        truth: by camera, what each session of it plays.
        gate: an RTSP server with a camera named gate; None where there is none.
        archive: where the site keeps its archive.
        whole: the processes that the site works with.
        receivers: of its alerts; None: it has no outputs.
        notes: what was noted about alerts while the archive was away: the text, and of which one.
    """

    site: Site
    subscriber: Subscriber
    plays: Plays
    truth: Mapping[str, Sequence[Expected]]
    fps: float
    archive: ArchivePlace
    whole: Sequence[str]
    gate: RtspServer | None = None
    receivers: Receivers | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def during_event(self, after_s: float = 0.2) -> None:
        """Wait until somebody has begun to fall so many seconds ago, and no alert told it yet."""
        eventually(
            lambda: any(
                each.sure and each.begin_s + after_s <= now < each.opened_s - 0.5
                for camera, now in self._now().items()
                for each in self.truth[camera]
            ),
            what="an event",
        )

    def calm_phase(self, seconds: float) -> None:
        """Wait until no alert is due for so long; not for ever, for cameras differ."""
        end_s = time.monotonic() + CALM_WITHIN_S
        while time.monotonic() < end_s and self._due(seconds):
            time.sleep(0.1)

    def wait_until_decided(self, since: float) -> None:
        """Wait until frames of all cameras captured since then are decided."""
        site, left = self.site, set(self.truth)

        def all_decided() -> bool:
            # No later than now: after a clock was set back, what was before it is in the future.
            left.difference_update(
                [name for name in left if since <= site.decided(name) <= site.now() + 1]
            )
            return not left

        eventually(all_decided, HEALED_WITHIN_S, f"frames of {left} decided")

    def stored_events(self) -> set[str]:
        """Return the ids of all readable alert events that Redis has."""
        # Any: redis-py types decoding clients too, ours does not decode.
        entries: Any = self.site.client.xrange(keys.ALERT_EVENTS)
        return {
            name.decode() for name, fields in entries if isinstance(read_event(fields), AlertEvent)
        }

    def _now(self) -> dict[str, float]:
        """Return how many seconds each camera's play has gone on."""
        moments: dict[str, float] = {}
        for camera in self.truth:
            session = self.plays.newest(camera)
            if session is not None and time.monotonic() - session.seen[-1][2] < 1.0:
                seq, _, at_s = session.seen[-1]
                moments[camera] = seq / self.fps + time.monotonic() - at_s
        return moments

    def _due(self, seconds: float) -> bool:
        now = self._now()
        return len(now) < len(self.truth) or any(
            each.begin_s - BEFORE_S < moment + seconds and moment < each.opened_s + AFTER_S
            for camera, moment in now.items()
            for each in self.truth[camera]
        )

"""What is remembered of one person: scores, and the kinds of an open alert."""

import math
from collections.abc import Callable

import msgspec

from inference.alert_options import AlertOptions
from inference.calibration.held import HeldScore
from inference.facts import NOTHING_SEEN, SeenFacts
from inference.hysteresis import Hysteresis, Peak
from inference.kinds.dwell import Stay
from inference.kinds.person_down import DownState
from inference.types import (
    Alert,
    Kind,
    KindScore,
    Position,
)


class KindEpisode(msgspec.Struct):
    """One kind, other than movement, in an open alert.

    Attributes:
        seen_at: when it was last seen.
        facts: what was seen at the peak.
        since: when it began; None in states of versions that did not say.
    """

    seen_at: float
    peak_score: float
    peak_at: float
    reason: str
    threshold: float = 1.0
    facts: SeenFacts = NOTHING_SEEN
    since: float | None = None

    def seen(self, score: KindScore, facts: SeenFacts) -> None:
        """Add that it is seen again."""
        self.seen_at = max(self.seen_at, score.peak_at)
        if score.peak_score > self.peak_score:
            self.peak_score, self.peak_at = score.peak_score, score.peak_at
            self.facts = facts


class PersonState(Hysteresis, kw_only=True):
    """One person's scores so far, over all the tracks that were this person.

    Field names in storage are those of version 0.3; what came later has a default.

    Attributes:
        number: of the track that is this person now; negative for somebody down whose session
            is over.
        previous_tracks: last frame number of each track that was this person before.
        reported_peak: what the last event said of the peak.
        moves: the open alert is one of movement, among others.
        kinds: the other kinds of the open alert.
        down: somebody who fell, while it is not known that they got up.
        last_window: the newest scored window.
        threshold: of movement.
        zones: those of the open alert.
        stays: time in zones with a rule for it.
        elsewhere: stands where alerts do not open.
        held_back_at: when an alert last did not open for that reason.
        held_back: how often, each time counted once.
        held: what movement's rule holds up.
        moved: what was seen of movement when it was clearest, in the open alert.
        moved_held: what the rule held up then.
    """

    number: int
    last_seq: int
    at: float
    end: Position
    previous_tracks: dict[int, int] = msgspec.field(name="former", default_factory=dict)
    peak: Peak | None = None
    reported_peak: Peak | None = msgspec.field(name="told", default=None)
    alert: Alert | None = None
    moves: bool = True
    kinds: dict[Kind, KindEpisode] = msgspec.field(default_factory=dict)
    down: DownState | None = None
    last_window: str = ""
    threshold: float = 0.0
    zones: list[str] = msgspec.field(default_factory=list)
    stays: dict[str, Stay] = msgspec.field(default_factory=dict)
    elsewhere: bool = False
    held_back_at: float = -math.inf
    held_back: int = 0
    held: HeldScore = msgspec.field(default_factory=HeldScore)
    moved: SeenFacts = NOTHING_SEEN
    moved_held: float = -math.inf

    @property
    def is_latched(self) -> bool:
        """Whether the alert stays open although nobody is seen: somebody is down."""
        down = self.down is not None and "person_down" in self.kinds
        return down and self.alert is not None

    def movement_held(self, held: float, alone_s: float | None) -> None:
        """Note what movement's rule holds up, and for how long nothing was as high, watched s."""
        if self.alert is None or held > self.moved_held:
            self.moved_held, self.moved = held, SeenFacts(alone_s=alone_s)

    def facts(self) -> dict[Kind, SeenFacts]:
        """Return what was seen of each kind of the open alert."""
        found: dict[Kind, SeenFacts] = {kind: each.facts for kind, each in self.kinds.items()}
        return {"movement": self.moved, **found}

    def lasting(self) -> dict[Kind, float]:
        """Return for how long each kind has been seen, seconds, where that is known."""
        return {
            kind: each.seen_at - each.since
            for kind, each in self.kinds.items()
            if each.since is not None
        }

    def has_open(self, alert_id: str) -> bool:
        """Tell whether this is the person's open alert."""
        return self.alert is not None and self.alert.id == alert_id

    def change_scale(self, scale: Callable[[float], float]) -> None:
        """Take what is remembered of scores to another model's; an open alert stays open."""
        if self.smoothed is not None:
            self.smoothed = scale(self.smoothed)
        if self.peak is not None:
            self.peak = msgspec.structs.replace(self.peak, score=scale(self.peak.score))
        if self.reported_peak is not None:
            told = self.reported_peak
            self.reported_peak = msgspec.structs.replace(told, score=scale(told.score))
        self.held, self.moved_held = HeldScore(), scale(self.moved_held)

    def hold_back(self, at: float, options: AlertOptions) -> bool:
        """Return whether an alert must not open where the person stands; count it once."""
        if not self.elsewhere or self.alert is not None:
            return False
        self.held_back += at - self.held_back_at > options.hold_s
        self.held_back_at = at
        return True

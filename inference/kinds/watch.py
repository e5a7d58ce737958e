"""Watches one track for all kinds of alerts that need no model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from inference.calibration.held import NOTHING, HeldDrop, HeldScore
from inference.card import KindRate
from inference.facts import NOTHING_SEEN, SeenFacts
from inference.hysteresis import Hysteresis, HysteresisOptions
from inference.kinds import fight, running
from inference.kinds.dwell import DwellOptions
from inference.kinds.fall import FallOptions, FallState
from inference.kinds.fight import FightOptions
from inference.kinds.person_down import DownOptions
from inference.kinds.running import RunningOptions, UsualSpeed
from inference.types import KINDS, Kind
from tracker.types import PersonCues
from tracker.validation import require_positive

# A track that was not told of for so long, as in an ignored zone, may have begun to fall meanwhile.
RESUMED_S = 0.3
# One jump of a joint does not hold a smoothed score up; a picture has no joints that jump.
MOST_JOINTS, MOST_PICTURE = 2.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementOptions:
    """When movement is not judged: joints are guessed, or the posture is foreign.

    Attributes:
        confidence: mean of the joints'; below it most of them are guessed.
        confidence_s: time constant of its smoothing.
        smallest_px: length of the body; of smaller ones joints are mostly noise.
        upright, height_lost: whoever bends, sits, crouches or lies further down than this is left
            to the other kinds: a model of people walking finds all of it unusual.
        jump_speed: of the trunk, body lengths/s: a quarter of a body within 1/24 s is another body.
    """

    confidence: float = 0.65
    confidence_s: float = 0.5
    smallest_px: float = 70.0
    jump_speed: float = 6.0
    upright: float = 0.7
    height_lost: float = 0.2

    def __post_init__(self) -> None:
        require_positive(self, "confidence", "confidence_s", "smallest_px", "jump_speed")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOptions:
    """Which kinds of alerts there are, and what makes them.

    Attributes:
        enabled: the kinds that raise alerts.
        hold_s: an episode goes on for this long after its kind was last seen.
        run_rule: how long somebody runs until it counts.
        rates: what each kind made of ordinary footage, to say how rare a score is.
        thresholds: of kinds other than movement, where it is not 1.
    """

    enabled: tuple[Kind, ...] = KINDS
    hold_s: float = 2.0
    movement: MovementOptions = field(default_factory=MovementOptions)
    fall: FallOptions = field(default_factory=FallOptions)
    person_down: DownOptions = field(default_factory=DownOptions)
    fight: FightOptions = field(default_factory=FightOptions)
    running: RunningOptions = field(default_factory=RunningOptions)
    dwell: DwellOptions = field(default_factory=DwellOptions)
    run_rule: HysteresisOptions = field(
        default_factory=lambda: HysteresisOptions(smoothing_s=0.3, minimum_s=0.6)
    )
    rates: Mapping[str, KindRate] = field(default_factory=dict)
    thresholds: Mapping[Kind, float] = field(default_factory=dict)

    def threshold(self, kind: Kind) -> float:
        """Return the score from which on a kind counts."""
        return self.thresholds.get(kind, 1.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind that is seen in a frame.

    Attributes:
        score: at the kind's threshold or above it.
        reason: what was seen; empty: the kind's sentence.
        facts: what its explanation needs.
    """

    kind: Kind
    score: float
    reason: str = ""
    facts: SeenFacts = NOTHING_SEEN


class PersonWatch(msgspec.Struct, array_like=True):
    """What the detectors remember of one track.

    Attributes:
        cues: of the newest frame in which the track was seen.
        began_at: when it was first seen.
        confidence: of the joints, smoothed.
        jumped_at: when the trunk last jumped further than bodies move.
        bent_at: when the body was last bent, low or lying.
        held_fall, held_fight, held_running, held_commotion: what the rules hold up.
    """

    at: float
    cues: PersonCues
    began_at: float
    confidence: float
    jumped_at: float = -math.inf
    bent_at: float = -math.inf
    fall: FallState = msgspec.field(default_factory=FallState)
    fight: Hysteresis = msgspec.field(default_factory=Hysteresis)
    running: Hysteresis = msgspec.field(default_factory=Hysteresis)
    commotion: Hysteresis = msgspec.field(default_factory=Hysteresis)
    held_fall: HeldDrop = msgspec.field(default_factory=HeldDrop)
    held_fight: HeldScore = msgspec.field(default_factory=HeldScore)
    held_running: HeldScore = msgspec.field(default_factory=HeldScore)
    held_commotion: HeldScore = msgspec.field(default_factory=HeldScore)

    def update(
        self, cues: PersonCues, at: float, usual: UsualSpeed, options: KindOptions
    ) -> list[Finding]:
        """Add a frame; return the kinds seen in it."""
        share = -math.expm1(-max(at - self.at, 0.0) / options.movement.confidence_s)
        self.confidence += share * (cues.confidence - self.confidence)
        if cues.trunk_speed > options.movement.jump_speed:
            self.jumped_at = at
        low = cues.height_lost > options.movement.height_lost
        if low or cues.upright < options.movement.upright:
            self.bent_at = at
        if at == self.began_at or at - self.at > RESUMED_S:
            self.fall.resume(cues, at)
        self.cues, self.at = cues, at
        found: list[Finding] = []
        if self.fall.update(cues, at, options.fall, options.threshold("fall")):
            found.append(self._fell())
        self.held_fall.add(self.fall, at, options.fall)
        found += self._fights(cues, at, options)
        ran = running.score(cues, usual, options.running)
        runs = _Lasting("running", options.run_rule, options.threshold("running"))
        facts = running.facts(cues, usual, options.running)
        found += runs.findings(self.running, self.held_running, ran, at, facts)
        if ran is not None and not found:
            usual.add(cues.speed)
        return [each for each in found if each.kind in options.enabled]

    def scores(self) -> dict[Kind, float]:
        """Return every detector's score in the newest frame, whether it lasts or not."""
        found: dict[Kind, float] = {"fall": self.fall.score}
        lasting: tuple[tuple[Kind, Hysteresis], ...] = (
            ("fight", self.fight),
            ("fight", self.commotion),
            ("running", self.running),
        )
        for kind, state in lasting:
            if state.smoothed is not None and state.smoothed_at == self.at:
                found[kind] = max(state.smoothed, found.get(kind, -math.inf))
        return found

    def held(self) -> dict[Kind, float]:
        """Return the thresholds at which kinds would just have been seen in the newest frame."""
        found: dict[Kind, float] = {"fall": self.held_fall.now}
        lasting: tuple[tuple[Kind, HeldScore], ...] = (
            ("fight", self.held_fight),
            ("fight", self.held_commotion),
            ("running", self.held_running),
        )
        for kind, held in lasting:
            if held.at == self.at:
                found[kind] = max(held.now, found.get(kind, NOTHING))
        return found

    def _fights(self, cues: PersonCues, at: float, options: KindOptions) -> list[Finding]:
        """Return a fight if either witness lasts; each has its own past."""
        rules, threshold = options.fight, options.threshold("fight")
        limbs, picture = fight.by_limbs(cues, rules), fight.by_picture(cues, rules)
        by_limbs = _Lasting("fight", rules.rule, threshold)
        by_picture = _Lasting("fight", rules.picture_rule, threshold, MOST_PICTURE)
        facts = fight.facts(cues, rules)
        found = by_limbs.findings(self.fight, self.held_fight, limbs, at, facts)
        found += by_picture.findings(self.commotion, self.held_commotion, picture, at)
        return [max(found, key=lambda each: each.score)] if found else []

    def abstention(self, since: float, options: MovementOptions) -> str | None:
        """Return in a word why movement cannot be scored; None if it can.

        Args:
            since: capture time of the window's first pose.
        """
        if self.confidence < options.confidence:
            return "unsure_joints"
        if self.cues.body_px < options.smallest_px:
            return "too_small"
        if self.jumped_at >= since:
            return "jump"
        return "posture" if self.bent_at >= since else None

    def vanished(self, at: float, options: KindOptions) -> list[Finding]:
        """Return what somebody did who is no longer seen."""
        if "fall" in options.enabled and self.fall.vanished(self.at, at, options.fall):
            return [self._fell()]
        return []

    def _fell(self) -> Finding:
        return Finding("fall", self.fall.score, facts=SeenFacts(within_s=self.fall.within_s))

    def held_in_vanishing(self, at: float, options: KindOptions) -> float:
        """Return the threshold at which who is no longer seen would just have fallen."""
        return self.held_fall.vanished(self.fall, at, options.fall)


@dataclass(frozen=True, slots=True)
class _Lasting:
    """How a kind's score must last.

    Attributes:
        most: a higher score counts as that.
    """

    kind: Kind
    rule: HysteresisOptions
    threshold: float
    most: float = MOST_JOINTS

    def findings(
        self,
        state: Hysteresis,
        held: HeldScore,
        score: float | None,
        at: float,
        facts: SeenFacts = NOTHING_SEEN,
    ) -> list[Finding]:
        """Return the kind when its score stays high.

        Args:
            facts: of this frame.
        """
        if score is None:
            return []
        value = min(score, self.most)
        smoothed = state.smooth(value, at, self.rule.smoothing_s)
        held.add(smoothed, value, at, self.rule)
        is_high = state.stays_high(value, self.threshold, self.rule)
        if not is_high:
            return []
        since = at if state.above_since is None else state.above_since
        facts = msgspec.structs.replace(facts, lasted_s=at - since)
        return [Finding(self.kind, smoothed, facts=facts)]

"""Scores: how unusual a window is. Higher is more unusual, everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from tracker.types import PersonId

Unscorable: TypeAlias = Literal["too_few_joints", "no_size", "gap", "not_finite"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a person was at one end of a window.

    Attributes:
        at: UTC seconds.
        x_px, y_px: the middle of the seen joints' box.
        height_px: that box's height.
    """

    at: float
    x_px: float
    y_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Score:
    """One scored window. (person, last_seq) is its key: delivered twice, it counts once.

    Attributes:
        at: capture time of the frame that completed the window.
        nll: bits per dimension, higher is more unusual; None when the window is unscorable.
        unscorable: why there is no nll.
        begin, end: where the person was in the window's first and last pose.
        model: hash of the model's weights.
        window: the queue's reference to the window, to fetch its poses by.
        provider: the execution provider that ran its batch; empty when no window of the batch was
            scorable, or when a version that did not say so wrote the score.
    """

    person: PersonId
    last_seq: int
    at: float
    nll: float | None
    unscorable: Unscorable | None
    begin: Position
    end: Position
    model: str
    window: str
    provider: str = ""


Severity: TypeAlias = Literal["notice", "warning", "critical"]
Kind: TypeAlias = Literal["dwell", "movement", "running", "fight", "fall", "person_down"]
# From the least to the most severe.
KINDS: tuple[Kind, ...] = ("dwell", "movement", "running", "fight", "fall", "person_down")
# What bodies do, whatever the place: how often ordinary footage shows it can be measured.
MEASURED_KINDS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "dwell")

# How far a peak lies above the threshold, as a share of it. Simulated falls and runs peak
# mostly between 1 and 4; what barely passes is a notice.
WARNING_FROM, CRITICAL_FROM = 0.5, 2.0
# What is seen less often in ordinary footage than once in so many hours.
RARE_H, VERY_RARE_H = 1.0, 24.0


ExplanationCode: TypeAlias = Literal[
    "fall",
    "fall_fast",
    "down",
    "down_fast",
    "running",
    "running_walk",
    "fight",
    "fight_strikes",
    "fight_shoves",
    "dwell",
    "movement",
    "movement_part",
]
BodyPart: TypeAlias = Literal[
    "head", "trunk", "arms", "left_arm", "right_arm", "legs", "left_leg", "right_leg"
]


class ExplanationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What fills in the sentence of an explanation; None where it is not known, or not said.

    Attributes:
        at: when it was clearest, UTC seconds.
        within_s: how long a fall took, from standing to the ground.
        lasted_s: how long it has lasted: lying, fighting or staying.
        limit_s: how long somebody may stay in the zone.
        times: how many times as fast as usual somebody ran.
        zone: where somebody stayed.
        part: the part of the body whose movement is the most unusual; left and right are the
            person's own.
        here_h: for so many hours that this camera was watched nothing of the kind was as clear.
        ordinary_h: see `KindScore.rarity_hours`.
    """

    at: float
    within_s: float | None = None
    lasted_s: float | None = None
    limit_s: float | None = None
    times: float | None = None
    zone: str | None = None
    part: BodyPart | None = None
    here_h: float | None = None
    ordinary_h: float | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is an alert: a sentence for operators, in any language.

    Attributes:
        code: which sentence.
        parameters: what fills it in.
    """

    code: ExplanationCode
    parameters: ExplanationFacts


class KindScore(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind says of an alert.

    Attributes:
        peak_score: highest score so far, in the kind's own measure: bits/dimension for
            ``movement``, a multiple of the threshold for the others.
        reason: what was seen, in a sentence.
        rarity_hours: so high a score is seen once in so many hours of ordinary footage; None
            where that is not known.
    """

    kind: Kind
    peak_score: float
    peak_at: float
    threshold: float
    reason: str = ""
    rarity_hours: float | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of one person; the JSON of REST and WebSocket. Times are UTC seconds.

    Attributes:
        id: hash of (camera, session, person, start of episode): deciding twice writes once.
        person: `str(PersonId)` of the track the episode began with.
        opened_at: capture time of the frame that completed the opening window.
        peak_score: highest score so far, of the alert's kind: bits/dimension for ``movement``.
        peak_at: capture time of the peak.
        joints: names of the joints that stand out in the peak window: their share of its score is
            the furthest above what it ordinarily is.
        model: hash of the model's weights.
        version: counts the changes of this alert from 1; an older version never overwrites.
        kind: the most severe one.
        kinds: what each kind says, the most severe first; empty in alerts of version 0.3.
        reason: what was seen, in a sentence.
        rarity_hours: see `KindScore`; of the rarest of its kinds.
        not_seen_since: of somebody down whose track is lost: when they were last seen.
        snoozed: id of the snooze that keeps it back; None: it is sent on.
        zones: names of the camera's zones that the person was in so far.
        explanation: why there is an alert; None in alerts of versions that did not say.
    """

    id: str
    camera: str
    person: str
    state: Literal["open", "closed"]
    opened_at: float
    updated_at: float
    closed_at: float | None
    peak_score: float
    peak_at: float
    threshold: float
    joints: tuple[str, ...]
    model: str
    version: int
    kind: Kind = "movement"
    kinds: tuple[KindScore, ...] = ()
    reason: str = ""
    rarity_hours: float | None = None
    severity: Severity = "notice"
    not_seen_since: float | None = None
    snoozed: str | None = None
    zones: tuple[str, ...] = ()
    explanation: Explanation | None = None


def severity_of(leading: KindScore) -> Severity:
    """Return how grave an alert is, by its most severe kind and how rare that is.

    A fall or fight is at least a warning, however often ordinary people seem to do so.
    """
    if leading.kind == "person_down":
        return "critical"
    least: Severity = "warning" if leading.kind in ("fall", "fight") else "notice"
    if leading.rarity_hours is not None:
        if leading.rarity_hours >= VERY_RARE_H:
            return "critical"
        return "warning" if leading.rarity_hours >= RARE_H else least
    if leading.kind != "movement":
        return least
    # Not their quotient: bits per dimension may be negative.
    above = leading.peak_score - leading.threshold
    if above < WARNING_FROM * abs(leading.threshold):
        return "notice"
    return "warning" if above < CRITICAL_FROM * abs(leading.threshold) else "critical"


def rarest_hours(kinds: Iterable[KindScore]) -> float | None:
    """Return how rare an alert of these kinds is: no less than any of them; None: none tells."""
    known = (each.rarity_hours for each in kinds)
    return max((hours for hours in known if hours is not None), default=None)


Verdict: TypeAlias = Literal["true", "false", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("true", "false", "unsure")
ActType: TypeAlias = Literal["acknowledged", "verdict", "note", "raised"]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about an alert; never changed, only added to.

    Attributes:
        id: of this act alone; an act that comes twice counts once.
        at: UTC seconds.
        author: who; "posewarden" raises again what needs attention.
        verdict: of a verdict.
        text: of a note; of what is raised again, why.
    """

    id: str
    at: float
    author: str
    type: ActType
    verdict: Verdict | None = None
    text: str | None = None


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of an alert, or an act, as the WebSocket sends it; the stream's id is beside it.

    Attributes:
        alert: as it is with this change; for an act as it was then.
        act: where the event is one; its type is the event's.
    """

    type: Literal["opened", "updated", "closed", ActType]
    alert: Alert
    act: Act | None = None


# An alert that is acknowledged asks for attention again when it is so much rarer than it was then.
RAISED_FROM_RARER = 10.0


def kind_rank(kind: Kind) -> int:
    """Return the place of a kind in the order of severity."""
    return KINDS.index(kind)


def raised_again(alert: Alert) -> AlertEvent:
    """Return the event that takes back an acknowledgement; of one version always the same."""
    why = "a more severe kind joined, or it is ten times rarer than when it was acknowledged"
    return _raised(alert, "raised", why)


def raised_after_snooze(alert: Alert) -> AlertEvent:
    """Return the event of an alert whose snooze is over; of one version always the same."""
    return _raised(alert, "unsnoozed", "no snooze fits it any more")


def _raised(alert: Alert, what: str, why: str) -> AlertEvent:
    act = Act(
        id=f"{alert.id}-{alert.version}-{what}",
        at=alert.updated_at,
        author="posewarden",
        type="raised",
        text=why,
    )
    return AlertEvent(type="raised", alert=alert, act=act)


class AlertPoses(msgspec.Struct, frozen=True, kw_only=True):
    """The window behind an alert's peak: a stick-figure clip and where its score comes from.

    Attributes:
        fps: rate of the poses.
        poses: T × 17 × (x_px, y_px, confidence), COCO-17.
        joint_map: T × 18 shares of the score in bits/dimension, joints in the flow's order.
    """

    fps: float
    poses: list[list[tuple[float, float, float]]]
    joint_map: list[list[float]]

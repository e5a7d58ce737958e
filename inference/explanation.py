"""Says why there is an alert: a code with the facts that its sentence needs. Pure.

The facts are those that decided: the cues of falls, fights and runs, the joints that stand out in a
window of movement, and how long nothing was as clear before this camera. People's languages come
later: `service.outputs` and the page write the sentences.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec

from inference.facts import NOTHING_SEEN, SeenFacts
from inference.types import (
    Alert,
    BodyPart,
    Explanation,
    ExplanationCode,
    ExplanationFacts,
    Kind,
    KindScore,
)

# Less than this is no measure of how rare something is before a camera.
LEAST_HERE_H = 1.0
DAY_H, SHOWN_IN_DAYS_H = 24.0, 36.0
_LIMBS: dict[str, tuple[BodyPart, BodyPart]] = {
    "shoulder": ("arms", "left_arm"),
    "elbow": ("arms", "left_arm"),
    "wrist": ("arms", "left_arm"),
    "hip": ("legs", "left_leg"),
    "knee": ("legs", "left_leg"),
    "ankle": ("legs", "left_leg"),
}
_RIGHT: dict[BodyPart, BodyPart] = {"left_arm": "right_arm", "left_leg": "right_leg"}


def explain(
    alert: Alert, seen: Mapping[Kind, SeenFacts], lasting_s: Mapping[Kind, float]
) -> Explanation:
    """Return why there is an alert.

    Args:
        seen: what the rules saw, by kind.
        lasting_s: how long each kind has been seen.
    """
    leading = _leading(alert)
    facts = seen.get(leading.kind, NOTHING_SEEN)
    fell = seen.get("fall", NOTHING_SEEN) if leading.kind == "person_down" else facts
    within_s, alone_s = fell.within_s, fell.alone_s
    lasted_s = lasting_s.get(leading.kind) if leading.kind == "fight" else facts.lasted_s
    part = body_part(alert.joints) if leading.kind == "movement" else None
    parameters = ExplanationFacts(
        at=round(leading.peak_at, 3),
        within_s=None if within_s is None else max(round(within_s, 1), 0.1),
        lasted_s=None if lasted_s is None else _whole(lasted_s),
        limit_s=facts.limit_s,
        times=None if facts.times is None else round(facts.times, 1),
        zone=facts.zone,
        part=part,
        here_h=None if alone_s is None else _full_hours(alone_s / 3600),
        ordinary_h=alert.rarity_hours,
    )
    return Explanation(code=_code(leading.kind, facts, parameters), parameters=parameters)


def at_end(said: Explanation, closed_at: float | None) -> Explanation:
    """Return what was said of an alert, as it is once the alert is over: for how long they lay."""
    parameters = said.parameters
    if said.code not in ("down", "down_fast") or parameters.lasted_s is None or closed_at is None:
        return said
    lay_s = _whole(closed_at - parameters.at + parameters.lasted_s)
    lasted_s = max(lay_s, parameters.lasted_s)
    return Explanation(
        code=said.code, parameters=msgspec.structs.replace(parameters, lasted_s=lasted_s)
    )


def with_joints(alert: Alert, joints: tuple[str, ...]) -> Alert:
    """Return the alert with the joints that stand out, in its explanation, too."""
    explanation = alert.explanation
    if explanation is not None and explanation.code in ("movement", "movement_part"):
        part = body_part(joints)
        parameters = msgspec.structs.replace(explanation.parameters, part=part)
        code: ExplanationCode = "movement" if part is None else "movement_part"
        explanation = Explanation(code=code, parameters=parameters)
    return msgspec.structs.replace(alert, joints=joints, explanation=explanation)


def body_part(joints: Sequence[str]) -> BodyPart | None:
    """Return the part of the body that the first joint belongs to; both limbs if both stand out.

    Args:
        joints: names such as ``left_wrist``, the one that stands out most first.
    """
    parts = [_part(name) for name in joints]
    if not parts:
        return None
    both, one = parts[0]
    sides = {side for pair, side in parts if pair == both}
    return both if len(sides) > 1 else one


def _part(joint: str) -> tuple[BodyPart, BodyPart]:
    """Return the part of the body that a joint is of, of both sides and of one."""
    side, _, name = joint.partition("_")
    if joint == "neck":
        return "trunk", "trunk"
    if name not in _LIMBS:
        return "head", "head"
    both, left = _LIMBS[name]
    return both, left if side == "left" else _RIGHT[left]


def _leading(alert: Alert) -> KindScore:
    if alert.kinds:
        return alert.kinds[0]
    return KindScore(
        kind=alert.kind,
        peak_score=alert.peak_score,
        peak_at=alert.peak_at,
        threshold=alert.threshold,
        rarity_hours=alert.rarity_hours,
    )


def _code(kind: Kind, facts: SeenFacts, parameters: ExplanationFacts) -> ExplanationCode:
    """Return the sentence that fits what is known."""
    timed = parameters.within_s is not None
    by_kind: dict[Kind, ExplanationCode] = {
        "fall": "fall" if timed else "fall_fast",
        "person_down": "down" if timed else "down_fast",
        "running": "running" if facts.sign == "here" else "running_walk",
        "fight": "fight",
        "dwell": "dwell",
        "movement": "movement" if parameters.part is None else "movement_part",
    }
    if kind == "fight" and facts.sign == "strikes":
        return "fight_strikes"
    return "fight_shoves" if kind == "fight" and facts.sign == "shoves" else by_kind[kind]


def _full_hours(hours: float) -> float | None:
    """Return hours, or from two days on whole days, rounded down: nothing is called too rare."""
    if hours < LEAST_HERE_H:
        return None
    step_h = DAY_H if hours >= SHOWN_IN_DAYS_H else 1.0
    return math.floor(hours / step_h) * step_h


def _whole(seconds: float) -> float:
    return round(seconds, 1) if seconds < 10 else float(round(seconds))

"""The product without one of its parts, to see what that part is worth.

Parts of the rule judge the same records; parts of the camera need records of their own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

from export.bench.events.live_rule import LiveRule
from inference.types import MEASURED_KINDS
from tracker.errors import ConfigError
from tracker.options import LITE_BELOW_PX, LOOK_EVERY_S
from tracker.pose.blazepose import Sight

CameraPart: TypeAlias = Literal["turning", "following", "sparing", "lite"]
CAMERA_PARTS: tuple[CameraPart, ...] = get_args(CameraPart)

_NEVER, _ALWAYS = 1e-6, 1e9


def _movement(**values: float) -> Callable[[LiveRule], LiveRule]:
    def change(rule: LiveRule) -> LiveRule:
        changes: dict[str, Any] = dict(values)  # Any: fields of several types
        movement = replace(rule.kinds.movement, **changes)
        return replace(rule, kinds=replace(rule.kinds, movement=movement))

    return change


def _kind(name: str) -> Callable[[LiveRule], LiveRule]:
    def change(rule: LiveRule) -> LiveRule:
        enabled = tuple(kind for kind in rule.kinds.enabled if kind != name)
        return replace(rule, kinds=replace(rule.kinds, enabled=enabled))

    return change


def _limbs_only(rule: LiveRule) -> LiveRule:
    fight = replace(rule.kinds.fight, commotion=_ALWAYS)
    return replace(rule, kinds=replace(rule.kinds, fight=fight))


PARTS: Mapping[str, Callable[[LiveRule], LiveRule]] = {
    "jump_gate": _movement(jump_speed=_ALWAYS),
    "confidence_gate": _movement(confidence=_NEVER),
    "size_gate": _movement(smallest_px=_NEVER),
    "commotion": _limbs_only,
    "own_statistics": lambda rule: replace(rule, ordinary=None),
    **{kind: _kind(kind) for kind in MEASURED_KINDS},
}


def check_parts(parts: Iterable[str]) -> None:
    """Refuse what is no part.

    Raises:
        ConfigError: there is no such part.
    """
    known = (*PARTS, *CAMERA_PARTS)
    for part in parts:
        if part not in known:
            raise ConfigError(f"--without {part}: there is no such part; {', '.join(known)}")


def without(rule: LiveRule, parts: Iterable[str]) -> LiveRule:
    """Return a rule that lacks those of the parts that are its own."""
    for part in parts:
        if part in PARTS:
            rule = PARTS[part](rule)
    return rule


def sight_without(parts: Iterable[str]) -> Sight:
    """Return how a camera sees that lacks those of the parts that are its own."""
    left_out = set(parts)
    return Sight(
        turning="turning" not in left_out,
        following="following" not in left_out,
        look_every_s=0.0 if "sparing" in left_out else LOOK_EVERY_S,
        lite_below_px=0.0 if "lite" in left_out else LITE_BELOW_PX,
    )

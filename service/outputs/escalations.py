"""Remembers which alerts are sent again if nobody acknowledges them. Pure."""

from collections.abc import Sequence

import msgspec

from inference.types import AlertEvent
from service.outputs.plan import EscalationRule, attends
from service.outputs.records import Pending, TargetState

PENDING = 1000


def noticed(
    state: TargetState, event: AlertEvent, rules: Sequence[EscalationRule], at: float
) -> TargetState:
    """Return the state after a change of an alert.

    Args:
        rules: those that the change falls under.
        at: when it was written, UTC seconds.
    """
    alert = event.alert.id
    if attends(event):
        kept = tuple(each for each in state.pending if each.alert != alert)
        return msgspec.structs.replace(state, pending=kept)
    names = {rule.name for rule in rules}
    if not names:
        return state
    others = [each for each in state.pending if (each.alert, each.rule) not in _of(alert, names)]
    new = [Pending(alert=alert, rule=rule.name, due_at=at + rule.after_s) for rule in rules]
    return msgspec.structs.replace(state, pending=(*others, *new)[-PENDING:])


def bounded(
    pending: Sequence[Pending], rules: Sequence[EscalationRule], now: float
) -> Sequence[Pending]:
    """Return what is to be sent again, nothing later from now on than its rule says.

    What was noticed before the clock was set back, or by Redis' ids, which never go back, would
    come as much later as the clock was set back by.
    """
    latest = {rule.name: now + rule.after_s for rule in rules}
    if all(each.due_at <= latest.get(each.rule, each.due_at) for each in pending):
        return pending
    return tuple(
        msgspec.structs.replace(each, due_at=min(each.due_at, latest.get(each.rule, each.due_at)))
        for each in pending
    )


def due(pending: Sequence[Pending], now: float) -> Pending | None:
    """Return what is due first; None if nothing is."""
    first = min(pending, key=lambda each: each.due_at, default=None)
    return first if first is not None and first.due_at <= now else None


def without(state: TargetState, done: Pending) -> TargetState:
    """Return the state once that is dealt with."""
    kept = tuple(each for each in state.pending if each != done)
    return msgspec.structs.replace(state, pending=kept)


def _of(alert: str, names: set[str]) -> set[tuple[str, str]]:
    return {(alert, name) for name in names}

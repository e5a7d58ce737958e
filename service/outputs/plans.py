"""Makes the plans of all targets: escalations lead from one to another."""

from collections.abc import Sequence

from service.config.outputs.any_output import AnyOutputSettings
from service.outputs.plan import EscalationRule, ModeAt, Plan, no_mode


def plans_of(outputs: Sequence[AnyOutputSettings], mode_at: ModeAt = no_mode) -> dict[str, Plan]:
    """Return the plan of each output that is enabled, by name."""
    enabled = [output for output in outputs if output.enabled]
    return {
        output.name: Plan(output, tuple(_rules(output, enabled)), mode_at) for output in enabled
    }


def _rules(output: AnyOutputSettings, enabled: Sequence[AnyOutputSettings]) -> list[EscalationRule]:
    rules = []
    for first in enabled:
        if first.escalation is None:
            continue
        after_s = first.escalation.after_s
        if first.name == output.name:
            rules.append(EscalationRule(first.name, first, after_s))
        elif first.escalation.then == output.name:
            rules.append(EscalationRule(first.name, first, 2 * after_s))
    return rules

"""Which changes a target gets."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from support.archives import alert, of_kinds

from inference.types import Act, Alert, AlertEvent
from service.config.outputs.any_output import AnyOutputSettings
from service.config.settings import Settings
from service.outputs.plan import Decision, Plan
from service.system_events import SystemEvent


def plan(mode: str | None = None, **settings: Any) -> Plan:
    """A plan of a webhook."""
    given = {"name": "desk", "type": "webhook", "url": "http://desk.example", **settings}
    read: AnyOutputSettings = TypeAdapter(AnyOutputSettings).validate_python(given)
    return Plan(read, mode_at=lambda _alert: mode)


def decide(one: Plan, kind: str, about: Alert, *, is_told: bool = False) -> Decision:
    """Decide about a change."""
    act = None
    if kind in ("acknowledged", "verdict", "note", "raised"):
        act = Act(id="1", at=5.0, author="kim", type=kind)  # type: ignore[arg-type]
    event = AlertEvent(type=kind, alert=about, act=act)  # type: ignore[arg-type]
    return one.decide(event, is_told=is_told)


FALL = alert("a", **of_kinds("fall", "movement"), severity="warning", zones=("stairs",))


@pytest.mark.parametrize(
    ("settings", "decision"),
    [
        ({}, "send"),
        ({"cameras": ["gate"]}, "send"),
        ({"cameras": ["yard"]}, "skip"),
        ({"kinds": ["fight", "fall"]}, "send"),
        ({"kinds": ["fight"]}, "skip"),
        ({"kinds": ["movement"]}, "send"),
        ({"severities": ["warning"]}, "send"),
        ({"severities": ["critical"]}, "skip"),
        ({"zones": ["stairs", "door"]}, "send"),
        ({"zones": ["door"]}, "skip"),
        ({"modes": ["away"]}, "send"),
        ({"modes": ["home"]}, "skip"),
        ({"events": ["closed"]}, "skip"),
        ({"events": []}, "skip"),
    ],
)
def test_filters_narrow(settings: dict[str, Any], decision: Decision) -> None:
    """Each of them, by the alert and by the site's mode when it opened."""
    assert decide(plan("away", **settings), "opened", FALL) == decision


def test_what_follows_goes_to_who_knows_the_alert() -> None:
    """Ends and acts are sent if they are wanted and the alert was told."""
    everything = plan(events=["opened", "updated", "closed", "acknowledged", "verdict", "note"])

    for kind in ("updated", "closed", "acknowledged", "verdict", "note"):
        assert decide(everything, kind, FALL, is_told=True) == "send"
        assert decide(everything, kind, FALL) == "skip"
        assert decide(plan(events=["opened"]), kind, FALL, is_told=True) == "skip"
    assert decide(plan(events=["closed"]), "closed", FALL) == "send"


def test_a_snoozed_alert_is_held() -> None:
    """It is wanted, and kept back."""
    snoozed = alert("a", snoozed="s1")

    assert decide(plan(), "opened", snoozed) == "held"
    assert decide(plan(kinds=["fall"]), "opened", snoozed) == "skip"
    assert decide(plan(), "closed", snoozed, is_told=True) == "skip"
    assert decide(plan(), "raised", alert("a")) == "send"


@pytest.mark.parametrize(
    ("about", "settings", "decision"),
    [
        ({"type": "no-worker"}, {}, "send"),
        ({"type": "no-worker"}, {"system": False}, "skip"),
        ({"type": "camera-lost", "camera": "gate"}, {"cameras": ["gate"]}, "send"),
        ({"type": "camera-lost", "camera": "gate"}, {"cameras": ["yard"]}, "skip"),
        ({"type": "output-failing", "subject": "phone"}, {}, "send"),
        ({"type": "output-failing", "subject": "desk"}, {}, "skip"),
    ],
)
def test_the_services_own_events(
    about: dict[str, Any], settings: dict[str, Any], decision: Decision
) -> None:
    """Whoever wants them gets those of its cameras, and none about itself."""
    fields = {"id": "1", "camera": None, "state": "raised", "at": 1.0, "reason": "", **about}
    event = SystemEvent(**fields)

    assert plan(**settings).decide(event, is_told=False) == decision


@pytest.mark.parametrize(
    "outputs",
    [
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "escalation": {"after_s": 60, "then": "b"}}],
        [{"name": "a", "escalation": {"after_s": 60, "then": "a"}}],
    ],
)
def test_outputs_that_do_not_fit_together_are_refused(outputs: list[dict[str, Any]]) -> None:
    """Names are given once, and an escalation leads to another output that is there."""
    whole = [{"type": "webhook", "url": "http://desk.example", **each} for each in outputs]

    with pytest.raises(ValidationError):
        Settings(outputs=whole)

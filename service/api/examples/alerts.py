"""Examples of alerts, their episodes, acts and snoozes."""

from collections.abc import Mapping
from typing import Any

from inference.types import Act, Explanation, ExplanationFacts, KindScore
from service.api.description import Shape
from service.api.examples.given import AT, BODY, HASH
from service.api.shapes.acts import ActDone, NoteBody, VerdictBody
from service.api.shapes.alerts import (
    AlertDetail,
    AlertPage,
    AlertScores,
    HeldScore,
    ListedAlert,
    ScorePoint,
)
from service.api.shapes.poses import EpisodeFrame, EpisodePerson, EpisodePoses
from service.api.shapes.snoozes import ListedSnooze, SnoozeBody

_ALERT: dict[str, Any] = {
    "id": "5b0c8e9f6a7d4c21",
    "camera": "gate",
    "person": "gate/1f0e9d/7",
    "state": "closed",
    "opened_at": AT,
    "updated_at": AT + 6.4,
    "closed_at": AT + 6.4,
    "peak_score": 3.1,
    "peak_at": AT + 0.9,
    "threshold": 1.0,
    "joints": ("left_knee", "right_hip"),
    "model": HASH,
    "version": 3,
    "kind": "fall",
    "kinds": (KindScore(kind="fall", peak_score=3.1, peak_at=AT + 0.9, threshold=1.0),),
    "reason": "fell within 0.6 s",
    "rarity_hours": 31.0,
    "severity": "critical",
    "explanation": Explanation(
        code="fall",
        parameters=ExplanationFacts(at=AT + 0.9, within_s=0.6, here_h=336.0, ordinary_h=31.0),
    ),
    "acknowledged_at": AT + 20.0,
    "acknowledged_by": "API key",
    "verdict": "true",
    "verdict_by": "API key",
    "notes": 1,
}
_ACT = Act(id="9d5e3c", at=AT + 30.0, author="API key", type="verdict", verdict="true")
_SNOOZE = ListedSnooze(
    id="0b8e6f3c",
    camera="gate",
    kind="movement",
    until=AT + 7200.0,
    reason="painters",
    author="API key",
    created_at=AT,
    active=True,
    hidden=4,
)
ALERT_EXAMPLES: Mapping[Shape, object] = {
    ActDone: ActDone(event_id="1796000030000-0", alert="5b0c8e9f6a7d4c21", act=_ACT),
    AlertDetail: AlertDetail(
        **_ALERT, acts=(_ACT,), fps=24.0, poses=[BODY], joint_map=[[0.1] * 18]
    ),
    AlertScores: AlertScores(
        alert="5b0c8e9f6a7d4c21",
        points=[
            ScorePoint(at=AT + 0.1, score=1.84, threshold=2.1),
            ScorePoint(at=AT + 0.2, score=2.37, threshold=2.1),
        ],
        held=[HeldScore(kind="fall", since=AT, until=AT + 9.9, score=1.4, threshold=1.0)],
    ),
    AlertPage: AlertPage(alerts=[ListedAlert(**_ALERT)], next="MTc5NjAwMDAwMA"),
    EpisodePoses: EpisodePoses(
        alert="5b0c8e9f6a7d4c21",
        camera="gate",
        person=7,
        width_px=640,
        height_px=480,
        done=True,
        complete=True,
        thinned_from=None,
        frames=[EpisodeFrame(at=AT, people=[EpisodePerson(number=7, joints=BODY)])],
    ),
    list[ListedSnooze]: [_SNOOZE],
    ListedSnooze: _SNOOZE,
    NoteBody: NoteBody(text="a delivery; the man stumbled over the step"),
    SnoozeBody: SnoozeBody(until=AT + 7200.0, reason="painters", camera="gate", kind="movement"),
    VerdictBody: VerdictBody(verdict="false"),
}

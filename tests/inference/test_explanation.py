"""Why there is an alert: which sentence, filled in by what."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from support.cue_maker import FPS, LYING, STANDING, fall, frames
from support.score_maker import ScoreMaker

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.explanation import at_end, body_part, explain, with_joints
from inference.facts import SeenFacts
from inference.kinds.running import UsualSpeed
from inference.kinds.watch import KindOptions
from inference.types import Alert, Explanation, ExplanationFacts, Kind, KindScore
from tracker.types import FrameCues

OPENED_AT = 1000.0
SCORES = ScoreMaker()


def alert_of(kind: Kind, rarity_hours: float | None = None, **fields: Any) -> Alert:
    """Return an alert of one kind."""
    (decision, *_) = SCORES.decided(SCORES.series([5.0] * 5))
    score = KindScore(
        kind=kind, peak_score=2.0, peak_at=OPENED_AT, threshold=1.0, rarity_hours=rarity_hours
    )
    changes = {"kind": kind, "kinds": (score,), "rarity_hours": rarity_hours} | fields
    return msgspec.structs.replace(decision.event.alert, **changes)


def decided(shown: Sequence[FrameCues], alerts: CameraAlerts | None = None) -> list[Decision]:
    """Show frames to a camera."""
    camera = alerts or CameraAlerts(2.0, AlertOptions(), KindOptions())
    return [decision for frame in shown for decision in camera.add_cues(frame)]


def said(decision: Decision) -> Explanation:
    """Return what a decision's alert says."""
    explanation = decision.event.alert.explanation
    assert explanation is not None
    return explanation


@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        ("fall", SeenFacts(within_s=0.9), "fall"),
        ("fall", SeenFacts(), "fall_fast"),
        ("running", SeenFacts(sign="here", times=3.0), "running"),
        ("running", SeenFacts(times=3.0), "running_walk"),
        ("fight", SeenFacts(sign="strikes"), "fight_strikes"),
        ("fight", SeenFacts(sign="shoves"), "fight_shoves"),
        ("fight", SeenFacts(), "fight"),
        ("dwell", SeenFacts(zone="till", limit_s=60.0, lasted_s=61.2), "dwell"),
        ("movement", SeenFacts(), "movement"),
    ],
)
def test_the_code_follows_from_what_was_seen(kind: Kind, facts: SeenFacts, code: str) -> None:
    """Each kind has its sentences; which one, its signs decide."""
    assert explain(alert_of(kind), {kind: facts}, {kind: 1.5}).code == code


def test_who_is_down_fell_before() -> None:
    """How fast they fell, and how rare that was, is what the fall's rule saw."""
    seen = {
        "person_down": SeenFacts(lasted_s=12.4),
        "fall": SeenFacts(within_s=0.93, alone_s=14 * 86_400.0),
    }
    explanation = explain(alert_of("person_down"), seen, {})  # type: ignore[arg-type]

    assert explanation.code == "down"
    facts = ExplanationFacts(at=OPENED_AT, within_s=0.9, lasted_s=12.0, here_h=14 * 24.0)
    assert explanation.parameters == facts


@pytest.mark.parametrize(
    ("alone_h", "here_h"),
    [(0.99, None), (1.99, 1.0), (35.9, 35.0), (47.9, 24.0), (24 * 14.99, 24 * 14.0)],
)
def test_nothing_is_called_rarer_than_it_was(alone_h: float, here_h: float | None) -> None:
    """Hours, and days from a day and a half on, are rounded down; less than an hour is not said."""
    seen: dict[Kind, SeenFacts] = {"fall": SeenFacts(alone_s=alone_h * 3600)}

    assert explain(alert_of("fall"), seen, {}).parameters.here_h == here_h


@pytest.mark.parametrize(
    ("joints", "part"),
    [
        (("left_wrist", "neck", "left_elbow", "nose"), "left_arm"),
        (("left_wrist", "neck", "right_shoulder", "nose"), "arms"),
        (("right_ankle", "right_knee", "left_wrist", "nose"), "right_leg"),
        (("right_ankle", "left_knee"), "legs"),
        (("left_ear", "nose"), "head"),
        (("neck", "nose"), "trunk"),
        ((), None),
    ],
)
def test_joints_are_parts_of_the_body(joints: tuple[str, ...], part: str | None) -> None:
    """The part of what stands out most; both limbs where both of a pair stand out."""
    assert body_part(joints) == part


def test_movement_says_which_part_once_it_is_known() -> None:
    """The window is explained after the decision; other kinds keep their sentence."""
    movement = alert_of("movement")
    movement = msgspec.structs.replace(movement, explanation=explain(movement, {}, {}))
    named = with_joints(movement, ("left_knee", "nose")).explanation
    fallen = with_joints(
        msgspec.structs.replace(movement, explanation=explain(alert_of("fall"), {}, {})), ("nose",)
    )

    assert named is not None
    assert (named.code, named.parameters.part) == ("movement_part", "left_leg")
    assert fallen.explanation is not None
    assert (fallen.explanation.code, fallen.joints) == ("fall_fast", ("nose",))


def test_a_fall_says_how_long_it_took() -> None:
    """From the last frame with the standing height to the first one low: six frames here."""
    opened = said(decided(frames(*fall()))[0])

    assert opened.code == "fall"
    assert opened.parameters.within_s == pytest.approx(7 / FPS, abs=0.1)


def test_who_stays_down_is_said_to_have_lain_until_they_got_up() -> None:
    """While they lie there is no news every second; once it is over, the whole time is said."""
    lies, up = [LYING] * round(12 * FPS), [STANDING] * round(4 * FPS)
    decisions = decided(frames(*fall(lies_s=1), *lies, *up))

    assert decisions[-1].event.type == "closed"
    over = said(decisions[-1])
    assert over.code == "down"
    assert over.parameters.lasted_s == pytest.approx(13, abs=2)


def test_what_is_over_keeps_its_other_sentences() -> None:
    """Only lying goes on until the end."""
    fell = Explanation(code="fall", parameters=ExplanationFacts(at=1.0, within_s=0.5))

    assert at_end(fell, 60.0) is fell


def test_running_is_against_what_is_usual_here() -> None:
    """Five times the pace of this camera's people, once enough of them are known."""
    alerts = CameraAlerts(2.0, AlertOptions(), KindOptions())
    alerts._memory.usual_speed = UsualSpeed(count=20_000, mean=0.5, variance=0.01)
    run = replace(STANDING, speed=2.5)

    opened = said(decided(frames(*[STANDING] * 10, *[run] * 20), alerts)[0])

    assert opened.code == "running"
    assert opened.parameters.times == pytest.approx(5.0, abs=0.5)


def test_the_most_unusual_in_days_is_said_so() -> None:
    """A fall after ten quiet days is the clearest in ten days; the same an hour later is not."""
    alerts = CameraAlerts(2.0, AlertOptions(), KindOptions())
    alerts._memory.records.watched_s = 10.4 * 86_400
    first = decided(frames(*fall(), *[STANDING] * 90), alerts)
    alerts._memory.records.watched_s += 3700
    second = decided(frames(*fall(), start_s=60.0), alerts)

    assert said(first[0]).parameters.here_h == 240.0
    # Equally clear: nothing was clearer in all the time.
    assert said(second[0]).parameters.here_h == 240.0
    assert first[0].event.alert.id != second[0].event.alert.id


def test_scores_of_another_model_are_no_measure() -> None:
    """The record of movement begins again with a new model."""
    alerts = SCORES.alerts()
    alerts._memory.records.watched_s = 86_400.0 * 5
    SCORES.decided(SCORES.series([0.5] * 5), alerts)
    alerts._memory.records.watched_s += 3 * 3600.0
    changed = [replace(each, model="n") for each in SCORES.series([5.0] * 5, start=30)]

    opened = said(SCORES.decided(changed, alerts)[0])

    assert opened.parameters.here_h is None

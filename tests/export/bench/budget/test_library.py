"""What is kept of a play is what the alert rule would have fired at."""

from pathlib import Path

import pytest

from export.bench.budget.library import Library, Plan, event_plans, experienced, held_in
from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import decide, score, send
from export.bench.events.simulated import simulated_record
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.simulator.source import Simulation

MODEL = bundled_model()


@pytest.mark.slow
def test_a_play_alerts_just_up_to_its_highest_slot() -> None:
    """At the highest held score as threshold the rule opens an alert, above it none."""
    flow = OnnxFlow(MODEL, provider="cpu")
    rule = shipped_rule(flow.card)
    record, _ = simulated_record(Simulation(people=1, fps=10.0, seed=11, daily=0.8), 60.0)
    held, _ = held_in(record, flow, rule)
    highest = max(held["movement"].values())
    sent = send(record, rule.windows)
    scores = score(sent, flow)
    learnt = rule.camera()
    decide(record, sent, scores, rule, learnt)

    alerts = []
    for threshold in (highest - 1e-3, highest + 1e-3):
        camera = experienced(learnt, rule)
        camera.set_thresholds({"movement": threshold, "fall": 9.0, "running": 9.0})
        alerts.append(len(decide(record, sent, scores, rule, camera).alerts))

    assert alerts == [1, 0]


def test_plays_are_kept_and_read_again(tmp_path: Path) -> None:
    """A play that is there is not scored again."""
    library = Library(tmp_path, MODEL)
    plan = Plan(7)
    (tmp_path / plan.name).write_text(
        '{"seed": 7, "fps": 10, "people": 2, "seconds": 600, "slots": {"movement": {"3": 1.5}}, '
        '"alerts": 0}'
    )

    (play,) = library.plays([plan], 1)

    assert play.slots == {"movement": {3: 1.5}}


def test_events_are_spread_over_a_play() -> None:
    """A play of events has all three kinds; one of daily life has none."""
    (plan,) = event_plans(1)

    assert {event.kind for event in plan.simulation().events} == {"fall", "run", "fight"}
    assert Plan(1).simulation().events == ()
    assert Plan(1, rate=0.5).simulation().fps == Plan(1).simulation().fps / 2

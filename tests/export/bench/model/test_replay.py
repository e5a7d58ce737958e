"""Alerts that are made and decided once more."""

import msgspec
import pytest

from export.bench.events.simulated import simulated_record
from export.bench.model.replay import Made, alerts_of, judged, settings_of, sources, table
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation

BUNDLED = bundled_model()


@pytest.fixture(scope="module")
def flow() -> OnnxFlow:
    """The bundled model."""
    return OnnxFlow(BUNDLED, provider="cpu")


@pytest.fixture(scope="module")
def made(flow: OnnxFlow) -> list[Made]:
    """The alert of somebody who falls."""
    simulation = Simulation(people=1, fps=12.0, seed=3, events=(Event("fall", 8.0),))
    record, _ = simulated_record(simulation, 16.0)
    return list(alerts_of(iter([("simulated", record)]), flow, 1))


def test_every_version_of_every_alert_is_the_same(flow: OnnxFlow, made: list[Made]) -> None:
    """By the same file opened anew to the last bit; by other settings the same is decided."""
    rows = [judged(name, one, made) for name, one in settings_of(BUNDLED)]

    assert {row["alerts"] for row in rows} == {1}
    assert (rows[0]["exact"], rows[0]["same_bits"], rows[0]["largest"]) == (1, 1, 0.0)
    assert [row["holds"] for row in rows] == [1] * 3
    assert all(row["provider"] == "CPUExecutionProvider" for row in rows[1:])
    lines = list(table(flow, made, rows))
    assert sources(made)["simulated"]["fall"] == 1
    assert lines[-3].startswith("| the same, opened anew | ")
    assert "1 of 1 | 1 of 1" in lines[-3]


def test_a_changed_record_is_not_counted(flow: OnnxFlow, made: list[Made]) -> None:
    """The table would show what does not come out the same."""
    (one,) = made
    rules = msgspec.structs.replace(one.records[0].rules, snapshot=7)
    other = msgspec.structs.replace(one.records[0], rules=rules)
    row = judged("changed", flow, [Made(one.source, one.kind, [other, *one.records[1:]])])

    assert (row["exact"], row["alerts"]) == (0, 1)


def test_footage_that_gives_too_few_says_so(flow: OnnxFlow) -> None:
    """With how many it gives."""
    with pytest.raises(ConfigError, match="the footage gives 0 alerts"):
        list(alerts_of(iter([]), flow, 1))

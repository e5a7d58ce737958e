"""The bench of stages: which of a site's histograms it reads, and how it shows them."""

import pytest
from support.waiting import eventually

from export.bench.site.readings import Reading, parsed, read
from export.bench.site.service import RunningService
from export.bench.site.stages import STAGES, sources, stages, table
from service.adapters.metrics import definition

NOTHING = Reading(0.0, {})


def reading(times: int) -> Reading:
    """A site whose stages were each passed so often, in up to 10 ms, and twice slower."""
    return Reading(
        0.0,
        parsed(
            "\n".join(
                f'posewarden_{name}_bucket{{{label}le="{edge}"}} {times * count}'
                for name, label in (
                    ("stage_seconds", 'stage="queue",'),
                    ("stage_seconds", 'stage="score",'),
                    ("capture_to_alert_seconds", ""),
                )
                for edge, count in (("0.01", 2.0), ("0.02", 3.0), ("+Inf", 3.0))
            )
        ),
    )


def test_only_what_came_between_the_readings_counts() -> None:
    """Each stage has its own figures; those that nothing passed are left out."""
    figures = stages(reading(1), reading(3))

    row = {"n": 6, "p50": 7.5, "p95": 18.5, "p99": 19.7}
    assert figures == {"stages": {"queue": row, "score": row}, "whole": row}


def test_every_stage_is_read() -> None:
    """The bench, which imports nothing of the service, knows its stages."""
    assert STAGES == definition.STAGES


def test_the_first_alert_may_come_between_the_readings() -> None:
    """Before it a site has no such histogram."""
    assert stages(NOTHING, reading(1))["whole"]["n"] == 3


def test_the_table_ends_with_the_whole() -> None:
    """A line for each stage, in the order of the way."""
    lines = list(table({"cameras": 1, "load": 0.5, **stages(reading(1), reading(3))}))

    assert [line.split()[0] for line in lines] == ["1", "stage", "queue", "score", "whole"]
    assert lines[-1].split() == ["whole", "6", "7.5", "18.5", "19.7"]


@pytest.mark.slow
def test_a_real_site_passes_all_stages() -> None:
    """One camera whose people raise alerts: every stage has figures but that of outputs."""
    wanted = [stage for stage in STAGES if stage != "output"]

    with RunningService(sources(1)) as service:
        eventually(lambda: list(stages(NOTHING, read(service))["stages"]) == wanted)

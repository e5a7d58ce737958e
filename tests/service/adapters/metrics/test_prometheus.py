import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.metric_names import SiteCounter, SiteGauge, SiteHistogram
from tracker.sources.diagnosis.diagnosis import Reason

ROOT = Path(__file__).resolve().parents[4]
# Labels that would make a new series for each person, track, frame or alert.
UNBOUNDED = {"person", "track", "session", "number", "alert", "seq", "id", "window"}


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> PrometheusTelemetry:
    """A telemetry of one process."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    return PrometheusTelemetry()


def test_known_series_begin_at_zero(telemetry: PrometheusTelemetry) -> None:
    """A role's series are there before anything happened, those of other roles are not."""
    telemetry.begin("camera", ["gate", "yard"])
    telemetry.begin("camera", ["door"])

    page = telemetry.render().decode()
    for camera in ("gate", "yard", "door"):
        assert f'posewarden_frames_total{{camera="{camera}"}} 0.0' in page
        assert f'frames_dropped_total{{camera="{camera}",reason="late"}} 0.0' in page
    assert "windows_scored_total" not in page
    assert "canary_attempts_total" not in page


def test_beginning_again_forgets_nothing(telemetry: PrometheusTelemetry) -> None:
    """A camera that comes back to a process goes on counting."""
    telemetry.begin("camera", ["gate"])
    telemetry.count("frames_total", 3, camera="gate")

    telemetry.begin("camera", ["gate"])

    assert 'posewarden_frames_total{camera="gate"} 3.0' in telemetry.render().decode()


def test_names_follow_the_practice() -> None:
    """Counters and only they end in _total, times are in seconds, names and labels are whole."""
    names = [metric.name for metric in METRICS]

    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert not re.search(r"_(ms|milliseconds|age|percent)\b", metric.name), metric.name
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric.name
        assert set(metric.known) <= set(metric.labels), metric.name


def test_nobody_is_a_label() -> None:
    """No label names people, tracks or alerts: series must not grow with what is seen."""
    assert [m.name for m in METRICS if UNBOUNDED & set(m.labels)] == []


@pytest.mark.parametrize(
    ("kind", "names"),
    [("counter", SiteCounter), ("gauge", SiteGauge), ("histogram", SiteHistogram)],
)
def test_the_catalogue_has_every_name_that_mypy_lets_through(kind: str, names: object) -> None:
    """The names of each kind of metric are those of its rows, so that no call fails at run time."""
    assert sorted(get_args(names)) == sorted(m.name for m in METRICS if m.kind == kind)


def test_every_metric_is_used_somewhere() -> None:
    """What stands in the tables is counted, observed or set in the code."""
    code = "".join(
        path.read_text()
        for folder in ("tracker", "inference", "service")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "tables" and path.name != "metric_names.py"
    )

    assert [metric.name for metric in METRICS if f'"{metric.name}"' not in code] == []


def test_every_reason_to_lose_a_camera_is_known() -> None:
    """Each series begins at 0, so that the first loss of any kind is an increase."""
    calls = [
        node
        for path in (ROOT / "tracker").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "CameraLost"
    ]
    told = {
        keyword.value.value
        for call in calls
        for keyword in call.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    (row,) = (metric for metric in METRICS if metric.name == "camera_reconnects_total")

    assert {"closed", "behind"} < told
    assert told | {*get_args(Reason), "error"} == set(row.known["reason"])


def test_a_camera_that_left_leaves_no_gauge_and_may_come_back(
    telemetry: PrometheusTelemetry,
) -> None:
    """Its counts stay, its gauges go, for another process tells them; later they are told anew."""
    for camera in ("gate", "yard"):
        telemetry.gauge("camera_up", 1, camera=camera)
        telemetry.count("frames_total", camera=camera)

    telemetry.forget_camera("gate")
    telemetry.forget_camera("gate")

    text = telemetry.render().decode()
    assert 'camera_up{camera="gate"}' not in text
    assert 'camera_up{camera="yard"} 1.0' in text
    assert 'frames_total{camera="gate"} 1.0' in text
    telemetry.gauge("camera_up", 1, camera="gate")
    assert 'camera_up{camera="gate"} 1.0' in telemetry.render().decode()


def test_gauges_of_a_duty_are_forgotten_by_their_labels(telemetry: PrometheusTelemetry) -> None:
    """All series that carry the labels go, whatever else they carry; they can be told anew."""
    for camera in ("gate", "yard"):
        telemetry.gauge("camera_drifting", 1, camera=camera)
        telemetry.gauge("drift_ratio", 2, sign="scene", camera=camera)

    telemetry.forget_gauges(["camera_drifting", "drift_ratio"], camera="gate")
    telemetry.forget_gauges(["camera_drifting", "snoozes"])

    text = telemetry.render().decode()
    assert "camera_drifting{" not in text
    assert 'drift_ratio{camera="gate"' not in text
    assert 'drift_ratio{camera="yard",sign="scene"} 2.0' in text
    telemetry.gauge("camera_drifting", 1, camera="gate")
    assert 'camera_drifting{camera="gate"} 1.0' in telemetry.render().decode()


TELLING = """
import sys
from service.adapters.metrics.prometheus import PrometheusTelemetry
telemetry = PrometheusTelemetry()
telemetry.gauge("camera_up", 1, camera="gate")
telemetry.gauge("cameras_held", 3, role="decide")
"""
FORGETTING = (
    TELLING
    + """
for camera in ("gate", "yard"):
    telemetry.gauge("camera_up", 0, camera=camera)
    telemetry.gauge("camera_drifting", 1, camera=camera)
    telemetry.gauge("drift_ratio", 2, sign="scene", camera=camera)
    telemetry.count("frames_total", camera=camera)
telemetry.forget_camera("gate")
telemetry.forget_camera("yard")
telemetry.forget_gauges(["cameras_held"])
print(telemetry.render().decode())
telemetry.gauge("camera_up", 1, camera="yard")
print("== and again ==", telemetry.render().decode())
"""
)


@pytest.mark.slow
def test_gauges_are_forgotten_where_several_processes_share_a_page(tmp_path: Path) -> None:
    """As under `up`: what no process knows any more is gone, what another one says is heard."""
    several = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def run(code: str) -> str:
        command = [sys.executable, "-c", code]
        ended = subprocess.run(command, env=several, check=True, capture_output=True, text=True)
        return ended.stdout

    run(TELLING)
    page, again = run(FORGETTING).split("== and again ==")

    assert sorted(line for line in page.splitlines() if line and line[0] != "#") == [
        'posewarden_camera_up{camera="gate"} 1.0',
        'posewarden_cameras_held{role="decide"} 3.0',
        'posewarden_frames_total{camera="gate"} 1.0',
        'posewarden_frames_total{camera="yard"} 1.0',
    ]
    assert 'posewarden_camera_up{camera="yard"} 1.0' in again

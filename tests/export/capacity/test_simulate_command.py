"""`simulate` reports machines, the day, deaths and what breaks, and compares itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from export.cli import main

ROW: dict[str, Any] = {
    "cameras": 4,
    "people": 5,
    "fails": [],
    "frames": {"asked_per_s": 60.0, "looked_at_per_s": 59.9},
    "latency_ms": {"client": {"p50": 25.0, "p95": 33.0, "p99": 47.0}},
    "cpu_ms_per_frame": {"camera": 0.8, "worker": 0.5, "redis": 0.4, "api": 0.3},
    "simulator_ms_per_frame": 0.08,
    "redis_bytes": {"in_per_frame": 4000, "out_per_frame": 6000},
}


def test_a_city_is_simulated_in_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """100 000 cameras: cells, a day's latencies by stage, three deaths, and what breaks first."""
    assert main(["simulate", "--cameras", "100000", "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["cameras"] >= 100_000
    assert said["shards"] == said["cells"]
    assert list(said["latency_ms"]) == ["pictures", "push", "score", "decide"]
    assert [each["dies"] for each in said["storms"]] == ["a machine", "a shard", "a zone"]
    assert said["windows_dropped"] == 0.0
    assert said["breaks_first"]["at_load"] > 1.0
    assert next(iter(said["headroom"].values())) > 1.0


def test_what_people_read_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Each figure by its name, and nothing as Python writes it."""
    assert main(["simulate", "--cameras", "1000"]) == 0

    said = capsys.readouterr().out
    assert "push (p50 " in said
    assert "a shard dies\n  unwatched " in said
    assert not set("{}[]'") & set(said)


def test_both_sides_of_a_comparison_have_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured and what is simulated, each with its quantiles."""
    file = tmp_path / "load.json"
    file.write_text(json.dumps(ROW))

    assert main(["simulate", "--against", str(file)]) == 0

    said = capsys.readouterr().out
    assert "measured (p50 25.0, p95 33.0, p99 47.0), simulated (p50 " in said
    assert not set("{}[]'") & set(said)


@pytest.mark.slow
def test_a_measured_load_is_predicted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each figure stands beside the one that was measured."""
    file = tmp_path / "load.json"
    file.write_text(json.dumps(ROW) + "\n" + json.dumps({"breaks": "nothing"}))

    assert main(["simulate", "--against", str(file), "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["frames_per_s"][1] == pytest.approx(60, rel=0.02)
    assert said["to_client_ms"][0] == [25.0, 33.0, 47.0]
    assert 0 < said["to_client_ms"][1][0] < 1000
    assert said["camera_ms"][1] == pytest.approx(0.8, rel=0.05)


def test_a_file_without_loads_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the remedy, in one line."""
    file = tmp_path / "none.json"
    file.write_text("{}")

    assert main(["simulate", "--against", str(file)]) == 1
    assert (
        "holds no measured costs; `posewarden-lab plan --calibrate FILE` writes"
        in capsys.readouterr().err
    )

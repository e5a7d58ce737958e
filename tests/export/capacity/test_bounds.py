"""Numbers that no site and no measurement has are refused in one line, with the bounds."""

import json
from pathlib import Path
from typing import Any

import pytest

from export.capacity.bounds import FLAGS
from export.cli import main

ROW: dict[str, Any] = {
    "cameras": 8,
    "people": 5,
    "fails": [],
    "cpu_ms_per_frame": {"camera": 0.8, "worker": 0.5, "redis": 0.4, "api": 0.3},
    "simulator_ms_per_frame": 0.08,
    "redis_bytes": {"in_per_frame": 4000, "out_per_frame": 6000},
}
VIDEO: dict[str, Any] = {
    "video": "hall.mp4",
    "people_per_frame": 2.0,
    "cpu_ms_per_frame": {"decode": 1.0, "boxes": 20.0, "landmarks": 40.0, "track": 0.5},
}
BEYOND = [
    *[(flag, "1e-320") for flag in ("--fps", "--fill", "--people")],
    *[
        (flag, value)
        for flag in ("--fps", "--people", "--fill", "--stream-mbit")
        for value in ("1e300", "nan", "inf", "-3")
    ],
]
NO_FIGURES = ["NaN", "Infinity", "-5", "true", '"abc"', "null", "[1]", "1e400", "1" + "0" * 4000]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one line that a command fails with."""
    assert main(words) == 1
    said, wrong = capsys.readouterr()
    assert (said, wrong.count("\n")) == ("", 1), wrong
    return wrong


@pytest.mark.parametrize("command", ["plan", "simulate"])
@pytest.mark.parametrize(("flag", "value"), BEYOND)
def test_a_flag_beyond_its_bounds_is_refused(
    command: str, flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its value, its bounds, and what to give."""
    words = refused(capsys, command, "--cameras", "10", f"{flag}={value}")

    bounds = FLAGS[flag.strip("-").replace("-", "_")]
    assert f"{flag} is {float(value):g}; it must be {bounds.text}: give {bounds.what}" in words


@pytest.mark.parametrize("value", ["0", "-3", "9" * 400])
@pytest.mark.parametrize("flag", ["--cameras", "--cores", "--cell-cameras"])
def test_a_number_of_things_beyond_its_bounds_is_refused(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that no float can hold."""
    assert "it must be from 1 to" in refused(capsys, "simulate", f"{flag}={value}")


def altered(row: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the row with another value at a path."""
    first, _, rest = path.partition(".")
    return {**row, first: altered(row[first], rest, value) if rest else value}


@pytest.mark.parametrize("value", NO_FIGURES, ids=lambda each: each[:8])
@pytest.mark.parametrize(
    ("row", "path"),
    [
        (ROW, "people"),
        (ROW, "simulator_ms_per_frame"),
        (ROW, "cpu_ms_per_frame.camera"),
        (ROW, "redis_bytes.in_per_frame"),
        (VIDEO, "people_per_frame"),
        (VIDEO, "cpu_ms_per_frame.boxes"),
    ],
)
def test_a_figure_that_no_measurement_has_is_refused(
    row: dict[str, Any],
    path: str,
    value: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its path in the file, whichever command reads it."""
    monkeypatch.chdir(tmp_path)
    text = json.dumps(altered(row, path, "HERE")).replace('"HERE"', value)
    Path("costs.json").write_text(text)

    for command in ("plan", "simulate"):
        words = refused(capsys, command, "--cameras", "10", "--costs", "costs.json")
        assert f"costs.json: {path} is " in words
        assert "plan --calibrate FILE" in words


@pytest.mark.parametrize(
    "path", ["cpu_ms_per_frame.camera", "cpu_ms_per_frame.redis", "redis_bytes.out_per_frame"]
)
def test_a_cost_of_nothing_is_refused(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be divided by."""
    file = tmp_path / "costs.json"
    file.write_text(json.dumps(altered(ROW, path, 0)))

    assert f"{path} is 0; it must be from" in refused(
        capsys, "plan", "--cameras", "10", "--costs", str(file)
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"fails": [], "cameras": 8}',
        '{"a": ' + "[" * 100_000,
        '{"fails": [], "cameras": 8, "people": 5, "cpu_ms_per_frame": [], "redis_bytes": 7}',
        "[1, 2]",
        "\0\1\2",
    ],
    ids=["keys missing", "deep", "lists", "a list", "bytes"],
)
def test_a_file_of_something_else_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line that names the file, also by --against."""
    file = tmp_path / "other.json"
    file.write_text(text)

    for words in (("plan", "--cameras", "10", "--costs"), ("simulate", "--against")):
        assert "other.json" in refused(capsys, *words, str(file))


def test_a_load_without_what_is_compared_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--against` needs more of a load than its costs."""
    file = tmp_path / "load.json"
    file.write_text(json.dumps(ROW))

    assert "has no frames.asked_per_s" in refused(capsys, "simulate", "--against", str(file))


@pytest.mark.parametrize("words", [("--seconds=nan",), ("--seconds=0",), ("--cameras=0",)])
def test_nothing_is_measured_for_a_flag_that_is_refused(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be minutes until somebody learns of it."""
    file = tmp_path / "costs.json"

    assert "it must be from" in refused(capsys, "plan", "--calibrate", str(file), *words)
    assert not file.exists()


@pytest.mark.filterwarnings("error")
def test_a_site_without_people_has_no_windows_to_be_late(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its latencies of scores are null; those of pictures are there."""
    assert main(["simulate", "--cameras", "2", "--people", "0", "--json"]) == 0

    latency_ms = json.loads(capsys.readouterr().out)["latency_ms"]
    assert latency_ms["score"] == latency_ms["decide"] == [None] * 3
    assert None not in latency_ms["pictures"]


@pytest.mark.filterwarnings("error")
def test_a_machine_that_nobody_replaces_is_null_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """JSON has no NaN and no infinity; whoever is unwatched for good has no gap."""

    def no_number(name: str) -> None:
        pytest.fail(f"{name} is not JSON")

    assert main(["simulate", "--cameras", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out, parse_constant=no_number)
    assert said["storms"][0]["gap_s"] == {"p50": None, "p95": None, "longest": None}
    assert said["storms"][0]["decided_late_s"] is None

    assert main(["simulate", "--cameras", "1"]) == 0
    words = capsys.readouterr().out
    assert not {"nan", "inf", "None"} & set(words.replace(",", " ").replace("}", " ").split())

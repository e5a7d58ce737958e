"""`bench engines` runs every network that is here in every engine that is here."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from export.bench.vision.engine_calls import ENGINES, SETTINGS, as_input
from export.bench.vision.engines import add_arguments, compare, run
from tracker.errors import ConfigError

PICTURE = np.full((48, 64, 3), (10, 20, 30), np.uint8)


def test_engines_that_read_the_file_take_turns(
    tmp_path: Path, save_rtmo: Callable[..., Path]
) -> None:
    """Each engine and number of threads is a row; the first one is the reference."""
    file = save_rtmo(tmp_path / "people.onnx", side_px=64)

    rows = compare(file, picture=PICTURE, engines=(*ENGINES, *SETTINGS), rounds=2)

    names = [row.engine for row in rows if row.threads == 1]
    assert names[0] == "ONNX Runtime"
    assert "LiteRT" not in names
    assert "ONNX Runtime, spinning" in names
    assert [row.engine for row in rows if row.threads == 2] == names
    assert (rows[0].network, rows[0].cpu_ratio, rows[0].difference) == ("people", 1.0, 0.0)
    assert all(row.cpu_ms >= 0 and row.wall_ms > 0 for row in rows)


def test_a_file_that_no_engine_reads_is_refused(tmp_path: Path) -> None:
    """The error names what could be installed, or that nothing reads such files."""
    with pytest.raises(ConfigError, match="no engine here reads it"):
        compare(tmp_path / "network.pt", picture=PICTURE)


def test_weights_that_are_missing_are_named(
    tmp_path: Path,
    save_rtmo: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A network that did not run is in the report, and a file of one's own is measured."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = save_rtmo(tmp_path / "mine.onnx", side_px=64)
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    run(parser.parse_args(f"--file {file} --rounds 1 --threads 1 --json".split()))

    report = json.loads(capsys.readouterr().out)
    assert {"blazepose", "yolox-nano", "rtmo-s"} <= set(report["not_here"])
    assert {row["network"] for row in report["rows"]} == {"mine"}
    assert "onnxruntime" in report["machine"]["engines"]


@pytest.mark.parametrize(
    ("shape", "kind", "wanted", "first"),
    [
        ([1, 3, 32, 64], np.float32, (1, 3, 32, 64), 10.0),
        (["batch", 3, "height", "width"], np.float32, (1, 3, 256, 256), 10.0),
        ([1, 32, 64, 3], np.float32, (1, 32, 64, 3), 30 / 255),
        ([1, -1, -1, 3], np.uint8, (1, 256, 256, 3), 10),
    ],
)
def test_pictures_fit_each_networks_input(
    shape: list[int | str], kind: type, wanted: tuple[int, ...], first: float
) -> None:
    """Channels first or last, fixed or open sides, grey values or shares."""
    given = as_input(PICTURE, shape, np.dtype(kind))

    assert (given.shape, given.dtype) == (wanted, np.dtype(kind))
    assert given.flat[0] == pytest.approx(first)

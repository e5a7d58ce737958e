"""`bench sparing`."""

import argparse
import json
from pathlib import Path

import pytest

from export.bench.vision.sparing import add_arguments, run
from tracker.errors import ModelUnavailable
from tracker.weights.store import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"


@pytest.mark.slow
@pytest.mark.shared
def test_variants_run_side_by_side(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its row: who was followed, how often it searched and looked, and what it cost."""
    weights = shared / "data" / "weights"
    try:
        ModelStore([weights], MODELS).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"

    run(
        parser.parse_args(
            f"--video {video} --models {weights} --lite-below 0 --frames 8 --json".split()
        )
    )

    every, sparing = map(json.loads, capsys.readouterr().out.splitlines())
    assert (every["look_every_s"], sparing["look_every_s"]) == (0.0, 0.2)
    assert every["frames"] == sparing["frames"] == 8
    assert (every["searched"], every["saved"]) == (1.0, 0.0)
    assert sparing["looked"] + sparing["saved"] > 1
    assert sparing["total_cpu_ms"] > 0

import argparse
import json
from pathlib import Path

import pytest

from export.bench.vision.video import add_arguments, run
from tracker.errors import ModelUnavailable
from tracker.weights.store import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"


@pytest.mark.slow
@pytest.mark.shared
def test_the_report_is_complete(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fifty frames of a street give a rate, each stage's processor time, and people."""
    try:
        ModelStore([], MODELS).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"

    run(parser.parse_args(f"--video {video} --boxes motion --frames 50 --json".split()))

    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 50
    assert report["frames_per_s"] > 0
    assert report["people_per_frame"] > 0.5
    assert set(report["cpu_ms_per_frame"]) == {"decode", "boxes", "landmarks", "track", "resample"}
    assert all(value >= 0 for value in report["cpu_ms_per_frame"].values())
    assert sum(report["cpu_ms_per_frame"].values()) == pytest.approx(
        report["cpu_ms_per_frame_total"], rel=0.2
    )

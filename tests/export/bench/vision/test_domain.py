"""`bench domain`."""

import json
from pathlib import Path

import numpy as np
import pytest
from export.bench.interpolation import linear

from export.bench.vision.domain import Judged, auroc, judged, ordinary, read_masked
from export.cli import main
from export.data.clips import Clip
from export.data.pose_writer import SUFFIX
from export.extraction.pipeline import crowd_poses
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError, ModelUnavailable
from tracker.simulator.source import Simulation, simulate
from tracker.sources.pose_file import PersonPoses
from tracker.weights.store import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"
BUNDLED = Path(__file__).parents[4] / "inference" / "models" / "posewarden.onnx"


@pytest.fixture(scope="module")
def flow() -> OnnxFlow:
    """The model that ships."""
    return OnnxFlow(BUNDLED)


def _walker(fps: float, seconds: float) -> Clip:
    """One simulated person."""
    record = simulate(Simulation(people=1, fps=fps, seed=3), seconds)
    return Clip("walk", fps, {1: PersonPoses(np.arange(len(record.at_s)), record.joints[:, 0])})


def test_auroc_counts_pairs() -> None:
    """Three of four pairs are in order; a tie is half a pair."""
    assert auroc(np.array([1.0, 3.0]), np.array([2.0, 4.0])) == 0.75
    assert auroc(np.array([1.0]), np.array([1.0])) == 0.5
    assert np.isnan(auroc(np.array([1.0]), np.empty(0)))


def test_one_odd_clip_does_not_set_the_limit() -> None:
    """The limit is the median clip's; clips without a normal window have no say."""
    usual, odd = np.linspace(0.5, 1.0, 101), np.linspace(5.0, 9.0, 101)

    limit = Judged([usual, odd, usual, np.empty(0)], []).limit

    assert limit == pytest.approx(0.995)


def test_windows_are_labelled_by_their_frames(flow: OnnxFlow) -> None:
    """Of four seconds whose second half is abnormal, windows across the middle count nowhere."""
    mask = np.repeat([0.0, 1.0], 60)

    found = judged([_walker(30.0, 4.0)], {"walk": mask}, flow, linear)

    assert len(found.normal[0]) == 48 - 23  # ticks 0 … 47 lie in the first two seconds
    assert len(found.abnormal[0]) == 96 - 48 - 23


def test_poses_as_they_come_mean_another_time(flow: OnnxFlow) -> None:
    """At 10 fps 24 poses last 2.4 s: fewer windows, of people who seem to hurry."""
    clips = [_walker(10.0, 20.0)]

    as_they_come, resampled = ordinary(clips, flow, None), ordinary(clips, flow, linear)

    assert len(as_they_come) == 200 - 23
    assert len(resampled) == int(19.9 * 24) + 1 - 23
    assert np.median(as_they_come) > np.median(resampled)


def test_a_folder_without_masks_is_refused(tmp_path: Path) -> None:
    """The reader says which folders do not belong together."""
    (tmp_path / "a.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"no clip of .* has a mask"):
        read_masked(tmp_path, tmp_path, 30.0)


@pytest.mark.slow
@pytest.mark.shared
def test_the_command_makes_the_table(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A few seconds of a street beside simulated people: every row has its quantiles."""
    try:
        ModelStore([], MODELS).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    crowd = Simulation(people=2, fps=30, seed=3)
    crowd_poses(crowd, 6.0, 30.0).write(tmp_path / f"crowd{SUFFIX}")
    np.save(tmp_path / "crowd.npy", np.repeat([0, 1], 90))
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"
    words = f"--model {BUNDLED} --video {video} --frames 50 --poses {tmp_path} --gt {tmp_path}"

    assert main(["bench", "domain", *words.split(), "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    rows = {(row["people"], row["resampled"]): row for row in report["rows"]}
    assert len(rows) == len(report["rows"])
    assert all(row["quantiles"] == sorted(row["quantiles"]) for row in rows.values())
    linear_row, raw = rows["ordinary", "linear"], rows["ordinary", "as they come"]
    assert raw["windows"] < linear_row["windows"]
    assert 0 <= linear_row["above_limit"] < 1
    assert 0 < rows["reference, abnormal", "linear"]["auroc"] < 1

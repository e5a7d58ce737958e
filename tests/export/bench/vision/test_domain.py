"""`bench domain`."""

import json
from pathlib import Path

import numpy as np
import pytest

from export.bench.vision.domain import LabelledScores, auroc, ordinary, read_masked, score_labelled
from export.cli import main
from export.data.clips import Clip
from export.data.pose_writer import SUFFIX
from export.extraction.pipeline import crowd_poses
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.errors import ConfigError, ModelUnavailable
from tracker.simulator.source import Simulation, simulate
from tracker.sources.pose_file import PersonPoses
from tracker.weights.store import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"
BUNDLED = bundled_model()


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

    limit = LabelledScores([usual, odd, usual, np.empty(0)], []).limit

    assert limit == pytest.approx(0.995)


def test_windows_are_labelled_by_their_frames(flow: OnnxFlow) -> None:
    """Of four seconds whose second half is abnormal, windows across the middle count nowhere."""
    mask = np.repeat([0.0, 1.0], 60)

    found = score_labelled([_walker(30.0, 4.0)], {"walk": mask}, flow)

    assert len(found.normal[0]) == 48 - 23  # ticks 0 … 47 lie in the first two seconds
    assert len(found.abnormal[0]) == 96 - 48 - 23


def test_one_second_is_one_second_whatever_the_rate(flow: OnnxFlow) -> None:
    """Poses at 10 fps are brought onto the model's grid of 24 ticks a second."""
    assert len(ordinary([_walker(10.0, 20.0)], flow)) == int(19.9 * 24) + 1 - 23


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
    rows = {row["people"]: row for row in report["rows"]}
    assert len(rows) == len(report["rows"])
    assert all(row["quantiles"] == sorted(row["quantiles"]) for row in rows.values())
    assert 0 <= rows["ordinary"]["above_limit"] < 1
    assert 0 < rows["reference, abnormal"]["auroc"] < 1

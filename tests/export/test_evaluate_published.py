"""`evaluate` against the method's released results."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.cli import main
from export.data.datasets import DatasetName
from export.evaluate import evaluated
from export.evaluate_config import Data, EvaluateConfig, Measuring, Model
from export.evaluation import Stopwatch

PUBLISHED: dict[str, tuple[DatasetName, str]] = {
    "ShanghaiTech": ("shanghaitech", "ShanghaiTech"),
    "ShanghaiTech_HR": ("shanghaitech-hr", "ShanghaiTech"),
    "UBnormal": ("ubnormal", "UBnormal"),
    "UBnormal_sup": ("ubnormal", "UBnormal"),
}

pytestmark = pytest.mark.shared


def evaluate(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Run the command by the paper's protocol on the CPU; return its JSON object."""
    always = ("--protocol", "paper", "--device", "cpu", "--json")

    assert main(["evaluate", *map(str, words), *always]) == 0

    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize("key", PUBLISHED)
def test_the_papers_protocol_gives_the_published_auroc(
    shared: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    """To 1e-6, over as many frames and windows, by the command itself."""
    reference = shared / "reference"
    expected = json.loads((reference / "parity" / "expected.json").read_text())[key]
    name, folder = PUBLISHED[key]

    figures = evaluate(
        capsys,
        *("--dataset", name, "--root", reference / "parity" / folder),
        *("--checkpoint", reference / f"{expected['checkpoint']}.tar"),
    )

    assert (figures["dataset"], figures["protocol"]) == (name, "paper")
    assert (figures["frames"], figures["windows"]) == (expected["frames"], expected["windows"])
    assert figures["auroc"] == pytest.approx(expected["auc"], abs=1e-6)


@pytest.mark.parametrize("key", PUBLISHED)
def test_every_frame_scores_as_published(shared: Path, key: str) -> None:
    """Not the AUROC alone: each frame's smoothed value, in the authors' polarity."""
    reference = shared / "reference"
    arrays = np.load(reference / "parity" / f"expected_{key}.npz")
    facts = json.loads((reference / "parity" / "expected.json").read_text())[key]
    name, folder = PUBLISHED[key]

    evaluation = evaluated(
        EvaluateConfig(
            data=Data(dataset=name, root=reference / "parity" / folder),
            model=Model(checkpoint=reference / f"{facts['checkpoint']}.tar", device="cpu"),
            measuring=Measuring(protocol="paper"),
        ),
        Stopwatch(),
    )

    values = evaluation.results["paper"].scores.values
    np.testing.assert_allclose(-values, arrays["frame_scores"], rtol=0, atol=1e-4)


@pytest.mark.slow
def test_real_clips_give_the_reference_auroc(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """22 filmed test clips, the released checkpoint, poses as they come."""
    figures = evaluate(
        capsys,
        *("--dataset", "aihub", "--root", shared / "data" / "aihub"),
        *("--checkpoint", shared / "reference" / "ShanghaiTech_85_9.tar"),
    )

    assert figures["auroc"] == pytest.approx(0.80213, abs=0.0005)
    assert (figures["frames"], figures["windows"], figures["clips"]) == (79_173, 76_330, 22)
    assert figures["baselines"]["frame_index"]["auroc"] > figures["auroc"]

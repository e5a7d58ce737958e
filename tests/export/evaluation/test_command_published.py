"""`evaluate` against the method's released results."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.evaluate import Published

from export.cli import main
from export.evaluation.command import evaluated
from export.evaluation.config import DataSettings, EvaluateConfig, MeasureSettings, ModelSettings
from export.evaluation.run import Stopwatch

pytestmark = pytest.mark.shared


def evaluate(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Run the command by the paper's protocol on the CPU; return its JSON object."""
    always = ("--protocol", "paper", "--device", "cpu", "--json")

    assert main(["evaluate", *map(str, words), *always]) == 0

    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.slow
def test_the_papers_protocol_gives_the_published_auroc(
    published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """To 1e-6, over as many frames and windows, by the command itself."""
    expected = published.facts

    figures = evaluate(
        capsys,
        *("--dataset", published.dataset, "--root", published.root),
        *("--checkpoint", published.checkpoint),
    )

    assert (figures["dataset"], figures["protocol"]) == (published.dataset, "paper")
    assert (figures["frames"], figures["windows"]) == (expected["frames"], expected["windows"])
    assert figures["auroc"] == pytest.approx(expected["auc"], abs=1e-6)


@pytest.mark.slow
def test_every_frame_scores_as_published(published: Published) -> None:
    """Not the AUROC alone: each frame's smoothed value, in the authors' polarity."""
    evaluation = evaluated(
        EvaluateConfig(
            data=DataSettings(dataset=published.dataset, root=published.root),
            model=ModelSettings(checkpoint=published.checkpoint, device="cpu"),
            measuring=MeasureSettings(protocol="paper"),
        ),
        Stopwatch(),
    )

    values = evaluation.results["paper"].scores.values
    np.testing.assert_allclose(-values, published.arrays["frame_scores"], rtol=0, atol=1e-4)


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

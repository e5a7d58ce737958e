import json

import pytest
import torch

from export.bench.model.train import simulated
from export.cli import main


@pytest.mark.slow
def test_the_bench_prints_the_contracts_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object: both rates, what they mean for a data set, and what it really took."""
    threads = torch.get_num_threads()
    words = "--json --full --windows 300 --epochs 2 --batch 64 --rounds 1 --steps 2 --threads 1"

    code = main(["bench", "train", *words.split()])

    torch.set_num_threads(threads)
    assert code == 0
    figures = json.loads(capsys.readouterr().out)
    for name in ("windows_per_s", "literal_windows_per_s", "ratio"):
        assert figures[name] > 0
    # So small a data set takes less than their last digit.
    assert figures["projected_minutes"] >= 0
    assert figures["measured_minutes"] >= 0
    assert figures["machine"]["cores"] > 0


def test_simulated_windows_are_all_different() -> None:
    """Repeated people are varied, and the seed decides how."""
    poses = simulated(25, 8, seed=3).poses

    assert len(torch.unique(poses.flatten(1), dim=0)) == 25
    assert torch.equal(poses, simulated(25, 8, seed=3).poses)

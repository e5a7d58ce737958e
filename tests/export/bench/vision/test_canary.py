"""`bench canary` never counts as found what it did not show."""

from pathlib import Path

import pytest

from export.bench.vision.canary import bench
from inference.bundled_model import bundled_model
from inference.flow_onnx import OnnxFlow
from tracker.weights.store import ModelStore


@pytest.mark.slow
def test_without_weights_the_bench_says_that_it_did_not_run(tmp_path: Path) -> None:
    """A way whose weights are missing is not run, in words, and no pass."""
    flow = OnnxFlow(bundled_model(), provider="cpu")
    figures = bench(("yolox", "rtmo"), 1, ModelStore([], tmp_path), flow)

    assert figures["yolox"] == "not run: the weights blazepose are not on this machine"
    assert figures["rtmo"] == "not run: the weights rtmo-s are not on this machine"

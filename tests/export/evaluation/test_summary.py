import json
from pathlib import Path

import numpy as np
import pytest

from export.bench.model.flow import untrained
from export.data.datasets import read_dataset
from export.evaluation.run import Plan, Stopwatch, evaluate
from export.evaluation.summary import notes
from export.evaluation.window_scorer import load_checkpoint_scorer
from export.flow.checkpoint import save_checkpoint


@pytest.mark.slow
def test_clips_without_a_window_are_named(labelled: Path, tmp_path: Path) -> None:
    """Nobody in them, or nobody for long enough: their calm is no finding."""
    (labelled / "pose" / "hall.json").write_text("{}")
    np.save(labelled / "gt" / "hall.npy", np.zeros(30, np.uint8))
    frames = {str(n): {"keypoints": [1.0] * 51} for n in range(20)}
    (labelled / "pose" / "roof.json").write_text(json.dumps({"1": frames}))
    np.save(labelled / "gt" / "roof.npy", np.zeros(20, np.uint8))
    save_checkpoint(untrained(24), tmp_path / "flow.pt")
    scorer = load_checkpoint_scorer(tmp_path / "flow.pt", "cpu")
    dataset = read_dataset("folder", labelled, "test", 24.0)

    evaluation = evaluate(dataset, scorer, Plan(), Stopwatch())

    (told,) = [one for one in notes(evaluation) if "no window" in one]
    assert told.startswith("2 of 4 clips")
    assert told.endswith("hall, roof")

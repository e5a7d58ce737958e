"""The command `evaluate`, and what the released code gave for the same clips."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.cli import main
from export.data.datasets import DatasetName


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run `evaluate`, which must fail by our judgement; return what it says."""
    assert main(["evaluate", *map(str, words)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What the released code gave in one setting.

    Attributes:
        root: of the synthetic clips.
        facts: counts, AUROC, the prior's mean.
        arrays: of windows and frames.
    """

    dataset: DatasetName
    root: Path
    checkpoint: Path
    facts: dict[str, Any]
    arrays: "np.lib.npyio.NpzFile"

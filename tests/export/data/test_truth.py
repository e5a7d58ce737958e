from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from export.data.datasets import read_dataset
from tracker.errors import BadPoses

Write = Callable[..., None]


def test_a_pickle_is_never_loaded(tmp_path: Path, write_poses: Write, write_mask: Write) -> None:
    """A ground truth of objects is refused."""
    write_poses(tmp_path / "pose" / "test", "01_0001", {1: range(3)})
    write_mask(tmp_path / "gt" / "test_frame_mask", "01_0001.npy", np.array([{}, {}, {}]))

    with pytest.raises(BadPoses, match="does not read as a NumPy file"):
        read_dataset("shanghaitech", tmp_path, "test")


def test_a_truth_that_lies_about_its_size_is_not_allocated(
    tmp_path: Path, write_poses: Write, write_mask: Write
) -> None:
    """A header of a petabyte is an error, not a crash."""
    write_poses(tmp_path / "pose" / "test", "01_0001", {1: range(3)})
    gt = tmp_path / "gt" / "test_frame_mask"
    write_mask(gt, "01_0001.npy", np.zeros(1000))
    honest, lie = b"(1000,), }" + b" " * 12, b"(1000000000000000,), }"
    content = (gt / "01_0001.npy").read_bytes()
    assert honest in content
    (gt / "01_0001.npy").write_bytes(content.replace(honest, lie))

    with pytest.raises(BadPoses, match=r"01_0001\.npy: does not read as a NumPy file"):
        read_dataset("shanghaitech", tmp_path, "test")

from collections.abc import Callable
from pathlib import Path

import pytest

from export.data.datasets import read_dataset
from tracker.errors import ConfigError

Write = Callable[..., None]


def test_an_odd_table_is_refused(tmp_path: Path) -> None:
    """A line that was cut short, and a split that is none."""
    (tmp_path / "clips.tsv").write_text("clip\tsplit\na\nb\tkitchen\n")

    with pytest.raises(ConfigError, match="split 'None'"):
        read_dataset("aihub", tmp_path, "test")


@pytest.mark.parametrize("table", [True, False])
def test_aihub_lies_by_table_or_by_folder(
    tmp_path: Path, table: bool, write_poses: Write, write_mask: Write
) -> None:
    """Both layouts give the same clips: normal ones, and those with an abnormal stretch."""
    names = {
        "C021_A20_SY15_P01_S01_00DAS": "train",
        "C021_A20_SY15_P01_S01_01DAS": "train_ab",
        "C021_A17_SY15_P01_S03_01NBS": "test",
    }
    for name, split in names.items():
        write_poses(tmp_path / "pose" / ("" if table else split), name, {1: range(10)})
        if split != "train":
            write_mask(tmp_path / "gt", f"{name}.npy", [0.0] * 4 + [1.0] * 6)
    if table:
        lines = [f"{name}\t{split}" for name, split in names.items()]
        (tmp_path / "clips.tsv").write_text("\n".join(["clip\tsplit", *lines]))

    train = read_dataset("aihub", tmp_path, "train").labelled
    test = read_dataset("aihub", tmp_path, "test").labelled

    assert [int(one.abnormal.sum()) for one in train] == [0, 6]
    assert [(one.scene, one.number) for one in test] == [("15_03", "021_17_01_01NBS")]

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from export.data.datasets import (
    DatasetName,
    abnormal_shares,
    read_dataset,
    resampled_dataset,
    window_labels,
)
from export.data.rate_file import Note
from export.data.segments import published_segments
from tracker.errors import BadPoses, ConfigError

ENDING = "_alphapose_tracked_person.json"
Write = Callable[..., None]


def test_all_offenders_are_named_at_once(
    tmp_path: Path, write_poses: Write, write_mask: Write
) -> None:
    """Unreadable files, odd names, absent, short, odd and foreign truths come in one error."""
    poses, gt = tmp_path / "pose" / "test", tmp_path / "gt" / "test_frame_mask"
    for name in ("street", "01_0001", "01_0002", "01_0003", "01_0004", "01_0005", "01_0006"):
        write_poses(poses, name, {1: range(30)})
    (poses / f"01_0007{ENDING}").write_text('{"1": {"0": {"keypoints": [1, 2]}}}')
    write_mask(gt, "01_0001.npy", np.zeros(30))
    write_mask(gt, "01_0003.npy", np.zeros(29))
    write_mask(gt, "01_0004.npy", np.full(30, 0.5))
    write_mask(gt, "01_0005.npy", np.zeros((30, 2)))
    (gt / "01_0006.npy").write_bytes(b"\x93NUMPY nothing")

    with pytest.raises(BadPoses) as caught:
        read_dataset("shanghaitech", tmp_path, "test")

    lines = str(caught.value).splitlines()
    assert "7 of 8 clips" in lines[0]
    told = "\n".join(lines[1:])
    for expected in (
        "01_0002.npy: no such ground truth",
        "01_0003.npy: has 29 frames, but person 1 of 01_0003 is seen in frame 29",
        "01_0004.npy: frame 0 is 0.5",
        "01_0005.npy: 30×2 values",
        "01_0006.npy: does not read as a NumPy file",
        "01_0007_alphapose_tracked_person.json: person '1', frame '0'",
        "street: not a name of ShanghaiTech",
    ):
        assert expected in told


def test_other_joints_are_told(tmp_path: Path, write_poses: Write) -> None:
    """Clips of another skeleton among COCO's are named, with their number of joints."""
    write_poses(tmp_path, "street", {1: range(30)})
    (tmp_path / "square.json").write_bytes(
        msgspec.json.encode({"4": {"7": {"keypoints": [1.0] * 78}}})
    )

    with pytest.raises(
        BadPoses, match=r"square\.json: person '4', frame '7': 26 joints, COCO's 17"
    ):
        read_dataset("folder", tmp_path, "train", 24.0)


def test_many_offenders_are_counted(tmp_path: Path, write_poses: Write) -> None:
    """Twenty are named, the others counted."""
    for number in range(30):
        write_poses(tmp_path / "pose" / "test", f"01_{number:04d}", {1: range(2)})

    with pytest.raises(BadPoses, match=r"30 of 30 clips(.|\n)*and 10 more"):
        read_dataset("shanghaitech", tmp_path, "test")


@pytest.mark.parametrize(
    ("name", "fps", "message"),
    [
        ("shanghaitech", None, "holds no test clips of shanghaitech"),
        ("folder", None, "frame rate"),
        ("folder", 0.0, "above 0"),
        ("kinetics", None, "unknown data set 'kinetics'"),
    ],
)
def test_a_wrong_choice_is_told(
    tmp_path: Path, name: DatasetName, fps: float | None, message: str
) -> None:
    """What is not there, not known or no data set is named, with the remedy."""
    if name == "folder":
        (tmp_path / "a.json").write_text("{}")

    with pytest.raises(ConfigError, match=message):
        read_dataset(name, tmp_path, "test", fps)


def test_a_folder_has_the_rate_that_was_noted(tmp_path: Path) -> None:
    """A folder's own note is believed before any assumption, and after what people say."""
    folder = tmp_path / "pose" / "train"
    Note("blazepose", "native", 10.0).write(folder)
    (folder / "a.json").write_text("{}")

    told = [
        read_dataset("folder", tmp_path, "train", fps, otherwise=24.0).fps for fps in (None, 15.0)
    ]

    assert told == [10.0, 15.0]


def test_a_clip_that_is_there_twice_is_refused(tmp_path: Path, write_poses: Write) -> None:
    """Gzipped or not, a clip counts once."""
    write_poses(tmp_path, "street", {1: range(3)})
    (tmp_path / "street.json").write_bytes((tmp_path / f"street{ENDING}").read_bytes())

    with pytest.raises(BadPoses, match="clip street is there twice"):
        read_dataset("folder", tmp_path, "train", 24.0)


def test_hr_reads_all_and_scores_some(
    tmp_path: Path, write_poses: Write, write_mask: Write
) -> None:
    """The clips that are not about people are there, but do not count."""
    for name in ("01_0130", "01_0131"):
        write_poses(tmp_path / "pose" / "test", name, {1: range(3)})
        write_mask(tmp_path / "gt" / "test_frame_mask", f"{name}.npy", np.zeros(3))

    scored = [one.scored for one in read_dataset("shanghaitech-hr", tmp_path, "test").labelled]

    assert scored == [False, True]
    assert all(one.scored for one in read_dataset("shanghaitech", tmp_path, "test").labelled)


def test_training_clips_of_shanghaitech_are_normal(tmp_path: Path, write_poses: Write) -> None:
    """No ground truth is asked for; no window is abnormal."""
    write_poses(tmp_path / "pose" / "train", "01_001", {1: range(30), 4: range(10, 40)})

    dataset = read_dataset("shanghaitech", tmp_path, "train")

    assert not window_labels(published_segments(dataset.clips, 8, 2), dataset).any()
    assert len(dataset.labelled[0].abnormal) == 40


def test_windows_are_abnormal_by_majority(
    tmp_path: Path, write_poses: Write, write_mask: Write
) -> None:
    """More than half of the poses decide; the shares tell mixed windows apart."""
    write_poses(tmp_path, "street", {1: range(20)})
    write_mask(tmp_path / "gt", "street.npy", [0] * 8 + [1] * 12)
    dataset = read_dataset("folder", tmp_path, "train", 24.0)
    segments = published_segments(dataset.clips, 4, 1)

    shares = abnormal_shares(segments, dataset)

    assert shares[:11].tolist() == [0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert segments.first_frame[window_labels(segments, dataset)].tolist() == [*range(7, 16)]


def test_truth_is_resampled_with_the_poses(
    tmp_path: Path, write_poses: Write, write_mask: Write
) -> None:
    """At half the rate the abnormal stretch has half the frames, at the same time."""
    write_poses(tmp_path, "street", {1: range(40)})
    write_mask(tmp_path / "gt", "street.npy", [0] * 20 + [1] * 20)

    dataset = resampled_dataset(read_dataset("folder", tmp_path, "train", 24.0), 12.0)

    assert dataset.fps == dataset.clips[0].fps == 12.0
    assert dataset.labelled[0].abnormal.tolist() == [False] * 10 + [True] * 10
    assert dataset.labelled[0].abnormal_poses(1).tolist() == [False] * 10 + [True] * 10

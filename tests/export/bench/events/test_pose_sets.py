"""Pose sets without pictures."""

from pathlib import Path

import numpy as np
import pytest

from export.bench.events.pose_sets import filled, read_hr_shanghaitech
from tracker.errors import ConfigError


def _write(folder: Path, *, frames: int = 10) -> None:
    """Write two videos of one person, of which one has a mask, and the same as training."""
    points = np.full((frames, 17, 2), 16 * 100, np.int16)
    points += np.arange(17, dtype=np.int16)[None, :, None] * 160
    points[3, 5] = 0
    np.savez(
        folder / "testing_dev.npz",
        videos=np.array(["01_0001", "01_0002"]),
        video=np.zeros(frames, np.int16),
        track=np.full(frames, 4, np.int32),
        frame=np.arange(frames, dtype=np.int32)[::-1],
        kp_sixteenths=points,
    )
    (folder / "training.npz").write_bytes((folder / "testing_dev.npz").read_bytes())
    np.savez(folder / "masks_dev.npz", **{"01_0001": np.array([0] * 6 + [1] * 4, np.uint8)})


def test_trajectories_become_labelled_clips(tmp_path: Path) -> None:
    """Frames come in order, pixels are sixteenths / 16, videos without a mask are left out."""
    _write(tmp_path)

    found = read_hr_shanghaitech(tmp_path)

    (labelled,) = found.clips
    assert (labelled.clip.name, labelled.scene, labelled.abnormal.sum()) == ("01_0001", "01", 4)
    person = labelled.clip.people[4]
    assert person.frames.tolist() == list(range(10))
    assert person.joints[0, 0, :2] == pytest.approx([100, 100])
    assert [one.clip.name for one in found.ordinary["01"]] == ["01_0001", "01_0002"]
    record = found.record(labelled)
    assert [len(frame.tracks) for frame in record.frames] == [1] * 10
    assert record.seconds == pytest.approx(10 / 24)


def test_missing_joints_are_filled_and_doubted() -> None:
    """A joint lies between where it was and will be, with no confidence; others keep theirs."""
    points = np.full((3, 17, 2), 50.0, np.float32)
    points[0, 2], points[1, 2], points[2, 2] = (10, 20), (0, 0), (20, 40)
    points[:, 9] = 0

    joints = filled(points)

    assert joints[1, 2].tolist() == [15, 30, 0]
    assert joints[0, 2].tolist() == [10, 20, 1]
    assert joints[:, 9, 2].tolist() == [0, 0, 0]
    assert joints[0, 9, :2] == pytest.approx((points[0].sum(axis=0)) / 16)


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    """The missing file is named."""
    with pytest.raises(ConfigError, match=r"masks_dev\.npz"):
        read_hr_shanghaitech(tmp_path)

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.data.datasets import read_dataset
from tracker.errors import BadPoses

Write = Callable[..., None]
ABNORMAL = "abnormal_scene_2_scenario_1_smoke"


def test_ubnormal_training_knows_who_acts(tmp_path: Path, write_poses: Write) -> None:
    """Whose joints lie on the acting track's pixels is abnormal in its frames, others are not."""
    write_poses(
        tmp_path / "pose" / "train", ABNORMAL, {1: range(20), 2: range(20)}, {1: 10.0, 2: 200.0}
    )
    write_poses(tmp_path / "pose" / "train", "normal_scene_4_scenario_8", {1: range(9)})
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / f"{ABNORMAL}_tracks.txt").write_text("3,5,9\n7.000,12,12\n")
    pictures = tmp_path / "gt" / f"{ABNORMAL}_annotations"
    pictures.mkdir()
    for frame in range(20):
        picture = np.zeros((100, 300), np.uint8)
        picture[:, :100] = 5  # somebody who acts normally
        picture[:, 180:260] = 3 if frame < 10 else 7
        cv2.imwrite(str(pictures / f"{ABNORMAL}_{frame:04d}_gt.png"), picture)

    dataset = read_dataset("ubnormal", tmp_path, "train")

    acted, normal = dataset.labelled
    assert not acted.abnormal_poses(1).any()
    assert np.flatnonzero(acted.abnormal_poses(2)).tolist() == [5, 6, 7, 8, 9, 12]
    assert np.flatnonzero(acted.abnormal).tolist() == [5, 6, 7, 8, 9, 12]
    assert (acted.scene, acted.number) == ("2", "abnormal__1_smoke")
    assert not normal.abnormal.any()


def test_ubnormal_annotations_lie_as_the_videos_come(tmp_path: Path, write_poses: Write) -> None:
    """A scene's folder holds intervals and pictures of a clip; newer intervals win."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20), 2: range(20)}, {2: 200.0})
    annotations = tmp_path / "gt" / "Scene2" / f"{ABNORMAL}_annotations"
    annotations.mkdir(parents=True)
    (annotations / f"{ABNORMAL}_tracks.txt").write_text("3,0,19\n")
    (annotations / f"{ABNORMAL}_new_tracks.txt").write_text("3,5,6\n")
    picture = np.zeros((100, 300), np.uint8)
    picture[:, 180:260] = 3
    for frame in (5, 6, 7):
        cv2.imwrite(str(annotations / f"{ABNORMAL}_{frame:04d}_gt.png"), picture)

    acted = read_dataset("ubnormal", tmp_path, "train").labelled[0]

    assert not acted.abnormal_poses(1).any()
    assert np.flatnonzero(acted.abnormal_poses(2)).tolist() == [5, 6]


def test_pictures_that_do_not_read_are_named(tmp_path: Path, write_poses: Write) -> None:
    """A damaged mask is an offender like any other."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    annotations = tmp_path / "gt" / f"{ABNORMAL}_annotations"
    annotations.mkdir(parents=True)
    (annotations / f"{ABNORMAL}_tracks.txt").write_text("3,5,6\n")
    (annotations / f"{ABNORMAL}_0005_gt.png").write_bytes(b"no picture")

    with pytest.raises(BadPoses, match=r"_0005_gt\.png: does not read"):
        read_dataset("ubnormal", tmp_path, "train")


def test_ubnormal_without_pictures_takes_everyone(tmp_path: Path, write_poses: Write) -> None:
    """The text alone does not tell who it is: all who are there in these frames."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20), 2: range(8)})
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / f"{ABNORMAL}_tracks.txt").write_text("3,5,9\n")

    acted = read_dataset("ubnormal", tmp_path, "train").labelled[0]

    assert np.flatnonzero(acted.abnormal_poses(1)).tolist() == [5, 6, 7, 8, 9]
    assert np.flatnonzero(acted.abnormal_poses(2)).tolist() == [5, 6, 7]


@pytest.mark.parametrize("line", ["3,5", "3,9,5", "a,b,c", "3,5.5,9", "3,-1,9", "3,5,inf"])
def test_odd_track_lines_are_named(tmp_path: Path, line: str, write_poses: Write) -> None:
    """A line that is no track with its interval is told by number."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / f"{ABNORMAL}_tracks.txt").write_text(f"1,2,3\n{line}\n")

    with pytest.raises(BadPoses, match=r"_tracks\.txt, line 2"):
        read_dataset("ubnormal", tmp_path, "train")


def test_abnormal_training_clips_without_truth_are_left_out(
    tmp_path: Path, write_poses: Write
) -> None:
    """They are neither normal nor abnormal; the data set's notes tell so."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    with pytest.raises(BadPoses, match="1 of 1 clips"):
        read_dataset("ubnormal", tmp_path, "train")
    write_poses(tmp_path / "pose" / "train", "normal_scene_4_scenario_8", {1: range(9)})

    dataset = read_dataset("ubnormal", tmp_path, "train")

    assert [clip.name for clip in dataset.clips] == ["normal_scene_4_scenario_8"]
    assert ABNORMAL in dataset.notes[0]

from collections.abc import Mapping
from pathlib import Path

import cv2
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
from export.data.segments import published_segments
from export.pose_note import Note
from tracker.errors import BadPoses, ConfigError

ENDING = "_alphapose_tracked_person.json"
ABNORMAL = "abnormal_scene_2_scenario_1_smoke"


def write_poses(
    folder: Path, name: str, people: Mapping[int, range], left_px: Mapping[int, float] | None = None
) -> None:
    """Write a clip of people who stand still, each within 40 px from `left_px` on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {}
    for number, frames in people.items():
        left = (left_px or {}).get(number, 0.0)
        keypoints = [value for joint in range(17) for value in (left + joint, 2.0 * joint, 0.9)]
        content[str(number)] = {f"{n:04d}": {"keypoints": keypoints, "scores": 1.0} for n in frames}
    (folder / f"{name}{ENDING}").write_bytes(msgspec.json.encode(content))


def write_mask(folder: Path, name: str, mask: object) -> None:
    """Write a ground truth in NumPy's format, whatever the name ends in."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        np.save(file, np.asarray(mask))


def test_all_offenders_are_named_at_once(tmp_path: Path) -> None:
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


def test_other_joints_are_told(tmp_path: Path) -> None:
    """Clips of another skeleton among COCO's are named, with their number of joints."""
    write_poses(tmp_path, "street", {1: range(30)})
    (tmp_path / "square.json").write_bytes(
        msgspec.json.encode({"4": {"7": {"keypoints": [1.0] * 78}}})
    )

    with pytest.raises(
        BadPoses, match=r"square\.json: person '4', frame '7': 26 joints, COCO's 17"
    ):
        read_dataset("folder", tmp_path, "train", 24.0)


def test_many_offenders_are_counted(tmp_path: Path) -> None:
    """Twenty are named, the others counted."""
    for number in range(30):
        write_poses(tmp_path / "pose" / "test", f"01_{number:04d}", {1: range(2)})

    with pytest.raises(BadPoses, match=r"30 of 30 clips(.|\n)*and 10 more"):
        read_dataset("shanghaitech", tmp_path, "test")


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    """A ground truth of objects is refused."""
    write_poses(tmp_path / "pose" / "test", "01_0001", {1: range(3)})
    write_mask(tmp_path / "gt" / "test_frame_mask", "01_0001.npy", np.array([{}, {}, {}]))

    with pytest.raises(BadPoses, match="does not read as a NumPy file"):
        read_dataset("shanghaitech", tmp_path, "test")


def test_a_truth_that_lies_about_its_size_is_not_allocated(tmp_path: Path) -> None:
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


def test_a_clip_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Gzipped or not, a clip counts once."""
    write_poses(tmp_path, "street", {1: range(3)})
    (tmp_path / "street.json").write_bytes((tmp_path / f"street{ENDING}").read_bytes())

    with pytest.raises(BadPoses, match="clip street is there twice"):
        read_dataset("folder", tmp_path, "train", 24.0)


def test_hr_reads_all_and_scores_some(tmp_path: Path) -> None:
    """The clips that are not about people are there, but do not count."""
    for name in ("01_0130", "01_0131"):
        write_poses(tmp_path / "pose" / "test", name, {1: range(3)})
        write_mask(tmp_path / "gt" / "test_frame_mask", f"{name}.npy", np.zeros(3))

    scored = [one.scored for one in read_dataset("shanghaitech-hr", tmp_path, "test").labelled]

    assert scored == [False, True]
    assert all(one.scored for one in read_dataset("shanghaitech", tmp_path, "test").labelled)


def test_training_clips_of_shanghaitech_are_normal(tmp_path: Path) -> None:
    """No ground truth is asked for; no window is abnormal."""
    write_poses(tmp_path / "pose" / "train", "01_001", {1: range(30), 4: range(10, 40)})

    dataset = read_dataset("shanghaitech", tmp_path, "train")

    assert not window_labels(published_segments(dataset.clips, 8, 2), dataset).any()
    assert len(dataset.labelled[0].abnormal) == 40


def test_windows_are_abnormal_by_majority(tmp_path: Path) -> None:
    """More than half of the poses decide; the shares tell mixed windows apart."""
    write_poses(tmp_path, "street", {1: range(20)})
    write_mask(tmp_path / "gt", "street.npy", [0] * 8 + [1] * 12)
    dataset = read_dataset("folder", tmp_path, "train", 24.0)
    segments = published_segments(dataset.clips, 4, 1)

    shares = abnormal_shares(segments, dataset)

    assert shares[:11].tolist() == [0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert segments.first_frame[window_labels(segments, dataset)].tolist() == [*range(7, 16)]


def test_truth_is_resampled_with_the_poses(tmp_path: Path) -> None:
    """At half the rate the abnormal stretch has half the frames, at the same time."""
    write_poses(tmp_path, "street", {1: range(40)})
    write_mask(tmp_path / "gt", "street.npy", [0] * 20 + [1] * 20)

    dataset = resampled_dataset(read_dataset("folder", tmp_path, "train", 24.0), 12.0)

    assert dataset.fps == dataset.clips[0].fps == 12.0
    assert dataset.labelled[0].abnormal.tolist() == [False] * 10 + [True] * 10
    assert dataset.labelled[0].abnormal_poses(1).tolist() == [False] * 10 + [True] * 10


def test_ubnormal_training_knows_who_acts(tmp_path: Path) -> None:
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


def test_ubnormal_annotations_lie_as_the_videos_come(tmp_path: Path) -> None:
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


def test_pictures_that_do_not_read_are_named(tmp_path: Path) -> None:
    """A damaged mask is an offender like any other."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    annotations = tmp_path / "gt" / f"{ABNORMAL}_annotations"
    annotations.mkdir(parents=True)
    (annotations / f"{ABNORMAL}_tracks.txt").write_text("3,5,6\n")
    (annotations / f"{ABNORMAL}_0005_gt.png").write_bytes(b"no picture")

    with pytest.raises(BadPoses, match=r"_0005_gt\.png: does not read"):
        read_dataset("ubnormal", tmp_path, "train")


def test_ubnormal_without_pictures_takes_everyone(tmp_path: Path) -> None:
    """The text alone does not tell who it is: all who are there in these frames."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20), 2: range(8)})
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / f"{ABNORMAL}_tracks.txt").write_text("3,5,9\n")

    acted = read_dataset("ubnormal", tmp_path, "train").labelled[0]

    assert np.flatnonzero(acted.abnormal_poses(1)).tolist() == [5, 6, 7, 8, 9]
    assert np.flatnonzero(acted.abnormal_poses(2)).tolist() == [5, 6, 7]


@pytest.mark.parametrize("line", ["3,5", "3,9,5", "a,b,c", "3,5.5,9", "3,-1,9", "3,5,inf"])
def test_odd_track_lines_are_named(tmp_path: Path, line: str) -> None:
    """A line that is no track with its interval is told by number."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / f"{ABNORMAL}_tracks.txt").write_text(f"1,2,3\n{line}\n")

    with pytest.raises(BadPoses, match=r"_tracks\.txt, line 2"):
        read_dataset("ubnormal", tmp_path, "train")


def test_abnormal_training_clips_without_truth_are_left_out(tmp_path: Path) -> None:
    """They are neither normal nor abnormal; the data set's notes tell so."""
    write_poses(tmp_path / "pose" / "train", ABNORMAL, {1: range(20)})
    with pytest.raises(BadPoses, match="1 of 1 clips"):
        read_dataset("ubnormal", tmp_path, "train")
    write_poses(tmp_path / "pose" / "train", "normal_scene_4_scenario_8", {1: range(9)})

    dataset = read_dataset("ubnormal", tmp_path, "train")

    assert [clip.name for clip in dataset.clips] == ["normal_scene_4_scenario_8"]
    assert ABNORMAL in dataset.notes[0]


def test_an_odd_table_is_refused(tmp_path: Path) -> None:
    """A line that was cut short, and a split that is none."""
    (tmp_path / "clips.tsv").write_text("clip\tsplit\na\nb\tkitchen\n")

    with pytest.raises(ConfigError, match="split 'None'"):
        read_dataset("aihub", tmp_path, "test")


@pytest.mark.parametrize("table", [True, False])
def test_aihub_lies_by_table_or_by_folder(tmp_path: Path, table: bool) -> None:
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

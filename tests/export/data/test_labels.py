from pathlib import Path

import msgspec
import numpy as np
import pytest

from export.cli import main
from export.data.rate_file import Note

CLIP = "C021_A17_SY15_P01_S03_01NBS"
OTHER = "C021_A18_SY15_P01_S03_01NBS"


def write_poses(folder: Path, name: str, frames: int) -> None:
    """Write a clip of one person."""
    folder.mkdir(exist_ok=True)
    people = {"1": {f"{n:04d}": {"keypoints": [1.0] * 51} for n in range(frames)}}
    file = folder / f"{name}_alphapose_tracked_person.json"
    file.write_bytes(msgspec.json.encode(people))


def write_annotation(folder: Path, name: str, blocks: list[tuple[object, object, str]]) -> None:
    """Write a label file of AIHub, in a folder of its own as they come."""
    information = [
        {"start_frame_index": start, "end_frame_index": end, "block_detail": detail, "block_id": 1}
        for start, end, detail in blocks
    ]
    file = folder / name / f"{name}.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(
        msgspec.json.encode({"file": [{"videos": {"block_information": information}}]})
    )


def lab(command: str, tmp_path: Path, *more: str) -> int:
    """Run a labels command on the test's folders."""
    folders = [f"--poses={tmp_path / 'poses'}", f"--out={tmp_path / 'gt'}"]
    return main([*command.split(), *folders, *more])


def aihub(tmp_path: Path) -> int:
    """Run `labels aihub`."""
    return lab("labels aihub", tmp_path, f"--annotations={tmp_path / 'labels'}")


def from_csv(tmp_path: Path, text: str, *more: str) -> int:
    """Run `labels from-csv` on this text."""
    (tmp_path / "own.csv").write_text(text)
    return lab("labels from-csv", tmp_path, f"--csv={tmp_path / 'own.csv'}", *more)


def mask(tmp_path: Path, name: str) -> list[int]:
    """Return a written mask."""
    return [int(value) for value in np.load(tmp_path / "gt" / f"{name}.npy", allow_pickle=False)]


def test_aihub_blocks_of_the_clips_class_are_abnormal(tmp_path: Path) -> None:
    """Both ends are included, other blocks are normal, the last one ends the clip."""
    write_poses(tmp_path / "poses", CLIP, 6)
    blocks: list[tuple[object, object, str]] = [(0, 3, "A30"), ("4", "5", "A17"), (6, 8, "A31")]
    write_annotation(tmp_path / "labels", CLIP, blocks)

    assert aihub(tmp_path) == 0
    assert mask(tmp_path, CLIP) == [0, 0, 0, 0, 1, 1, 0, 0, 0]


def test_aihub_labels_behind_links_are_found(tmp_path: Path) -> None:
    """Label files in a folder that is linked to count, and a loop ends nothing."""
    write_poses(tmp_path / "poses", CLIP, 6)
    write_annotation(tmp_path / "disk2", CLIP, [(2, 3, "A17"), (4, 5, "A31")])
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "more").symlink_to(tmp_path / "disk2")
    (tmp_path / "disk2" / "loop").symlink_to(tmp_path / "labels")

    assert aihub(tmp_path) == 0
    assert mask(tmp_path, CLIP) == [0, 0, 1, 1, 0, 0]


def test_aihub_tells_all_offenders_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No label, no such block, a clip longer than its label, an odd name: one error."""
    for name in (CLIP, OTHER, "C021_A19_SY15_P01_S03_01NBS", "C021_A20_SY15_P01_S03_01NBS", "own"):
        write_poses(tmp_path / "poses", name, 6)
    write_annotation(tmp_path / "labels", CLIP, [(2, 9, "A17")])
    write_annotation(tmp_path / "labels", OTHER, [(0, 9, "A30")])
    write_annotation(tmp_path / "labels", "C021_A20_SY15_P01_S03_01NBS", [(0, 2, "A20")])

    assert aihub(tmp_path) == 1

    told = capsys.readouterr().err
    assert "4 of 5 clips" in told
    for expected in ("no block is A18, there are A30", "A19_SY15_P01_S03_01NBS: no label file"):
        assert expected in told
    assert "3 frames by its label, but seen up to 5" in told
    assert "own: not a name of AIHub" in told
    assert not (tmp_path / "gt").exists()


@pytest.mark.parametrize(
    "blocks", [[(5, 2, "A17")], [(-1, 2, "A17")], [("x", 2, "A17")], [(0, 10**12, "A17")], []]
)
def test_malformed_aihub_labels_are_refused(
    tmp_path: Path, blocks: list[tuple[object, object, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong in a label file, its name is told."""
    write_poses(tmp_path / "poses", CLIP, 6)
    write_annotation(tmp_path / "labels", CLIP, blocks)

    assert aihub(tmp_path) == 1
    assert f"{CLIP}.json" in capsys.readouterr().err


def test_own_intervals_in_frames(tmp_path: Path) -> None:
    """Several lines add up, both ends are included, a clip without a line is normal."""
    for name in ("gate", "yard", "roof"):
        write_poses(tmp_path / "poses", name, 6)
    text = "clip,start_frame,end_frame,frames\ngate,1,2,8\ngate,4,4,\nyard,,,7\n"

    assert from_csv(tmp_path, text) == 0
    assert mask(tmp_path, "gate") == [0, 1, 1, 0, 1, 0, 0, 0]
    assert mask(tmp_path, "yard") == [0] * 7
    assert mask(tmp_path, "roof") == [0] * 6


def test_own_intervals_in_seconds(tmp_path: Path) -> None:
    """The frames taken within the interval are abnormal, at the rate that is told or noted."""
    write_poses(tmp_path / "poses", "gate", 12)

    assert from_csv(tmp_path, "clip,start_s,end_s\ngate,0.4,0.95\n", "--fps=10") == 0
    assert mask(tmp_path, "gate") == [0] * 4 + [1] * 6 + [0] * 2
    Note("blazepose", "native", 20.0).write(tmp_path / "poses")
    assert from_csv(tmp_path, "clip,start_s,end_s\ngate,0.4,0.51\n") == 0
    assert mask(tmp_path, "gate") == [0] * 8 + [1] * 3 + [0]


def test_own_intervals_tell_all_offenders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines are told by number, all at once; nothing is written."""
    write_poses(tmp_path / "poses", "gate", 6)
    lines = ["gate,3,2", "gate,x,2", "gate,1,", ",1,2", "gate,1.5,2", "gate,-1,2", "gate,1,2"]

    assert from_csv(tmp_path, "\n".join(["clip,start_frame,end_frame", *lines])) == 1

    told = capsys.readouterr().err
    assert "6 of 7 lines" in told
    assert [f"line {number}:" in told for number in range(2, 9)] == [True] * 6 + [False]
    assert not (tmp_path / "gt").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip,begin,end\ngate,1,2\n", "its columns are clip, begin, end"),
        ("clip,start_s,end_s\ngate,1,2\n", "give the rate of the poses' frames, --fps"),
        ("clip,start_frame,end_frame\nyard,1,2\n", "yard: labelled, but no such clip"),
        ("clip,start_frame,end_frame,frames\ngate,1,2,4\n", "4 frames by its label, but seen"),
        ("clip,start_frame,end_frame,frames\ngate,1,2,9\ngate,3,4,8\n", "line 3: 8 frames"),
    ],
)
def test_odd_tables_are_refused(
    tmp_path: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error tells what does not fit."""
    write_poses(tmp_path / "poses", "gate", 6)

    assert from_csv(tmp_path, text) == 1
    assert message in capsys.readouterr().err


def test_a_wrong_line_and_an_unknown_clip_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who mends the one does not meet the other afterwards."""
    write_poses(tmp_path / "poses", "gate", 6)

    assert from_csv(tmp_path, "clip,start_frame,end_frame\ngate,3,2\nyard,1,2\n") == 1

    told = capsys.readouterr().err
    assert "line 2: no frame lies between 3 and 2" in told
    assert "line 3: yard: labelled, but no such clip" in told


@pytest.mark.parametrize("columns", ["start_s,end_s", "start_frame,end_frame"])
def test_an_absent_folder_of_poses_is_told_first(
    tmp_path: Path, columns: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is why no rate is known, so a rate is not asked for."""
    assert from_csv(tmp_path, f"clip,{columns}\ngate,1,2\n") == 1
    assert "poses is no folder" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_masks_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error tells which."""
    write_poses(tmp_path / "poses", "gate", 6)
    (tmp_path / "gt").touch()

    assert from_csv(tmp_path, "clip,start_frame,end_frame\ngate,1,2\n") == 1
    assert "--out" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not as one that is no CSV, nor in the system's own words."""
    write_poses(tmp_path / "poses", "gate", 5)

    assert lab("labels from-csv", tmp_path, "--csv=nothere.csv") == 1
    said = capsys.readouterr().err
    assert "nothere.csv: cannot be read: No such file or directory" in said
    assert "Errno" not in said

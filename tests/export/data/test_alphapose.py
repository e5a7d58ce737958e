from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from export.cli import main
from export.data.alphapose import convert
from tracker.errors import BadPoses
from tracker.sources.pose_file import read_people


def body(image_id: object, left_px: float = 0.0, **more: object) -> dict[str, Any]:
    """Return one entry of AlphaPose's results: a body 40 px wide and 170 px tall."""
    keypoints = [
        value for joint in range(17) for value in (left_px + joint % 5 * 10, joint * 10.0, 0.9)
    ]
    common = {"image_id": image_id, "category_id": 1, "keypoints": keypoints, "score": 2.9}
    return {**common, **more}


def write(file: Path, bodies: object) -> Path:
    """Write a results file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(bodies))
    return file


def test_tracked_results_become_people(tmp_path: Path) -> None:
    """Every idx is a person, frames ascend, and of a frame given twice the last one counts."""
    bodies = [
        body("street_2_000010.jpg", 5.0, idx=[7.0]),
        body("street_2_000009.jpg", 6.0, idx=7),
        body("street_2_000010.jpg", 8.0, idx=7.0),
        body(3, 1.0, idx=0),
    ]

    convert(write(tmp_path / "a.json", bodies), 24.0).write(tmp_path / "out.json")

    people = read_people(tmp_path / "out.json")
    assert {n: person.frames.tolist() for n, person in people.items()} == {0: [3], 7: [9, 10]}
    assert people[7].joints[:, 0, 0].tolist() == [6.0, 8.0]
    np.testing.assert_array_equal(people[0].joints[0, :, 2], np.float32(0.9))


def test_untracked_results_are_tracked(tmp_path: Path) -> None:
    """Two people who walk apart stay two, each in every frame from the second on."""
    bodies = [
        body(f"{frame}.jpg", left_px)
        for frame in range(30)
        for left_px in (100.0 + frame, 600.0 - frame)
    ]

    convert(write(tmp_path / "a.json", bodies), 24.0).write(tmp_path / "out.json")

    people = read_people(tmp_path / "out.json")
    assert len(people) == 2
    assert all(set(range(2, 30)) <= set(person.frames.tolist()) for person in people.values())
    assert {bool((np.diff(p.joints[:, 0, 0]) > 0).all()) for p in people.values()} == {True, False}


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ({"1": 5}, "not a results file"),
        ({"1": {"0": {"keypoints": [1.0] * 51}}}, "is tracked already; use it as it is"),
        ([{"image_id": "1.jpg"}], "not a results file"),
        ([body("1.jpg"), body("first.jpg")], "entry 1: image_id 'first.jpg'"),
        ([{**body("1.jpg"), "keypoints": [1.0] * 408}], "entry 0: 408 keypoint numbers"),
        ([{**body("1.jpg"), "keypoints": [1e200] * 51}], "entry 0: keypoints"),
        ([{**body("1.jpg"), "keypoints": [3e38] * 51}], "entry 0: keypoints"),
        ([body("1.jpg", idx=0.5)], r"idx 0\.5"),
        ([body("1.jpg", idx=-1)], "idx -1"),
        ([body("1.jpg", idx=1), body("2.jpg")], "1 of 2 entries have no idx"),
    ],
)
def test_malformed_results_name_the_entry(tmp_path: Path, bodies: object, message: str) -> None:
    """The error tells file, entry and what is wrong."""
    with pytest.raises(BadPoses, match=message):
        convert(write(tmp_path / "a.json", bodies), 24.0)


def test_nobody_is_no_error(tmp_path: Path) -> None:
    """A video without people gives a file without people."""
    assert convert(write(tmp_path / "a.json", []), 24.0).people == 0


def test_the_command_converts_what_it_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both layouts of a folder are converted; the malformed file is named in the end."""
    write(tmp_path / "in" / "gate.json", [body("1.jpg", idx=1)])
    write(tmp_path / "in" / "yard" / "alphapose-results.json", [body("1.jpg", idx=1)])
    write(tmp_path / "in" / "roof.json", {})

    code = main(["convert", f"--results={tmp_path / 'in'}", f"--out={tmp_path / 'out'}"])

    assert code == 1
    assert "1 of 3 clips" in (told := capsys.readouterr().err)
    assert "roof.json" in told
    names = sorted(file.name.split("_")[0] for file in (tmp_path / "out").iterdir())
    assert names == ["gate", "yard"]


def test_a_folder_that_cannot_be_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in its place is told by the flag's name, not met when the first clip is done."""
    results = write(tmp_path / "gate.json", [body("1.jpg", idx=1)])

    assert main(["convert", f"--results={results}", f"--out={results}"]) == 1

    assert f"--out {results} cannot be made" in capsys.readouterr().err

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

    convert(write(tmp_path / "a.json", bodies), 24.0).poses.write(tmp_path / "out.json")

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

    convert(write(tmp_path / "a.json", bodies), 24.0).poses.write(tmp_path / "out.json")

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
        (
            {"1.jpg": {"version": "AlphaPose v0.3", "bodies": []}},
            "form 'cmu'; run it with --format",
        ),
        ({"1.jpg": {"people": [{"pose_keypoints_2d": []}]}}, "form 'open'; run it with --format"),
        ({"1.jpg": [body("1.jpg")], "2.jpg": []}, "not a results file"),
        ({"1.jpg": [body("1.jpg")], "2.jpg": [body("2.jpg")]}, "one object by picture"),
        ({"1.jpg": body("1.jpg")}, "one object by picture"),
        ([body("1.jpg"), body("first.jpg")], "image_id 'first.jpg'"),
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
    assert convert(write(tmp_path / "a.json", []), 24.0).poses.people == 0


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


@pytest.mark.parametrize(
    "name",
    [
        "{n:06d}.jpg", "frame{n:04d}_cam2.jpg", "{n:06d}_x264.jpg", "{n:06d}_1080p.png",
        "2026-11-27/{n}.jpg", "gate.2.{n:05d}", "cam1_{n}_of_400", "{n}.{n:04d}.png",
        "C:\\a\\{n}.bmp",
    ],
)  # fmt: skip
def test_the_number_that_varies_is_the_frame(tmp_path: Path, name: str) -> None:
    """Cameras, sizes, codecs and dates in the names of pictures are no frame numbers."""
    bodies = [body(name.format(n=number), idx=1) for number in range(8, 12)]

    converted = convert(write(tmp_path / "a.json", bodies), 24.0)

    assert converted.poses.poses()[1].frames.tolist() == [8, 9, 10, 11]
    assert converted.notes == ()


@pytest.mark.parametrize(("digits", "unit_s"), [(10, 1.0), (13, 1e-3), (16, 1e-6)])
def test_times_since_1970_become_frames(tmp_path: Path, digits: int, unit_s: float) -> None:
    """Pictures named by the clock are numbered from the first, at the video's rate."""
    fps = 25.0 if unit_s < 1 else 1.0
    first = 1_764_246_600 * 10 ** (digits - 10)
    names = [f"gate2_{first + round(number / fps / unit_s)}.jpg" for number in (0, 1, 2, 5)]
    bodies = [body(name, idx=1) for name in names]

    converted = convert(write(tmp_path / "a.json", bodies), fps)

    assert converted.poses.poses()[1].frames.tolist() == [0, 1, 2, 5]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            [f"cam{n}_000{m}.jpg" for n in (1, 2) for m in (1, 2)],
            "2 numbers vary .* only the frame's number varies",
        ),
        (["12-30-05.040.jpg", "12-30-06.080.jpg"], "2 numbers vary"),
        (["cam1/0001.jpg", "cam2/0001.jpg"], "would both be frame 1"),
        (["a1.jpg", "b1.jpg"], "pictures 'a1.jpg' and 'b1.jpg' would both be frame 1"),
        (["123456789012.jpg", "123456789013.jpg"], "beyond 100000000"),
    ],
)
def test_ambiguous_names_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    """Where it is not plain which number counts, or two pictures would be one, nothing is lost."""
    bodies = [body(name, idx=1) for name in names]

    with pytest.raises(BadPoses, match=message):
        convert(write(tmp_path / "a.json", bodies), 24.0)


def test_what_is_left_out_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Poses that are replaced or not tracked, and numbers far apart, are told for each file."""
    write(tmp_path / "in" / "twice.json", [body("1.jpg", idx=1), body("1.jpg", 9.0, idx=1)])
    write(tmp_path / "in" / "apart.json", [body(f"{40 * n}.jpg", idx=1) for n in range(4)])
    faint = [value * 0.01 if n % 3 == 2 else value for n, value in enumerate(body(1)["keypoints"])]
    weak = {**body("1.jpg", 900.0), "keypoints": faint}
    write(tmp_path / "in" / "faint.json", [body("1.jpg", 400.0), weak, body("2.jpg", 400.0)])

    assert main(["convert", f"--results={tmp_path / 'in'}", f"--out={tmp_path / 'out'}"]) == 0

    said = capsys.readouterr().out
    assert "note: twice.json: 1 poses were replaced" in said
    assert "note: apart.json: frame numbers are usually 40 apart" in said
    assert "note: faint.json: 2 poses were too weak or too short-lived" in said


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_lacks_name_the_entry(tmp_path: Path, word: str) -> None:
    """Python writes them; the error tells which entry, and what to write instead."""
    content = msgspec.json.encode([body("1.jpg", idx=1), body("2.jpg", 777.0, idx=1)])
    file = tmp_path / "a.json"
    file.write_bytes(content.replace(b"777.0", word.encode(), 1))

    with pytest.raises(BadPoses, match=rf"entry 1: {word} at byte \d+: JSON has no such number"):
        convert(file, 24.0)


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    """What an editor of Windows puts before the text changes nothing."""
    file = write(tmp_path / "a.json", [body("1.jpg", idx=1)])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert convert(file, 24.0).poses.people == 1

import gzip
from pathlib import Path

import msgspec
import pytest

from export.data.poses import read_clip, read_folders
from export.data.rate_file import Note
from tracker.errors import BadPoses

FRAME = {"keypoints": [1.0] * 51, "scores": 2.0}


def test_names_lose_what_the_format_adds(tmp_path: Path) -> None:
    """The clip is called as the published data sets call it, gzipped or not."""
    content = msgspec.json.encode({"1": {"003": FRAME}, "2": [{"004": FRAME}, {"005": FRAME}]})
    (tmp_path / "01_0014_alphapose_tracked_person.json").write_bytes(content)
    (tmp_path / "02_0001_alphapose_tracked_person.json.gz").write_bytes(gzip.compress(content))
    (tmp_path / "notes.txt").write_text("not a pose file")

    clips = read_folders([tmp_path], 24.0)

    assert [clip.name for clip in clips] == ["01_0014", "02_0001"]
    assert [len(person.frames) for person in clips[1].people.values()] == [1, 2]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    """No pose file is an error, not an empty data set."""
    with pytest.raises(BadPoses, match="holds no pose files"):
        read_folders([tmp_path], 24.0)


def test_malformed_files_name_the_element(tmp_path: Path) -> None:
    """The error tells file, person and frame."""
    file = tmp_path / "bad.json"
    file.write_bytes(msgspec.json.encode({"7": {"003": {"keypoints": [1.0] * 50}}}))

    with pytest.raises(BadPoses, match=r"bad\.json.*'7'.*'003'"):
        read_clip(file, 24.0)


@pytest.mark.shared
def test_real_files_read(shared: Path) -> None:
    """A published-style clip holds people with 17 joints at ascending frames."""
    folder = shared / "reference" / "parity" / "ShanghaiTech" / "pose" / "test"

    clips = read_folders([folder], 24.0)

    assert len(clips) == 8
    people = [person for clip in clips for person in clip.people.values()]
    assert all(person.joints.shape == (len(person.frames), 17, 3) for person in people)


def test_the_noted_rate_counts_unless_another_is_told(tmp_path: Path) -> None:
    """Files that `extract` wrote have the rate it noted; others the usual one."""
    (tmp_path / "a.json").write_text("{}")

    rates = [read_folders([tmp_path], None, otherwise=30.0)[0].fps]
    Note("blazepose", "native", 10.0).write(tmp_path)
    rates += [read_folders([tmp_path], fps, otherwise=30.0)[0].fps for fps in (None, 15.0)]

    assert rates == [30.0, 10.0, 15.0]

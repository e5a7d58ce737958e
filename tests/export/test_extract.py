from pathlib import Path

import cv2
import numpy as np
import pytest

from export.cli import main
from export.data.clips import live_windows
from export.data.poses import read_clip
from export.extract import SUFFIX, extract
from tracker.errors import ModelUnavailable
from tracker.given import GivenIds, GivenPoses
from tracker.models import BLAZEPOSE, ModelStore
from tracker.poses_file import read_people
from tracker.types import Frame, Pose

FPS = 24.0


def frames_of(*seen: bool) -> list[Frame]:
    """Frames at 24 fps of one person, who is there or not."""
    body = np.full((17, 3), 0.5, np.float32)
    pose = Pose(body, np.zeros(4, np.float32), 1)
    return [
        Frame("c", "s", seq, seq / FPS, 640, 480, poses=(pose,) if there else ())
        for seq, there in enumerate(seen)
    ]


def test_a_simulated_crowd_gives_windows(tmp_path: Path) -> None:
    """A crowd at a camera's rate becomes a pose file at the model's, of which windows are cut."""
    arguments = ["extract", "--sim-seeds", "3", "--sim-seconds", "4", "--sim-fps", "12"]

    assert main([*arguments, "--out", str(tmp_path)]) == 0
    clip = read_clip(tmp_path / f"sim_0003{SUFFIX}", FPS)
    windows = live_windows(clip, 24)

    assert len(clip.people) >= 5
    assert max(len(person.frames) for person in clip.people.values()) == 95
    assert windows.shape[1:] == (24, 17, 3)
    assert len(windows) > 5 * 50
    assert np.isfinite(windows).all()


def test_a_gap_begins_another_person(tmp_path: Path) -> None:
    """Who was away for longer than a gap that is bridged is somebody else in the file."""
    seen = [True] * 30 + [False] * 12 + [True] * 30

    written = extract(frames_of(*seen), GivenPoses(), GivenIds(), FPS).write(tmp_path / "a.json")
    people = read_people(tmp_path / "a.json")

    assert written == 60
    assert [len(person.frames) for person in people.values()] == [30, 30]


def test_nobody_in_the_picture_is_an_empty_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A video without people gives a file without people."""
    try:
        ModelStore([], Path.home() / ".cache" / "posewarden" / "models").pull(BLAZEPOSE.name)
    except ModelUnavailable as err:
        pytest.skip(str(err))
    video = tmp_path / "empty.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for _ in range(12):
        writer.write(np.full((240, 320, 3), 90, np.uint8))
    writer.release()

    assert main(["extract", "--video", str(video), "--out", str(tmp_path / "poses")]) == 0
    assert "0 poses" in capsys.readouterr().out
    assert read_people(tmp_path / "poses" / f"empty{SUFFIX}") == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to extract"),
        (["--video", "none.avi"], "no such video: none.avi"),
        (["--sim-seeds", "1", "--sim-fps", "0"], "fps is 0"),
    ],
)
def test_bad_arguments_are_said(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be done is said in one line with status 1, and nothing is written."""
    assert main(["extract", *arguments, "--out", str(tmp_path / "poses")]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "poses").exists()

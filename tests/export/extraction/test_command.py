import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from support.waiting import PATIENCE_S

from export.cli import INTERRUPTED, main
from export.data.pose_writer import SUFFIX
from export.data.poses import read_clip
from export.data.rate_file import rate_of
from export.data.segments import live_segments
from export.extraction.pipeline import extract
from tracker.sources.opencv_capture import open_file
from tracker.sources.pose_file import read_people
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import Frame, Pose

FPS = 24.0
BY_MOTION = ["--boxes", "motion"]


def frames_of(*seen: bool) -> list[Frame]:
    """Frames at 24 fps of one person, who is there or not."""
    body = np.full((17, 3), 0.5, np.float32)
    pose = Pose(body, np.zeros(4, np.float32), 1)
    return [
        Frame("c", "s", seq, seq / FPS, 640, 480, poses=(pose,) if there else ())
        for seq, there in enumerate(seen)
    ]


def wait_for(happens: Callable[[], object], within_s: float = 60.0) -> None:
    """Wait until something is so."""
    end_at = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < end_at, "it did not happen"
        time.sleep(0.02)


def begun(*arguments: object) -> subprocess.Popen[str]:
    """Start an extraction as a user does, in a process group of its own."""
    command = [sys.executable, "-m", "export.cli", "extract", *map(str, arguments), *BY_MOTION]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )


def test_a_simulated_crowd_gives_windows(tmp_path: Path) -> None:
    """A crowd at a camera's rate becomes a pose file at the model's, of which windows are cut."""
    arguments = ["extract", "--sim-seeds", "3", "--sim-seconds", "4", "--sim-fps", "12"]

    assert main([*arguments, "--out", str(tmp_path)]) == 0
    clip = read_clip(tmp_path / f"sim_0003{SUFFIX}", FPS)
    windows = live_segments([clip], 24).joints()

    assert len(clip.people) >= 5
    assert max(len(person.frames) for person in clip.people.values()) == 95
    assert windows.shape[1:] == (24, 17, 3)
    assert len(windows) > 5 * 50
    assert np.isfinite(windows).all()


def test_a_gap_begins_another_person(tmp_path: Path) -> None:
    """Who was away for longer than a gap that is bridged is somebody else in the file."""
    seen = [True] * 30 + [False] * 12 + [True] * 30

    written = extract(frames_of(*seen), CarriedPoses(), CarriedIds(), FPS).write(
        tmp_path / "a.json"
    )
    people = read_people(tmp_path / "a.json")

    assert written == 60
    assert [len(person.frames) for person in people.values()] == [30, 30]
    assert [int(person.frames[0]) for person in people.values()] == [0, 42]


def test_native_poses_keep_frame_numbers_and_persons(tmp_path: Path) -> None:
    """One pose a frame under the frame's number; a gap is one, and nobody becomes another."""
    seen = [False] * 3 + [True] * 4 + [False] * 12 + [True] * 2

    extract(frames_of(*seen), CarriedPoses(), CarriedIds(), None).write(tmp_path / "a.json")

    (person,) = read_people(tmp_path / "a.json").values()
    assert person.frames.tolist() == [3, 4, 5, 6, 19, 20]


@pytest.mark.slow
@pytest.mark.usefixtures("blazepose")
def test_pictures_give_what_their_video_gives(
    tmp_path: Path, cut_street: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A video and its frames as pictures, by two workers, become the same people; once only."""
    video = cut_street(tmp_path / "street.avi", frames=30)
    (tmp_path / "stills").mkdir()
    reader = open_file(video)
    for number in range(30):
        assert cv2.imwrite(str(tmp_path / "stills" / f"{number}.png"), reader.read()[1])
    out = tmp_path / "poses"
    command = ["extract", "--video", video, "--images", tmp_path / "stills", "--image-fps", 10]
    command = [*map(str, [*command, "--out", out, "--workers", 2, "--native"]), *BY_MOTION]

    assert main(command) == 0
    files = [out / f"{name}{SUFFIX}" for name in ("street", "stills")]
    written = [(file.stat().st_mtime_ns, file.read_bytes()) for file in files]
    assert main(command) == 0

    assert "2 finished already" in capsys.readouterr().out
    assert [(file.stat().st_mtime_ns, file.read_bytes()) for file in files] == written
    assert written[0][1] == written[1][1]
    people = read_people(files[0])
    assert sum(len(person.frames) for person in people.values()) > 20
    assert max(int(person.frames[-1]) for person in people.values()) == 29
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["extract.yaml", *(file.name for file in files)]
    )


@pytest.mark.slow
@pytest.mark.usefixtures("blazepose")
def test_nobody_in_the_picture_is_an_empty_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A video without people gives a file without people; one that breaks off gives none."""
    for name in ("empty", "torn"):
        file = str(tmp_path / f"{name}.avi")
        writer = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
        for _ in range(40):
            writer.write(np.full((240, 320, 3), 90, np.uint8))
        writer.release()
    content = (tmp_path / "torn.avi").read_bytes()
    (tmp_path / "torn.avi").write_bytes(content[: len(content) // 2])
    out = tmp_path / "poses"

    assert main(["extract", "--videos", str(tmp_path), "--out", str(out), *BY_MOTION]) == 1
    said = capsys.readouterr()

    assert "0 poses" in said.out
    assert "1 of 2 clips failed" in said.err
    assert "torn.avi decodes only up to frame" in said.err
    assert read_people(out / f"empty{SUFFIX}") == {}
    assert not (out / f"torn{SUFFIX}").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("blazepose")
def test_a_worker_that_is_killed_takes_one_clip_along(
    tmp_path: Path, cut_street: Callable[..., Path]
) -> None:
    """The clip is named and the exit status is 1; another worker goes on with the rest."""
    cut_street(tmp_path / "1.avi", frames=100)
    cut_street(tmp_path / "2.avi", frames=3)
    process = begun("--videos", tmp_path, "--out", tmp_path / "poses", "--workers", 1)

    wait_for(lambda: psutil.Process(process.pid).children())
    psutil.Process(process.pid).children()[0].kill()
    printed, errors = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert "1 of 2 clips failed" in errors
    assert "1.avi: its process died (SIGKILL)" in errors
    assert f"2{SUFFIX}: " in printed
    assert [file.name for file in (tmp_path / "poses").glob("*.json")] == [f"2{SUFFIX}"]


@pytest.mark.slow
@pytest.mark.usefixtures("blazepose")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
def test_nothing_outlives_an_interrupted_extraction(
    tmp_path: Path, cut_street: Callable[..., Path], number: signal.Signals
) -> None:
    """Ctrl-C, or kill -9, leaves the finished files, no half one, and no process."""
    cut_street(tmp_path / "0.avi", frames=3)
    # Long: however slow the machine is, they are not over before the signal comes.
    shutil.copy(cut_street(tmp_path / "1.avi", frames=300), tmp_path / "2.avi")
    process = begun("--videos", tmp_path, "--out", tmp_path / "poses", "--workers", 2)
    assert process.stdout is not None

    # Before the first clip is finished there may be lines that only say how far it is.
    lines = iter(process.stdout.readline, "")
    first = next(line for line in lines if line.startswith("[1/3]"))
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_S)

    assert children
    assert process.returncode == (INTERRUPTED if number == signal.SIGINT else -number)
    assert "Traceback" not in errors
    assert psutil.wait_procs(children, timeout=PATIENCE_S)[1] == []
    left = {path.name: path for path in (tmp_path / "poses").iterdir()}
    del left["extract.yaml"]
    assert f"0{SUFFIX}: " in first
    assert f"0{SUFFIX}" in left
    assert left.keys() <= {f"{name}{SUFFIX}" for name in "012"}
    for path in left.values():
        read_people(path)  # is whole


def test_poses_of_two_kinds_do_not_mix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that was filled on one time grid refuses others; native clips have one rate."""
    command = ["extract", "--sim-seeds", "3", "--sim-seconds", "1", "--out", str(tmp_path)]

    assert main(command) == 0
    assert rate_of(tmp_path) == FPS
    assert main([*command, "--native"]) == 1
    assert main([*command, "--fps", "30"]) == 1
    mixed = ["--sim-seeds", "3", "4", "--sim-fps", "10", "25", "--out", str(tmp_path / "new")]
    assert main(["extract", *mixed, "--native"]) == 1

    said = capsys.readouterr().err.splitlines()
    assert ["holds other poses" in line for line in said] == [True, True, False]
    assert "sim_0003 has 10 frames/s, sim_0004 25" in said[2]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to extract"),
        (["--video", "none.avi"], "no such video: none.avi"),
        (["--videos", "none"], "no such video: none"),
        (["--images", "none"], "no such folder of pictures: none"),
        (["--sim-seeds", "1", "--sim-fps", "0"], "fps is 0"),
        (["--sim-seeds", "1", "--fps", "0"], "--fps is 0"),
        (["--sim-seeds", "1", "--begin", "0.5", "--end", "0.5"], "--begin is 0.5"),
        (["--sim-seeds", "1", "--workers", "0"], "--workers is 0"),
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

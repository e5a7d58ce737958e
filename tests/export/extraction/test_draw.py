import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.data.pose_writer import PoseFile
from export.data.rate_file import Note
from export.extraction.draw import add_arguments, picture_of, run
from tracker.errors import BadFootage, ConfigError
from tracker.types import Frame, PersonId, Pose, Track


def _frame(width_px: int = 320) -> Frame:
    image = np.zeros((240, width_px, 3), np.uint8)
    return Frame("gate", "s", 3, 0.3, width_px, 240, image)


def _pose(confidence: float) -> Pose:
    joints = np.stack(
        [np.linspace(60, 100, 17), np.linspace(50, 200, 17), np.full(17, confidence)], axis=1
    )
    return Pose(joints.astype(np.float32), np.array([50, 40, 110, 210], np.float32), score=0.9)


def test_small_videos_are_enlarged() -> None:
    """Bones of people of forty pixels can be told apart only in a larger picture."""
    assert picture_of(_frame(320), [], [], key=False).shape == (960, 1280, 3)
    assert picture_of(_frame(1920), [], [], key=False).shape == (240, 1920, 3)


def test_bones_show_how_sure_their_joints_are() -> None:
    """A body that is surely seen is green, a guess is red."""
    colours = {}
    for confidence in (0.0, 1.0):
        pose = _pose(confidence)
        track = Track(PersonId("gate", "s", 1), 3, 0.3, pose)
        picture = picture_of(_frame(), [track], [pose], key=False)
        blue, green, red = picture[190:780, 300:400].reshape(-1, 3).astype(int).T
        colours[confidence] = ((green - red > 200) & (blue == 0)).sum(), (red - green > 200).sum()

    assert colours[1.0][0] > 100 > colours[1.0][1]
    assert colours[0.0][1] > 100 > colours[0.0][0]


def test_poses_that_are_nobodys_are_drawn_too() -> None:
    """What the tracker left out is seen, or its mistakes could not be."""
    picture = picture_of(_frame(), [], [_pose(1.0)], key=False)

    upper_edge = picture[160, 210:430]  # left of it and right of it are the corners
    assert (upper_edge.min(axis=1) > 200).all()


def test_a_pose_file_is_drawn_at_its_own_times(tmp_path: Path) -> None:
    """Frame 10 of a video at 10 frames/s shows the poses under 24 of a file on a grid of 24."""
    writer = cv2.VideoWriter(
        str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240)
    )
    for _ in range(12):
        writer.write(np.zeros((240, 320, 3), np.uint8))
    writer.release()
    poses = PoseFile()
    poses.add(1, (24,), _pose(1.0).joints[None])
    poses.write(tmp_path / "a.json")
    Note("blazepose", "grid", 24.0).write(tmp_path)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = f"--video {tmp_path}/a.avi --poses {tmp_path}/a.json --out {tmp_path} --frames 9 10"

    run(parser.parse_args(words.split()))

    bright = [cv2.imread(str(tmp_path / f"a_{n:06d}.png"))[190:780].max() for n in (9, 10)]
    assert bright[0] < 60 < 200 < bright[1]


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.usefixtures("blazepose")
def test_the_asked_frames_are_written(shared: Path, tmp_path: Path) -> None:
    """Two frames of a video become two pictures; a frame beyond its end is named."""
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = f"--video {video} --out {tmp_path} --boxes motion --frames"

    run(parser.parse_args([*words.split(), "2", "9"]))

    files = sorted(tmp_path.glob("*.png"))
    assert [file.name[-10:] for file in files] == ["000002.png", "000009.png"]
    assert all(cv2.imread(str(file)).shape == (1080, 1440, 3) for file in files)


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    """A file that is not there is named before any network runs."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = f"--video {tmp_path}/none.mp4 --out {tmp_path} --frames 1 --boxes motion"

    with pytest.raises(BadFootage, match=r"none\.mp4"):
        run(parser.parse_args(words.split()))


@pytest.mark.parametrize(
    ("more", "said"), [([], "--out"), (["--poses-fps", "nan"], "--poses-fps is nan")]
)
def test_wrong_flags_are_refused_before_the_video_is_looked_at(
    tmp_path: Path, more: list[str], said: str
) -> None:
    """A file in the place of the folder, a rate that is none."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    (tmp_path / "look").touch()
    words = f"--video none.mp4 --out {tmp_path}/look --frames 1".split()

    with pytest.raises(ConfigError, match=said):
        run(parser.parse_args([*words, *more]))

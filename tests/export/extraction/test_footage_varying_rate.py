"""Videos whose frame rate varies: people move as fast as they did, when they did."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.stamped_video import SIZE_PX, varying_rate, write_stamped

from export.cli import main
from export.data.pose_writer import SUFFIX, PoseFile
from export.data.rate_file import Note
from export.extraction.footage import probe_video
from export.extraction.pipeline import extract
from tracker.ports import PoseEstimator
from tracker.sources.pose_file import read_people
from tracker.tracking.carried import CarriedIds
from tracker.types import Float32, Frame, Pose

SPEED_PX_S, SIDE_PX, GRID_FPS = 10.0, 24, 24.0


def walker(_number: int, time_s: float) -> NDArray[np.uint8]:
    """A white square that moves at `SPEED_PX_S`; it is gone after the hole."""
    picture = np.zeros(SIZE_PX[::-1], np.uint8)
    left = SPEED_PX_S * time_s
    whole, part = int(left), left % 1
    if whole + SIDE_PX < SIZE_PX[0] - 1:
        picture[16 : 16 + SIDE_PX, whole + 1 : whole + SIDE_PX] = 255
        picture[16 : 16 + SIDE_PX, whole] = round(255 * (1 - part))
        picture[16 : 16 + SIDE_PX, whole + SIDE_PX] = round(255 * part)
    return picture


class SeesSquares(PoseEstimator):
    """Finds the white square; every joint lies in its middle, as far as the eye can tell."""

    def estimate(self, frame: Frame, _expected: Float32) -> list[Pose]:
        assert frame.image is not None
        light = frame.image[..., 0].astype(np.float32)
        light[light < 16] = 0
        if light.max() < 128:
            return []
        middle = float((light.sum(axis=0) * np.arange(light.shape[1])).sum() / light.sum())
        joints = np.tile(np.array([middle, 28, 1], np.float32), (17, 1))
        joints[:, 1] += np.linspace(-12, 12, 17)
        box = np.array([middle - 12, 16, middle + 12, 40], np.float32)
        return [Pose(joints, box, 1)]


@pytest.fixture(scope="module")
def varying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video at 30, then 6 frames/s, of somebody who walks evenly; 2 s of it are missing."""
    file = tmp_path_factory.mktemp("varying") / "walk.mkv"
    return write_stamped(file, varying_rate(hole_s=2.0), picture=walker)


def test_speeds_are_those_of_the_time_stamps(varying: Path, tmp_path: Path) -> None:
    """At each rate the walk is as fast as it was, and the hole lies where it was."""
    extract(probe_video(varying).read(), SeesSquares(), CarriedIds(), GRID_FPS).write(
        tmp_path / "a.json"
    )

    people = list(read_people(tmp_path / "a.json").values())
    fast_px, slow_px, after_px = (
        [
            (frame / GRID_FPS, float(joints[0, 0]))
            for person in people
            for frame, joints in zip(person.frames.tolist(), person.joints, strict=True)
            if begin_s < frame / GRID_FPS < end_s
        ]
        for begin_s, end_s in ((0.5, 2.5), (3.5, 7.5), (9.9, 10.7))
    )
    for walked in (fast_px, slow_px, after_px):
        at_s, x_px = np.array(walked).T
        speed = np.polyfit(at_s, x_px, 1)[0]
        assert speed == pytest.approx(SPEED_PX_S, rel=0.1)
        # Where somebody is tells when it is: the walk began at 0.
        assert x_px.mean() - SIDE_PX / 2 == pytest.approx(SPEED_PX_S * at_s.mean(), abs=1.5)
    frames = np.concatenate([person.frames for person in people])
    assert not ((frames > 8.0 * GRID_FPS) & (frames < 9.7 * GRID_FPS)).any()


def test_native_numbers_are_refused(
    varying: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frame numbers would not tell the time; the error names the file and the remedy."""
    words = ["extract", "--videos", varying.as_uri(), "--out", str(tmp_path), "--native"]

    assert main(words) == 1

    told = capsys.readouterr().err
    assert "walk.mkv varies" in told
    assert "leave --native out" in told


def test_poses_of_a_grid_are_drawn_at_their_times(varying: Path, tmp_path: Path) -> None:
    """Frame 100 comes at 4.67 s, not at 100 / 30: it shows tick 112 of a grid of 24."""
    poses = PoseFile()
    joints = np.zeros((1, 17, 3), np.float32)
    joints[..., :2] = np.random.default_rng(1).uniform((20, 20), (140, 60), (17, 2))
    joints[..., 2] = 1.0
    poses.add(1, (112,), joints)
    file = tmp_path / f"walk{SUFFIX}"
    poses.write(file)
    Note("blazepose", "grid", GRID_FPS).write(tmp_path)
    words = ["draw", "--video", str(varying), "--poses", str(file), "--out", str(tmp_path / "look")]

    assert main([*words, "--frames", "99", "100"]) == 0

    # Bones of certain joints are green; the video itself is grey.
    coloured = [
        int((np.ptp(cv2.imread(str(tmp_path / "look" / f"walk_{n:06d}.png")), axis=2) > 90).sum())
        for n in (99, 100)
    ]
    assert coloured[0] < 100 < 1000 < coloured[1]

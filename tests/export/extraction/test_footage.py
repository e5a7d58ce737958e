from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from export.extraction.footage import Footage, gather, natural, probe_pictures, probe_video
from tracker.errors import BadFootage


def video(file: Path, frames: int = 12) -> Path:
    """Write a video of grey pictures whose brightness tells their number."""
    file.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(frames):
        writer.write(np.full((48, 64, 3), 10 * (number % 25), np.uint8))
    writer.release()
    return file


def picture(file: Path, level: int = 0, size_px: tuple[int, int] = (64, 48)) -> Path:
    """Write one grey picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((size_px[1], size_px[0], 3), level, np.uint8))
    return file


def levels(clip: Footage) -> list[int]:
    """Return which pictures a clip gives."""
    return [round(float(frame.image.mean()) / 10) for frame in clip.read()]


def test_folders_are_searched_to_any_depth_in_natural_order(tmp_path: Path) -> None:
    """Videos of scenes in folders of their own are found; clip 10 comes after clip 9."""
    for name in ("scene2/clip10.avi", "scene2/clip9.AVI", "scene10/x.avi", ".trash/y.avi"):
        video(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no video")

    clips = gather([tmp_path], [], 24.0)

    assert [clip.name for clip in clips] == ["clip9", "clip10", "x"]
    assert [(clip.fps, clip.frames) for clip in clips] == [(10.0, 12)] * 3


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    """A folder of pictures is one clip, frame 10 after frame 9, at the rate that is told."""
    for number in (10, 9, 0, 1):
        picture(tmp_path / "gate" / f"f{number}.png", 10 * number)
    (tmp_path / "gate" / "index.txt").write_text("no picture")

    (clip,) = gather([], [tmp_path / "gate"], 5.0)

    assert (clip.name, clip.frames) == ("gate", 4)
    assert levels(clip) == [0, 1, 9, 10]
    assert [frame.at for frame in clip.read()] == [0.0, 0.2, 0.4, 0.6]


def test_a_folder_of_folders_is_many_clips(tmp_path: Path) -> None:
    """Each folder of pictures becomes a clip of its own name."""
    for name in ("01_0014", "01_0015"):
        picture(tmp_path / name / "000.jpg")

    assert [clip.name for clip in gather([], [tmp_path], 24.0)] == ["01_0014", "01_0015"]


def test_a_part_of_a_clip(tmp_path: Path) -> None:
    """Fractions choose frames, which keep their numbers and times."""
    clip = probe_video(video(tmp_path / "a.avi")).part(0.25, 0.75)

    frames = list(clip.read())

    assert clip.wanted == 6
    assert [frame.seq for frame in frames] == [3, 4, 5, 6, 7, 8]
    assert frames[0].at == pytest.approx(0.3)


def test_all_bad_footage_is_told_at_once(tmp_path: Path) -> None:
    """One error has a line for each thing that is wrong."""
    video(tmp_path / "videos" / "a.avi")
    video(tmp_path / "videos" / "deeper" / "a.avi")
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    (tmp_path / "empty").mkdir()
    for size_px, name in (((64, 48), "1.png"), ((32, 48), "2.png")):
        picture(tmp_path / "mixed" / name, size_px=size_px)
    (picture(tmp_path / "torn" / "1.png")).write_bytes(b"no picture")
    picture(tmp_path / "both" / "1.png")
    picture(tmp_path / "both" / "inner" / "1.png")

    videos = [tmp_path / name for name in ("videos", "broken.mp4", "none.mp4", "empty")]
    folders = [tmp_path / name for name in ("mixed", "torn", "none", "both", "empty")]
    with pytest.raises(BadFootage) as told:
        gather(videos, folders, 24.0)

    for said in (
        "a.avi would write the same pose file",
        "broken.mp4 cannot be read as video",
        "no such video: " + str(tmp_path / "none.mp4"),
        "empty holds no videos",
        "1.png has 64×48 pixels, 2.png 32×48",
        "torn/1.png cannot be read as picture",
        "no such folder of pictures: " + str(tmp_path / "none"),
        "both holds both pictures and folders",
        "empty holds no pictures",
    ):
        assert str(told.value).count(said) == 1, said


def test_a_video_that_breaks_off_is_no_shorter_video(tmp_path: Path) -> None:
    """Where decoding ends before its time the frames are not passed off as the whole."""
    whole = video(tmp_path / "a.avi", frames=40)
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])
    clip = probe_video(whole)

    with pytest.raises(BadFootage, match=r"decodes only up to frame \d+ of 40"):
        list(clip.read())


def test_a_picture_that_lies_is_turned_before_it_is_measured(tmp_path: Path) -> None:
    """EXIF's orientation counts for sizes as it does for pictures."""
    for number, turned in ((1, True), (2, False)):
        size = (48, 64) if turned else (64, 48)
        exif = Pillow.Exif()
        exif[0x0112] = 6 if turned else 1
        Pillow.new("RGB", size).save(tmp_path / f"{number}.jpg", exif=exif)

    shapes = [frame.image.shape for frame in probe_pictures(tmp_path, 24.0).read()]

    assert shapes == [(48, 64, 3)] * 2


def test_natural_order_counts() -> None:
    """Numbers in names are numbers."""
    names = ["b2", "a10", "a9", "a", "a9b"]

    assert sorted(map(Path, names), key=natural) == [*map(Path, ["a", "a9", "a9b", "a10", "b2"])]


def test_linked_folders_are_searched_once(tmp_path: Path) -> None:
    """Folders behind links are searched as others are; loops and second links end nothing."""
    video(tmp_path / "disk2" / "night" / "b.avi")
    video(tmp_path / "footage" / "a.avi")
    for name, target in (("far", "disk2"), ("far_again", "disk2"), ("loop", "footage")):
        (tmp_path / "footage" / name).symlink_to(tmp_path / target)
    (tmp_path / "disk2" / "back").symlink_to(tmp_path / "footage")

    clips = gather([tmp_path / "footage"], [], 24.0)

    assert [clip.path for clip in clips] == [
        tmp_path / "footage" / name for name in ("a.avi", "far/night/b.avi")
    ]


def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    """A video that is no longer where its link points is missing, not skipped."""
    video(tmp_path / "a.avi")
    (tmp_path / "b.avi").symlink_to(tmp_path / "none.avi")

    with pytest.raises(BadFootage, match=r"no such video: .*b\.avi"):
        gather([tmp_path], [], 24.0)


@pytest.mark.parametrize("name", ["gate:1.avi", "2026-11-27T12:30:00.avi", "a?b.avi", "http:x.avi"])
def test_videos_with_odd_names_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A colon or a question mark in a name begins neither a protocol nor settings."""
    monkeypatch.chdir(tmp_path)
    clip = probe_video(video(Path(name)))

    assert levels(clip) == list(range(12))

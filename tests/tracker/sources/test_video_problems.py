"""Files that give no video, as recorders and phones leave them, and odd ones that do."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from support.stamped_video import write_stamped

from tracker.errors import ConfigError
from tracker.sources.video_file import VideoFile
from tracker.types import Image

EVEN = [number / 10 for number in range(20)]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 file whose index comes last, as it is written."""
    folder = tmp_path_factory.mktemp("recording")
    return write_stamped(folder / "a.mp4", EVEN, picture=corner).read_bytes()


def corner(_number: int, _time_s: float) -> np.ndarray:
    """A black picture whose upper left corner is white."""
    picture = np.zeros((64, 160), np.uint8)
    picture[:32, :32] = 255
    return picture


def pictures(file: Path, content: bytes) -> list[Image]:
    """Write a file and return its pictures."""
    file.write_bytes(content)
    frames = list(VideoFile("gate", file, real_time=False))
    return [frame.image for frame in frames if frame.image is not None]


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box of QuickTime's."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def test_a_recording_without_index_is_named(recording: bytes, tmp_path: Path) -> None:
    """What a power cut leaves is no video of an unknown kind: converting it is no remedy."""
    cut_off = recording[: recording.find(b"moov") - 4]

    with pytest.raises(ConfigError, match=r"a\.mp4 has no index \(moov\).*cut off.*untrunc"):
        pictures(tmp_path / "a.mp4", cut_off)
    with pytest.raises(ConfigError, match=r"a\.mp4 has no index \(moov\)"):
        pictures(tmp_path / "a.mp4", cut_off[:-100])
    with pytest.raises(ConfigError, match=r"a\.mp4 is empty; copy it again"):
        pictures(tmp_path / "a.mp4", b"")
    with pytest.raises(ConfigError, match=r"none\.mp4 cannot be read: No such file"):
        list(VideoFile("gate", tmp_path / "none.mp4"))
    with pytest.raises(ConfigError, match=r"a\.mp4 cannot be read as video; convert it"):
        pictures(tmp_path / "a.mp4", b"\0" * 200)


@pytest.mark.parametrize("first", [True, False])
def test_a_cover_picture_is_no_video(recording: bytes, tmp_path: Path, first: bool) -> None:
    """A cover behind the video changes nothing; one before it is told, with the command."""
    at = recording.find(b"moov") - 4
    header = struct.unpack(">I", recording[at + 8 : at + 12])[0]
    moov = recording[at + 8 : at + struct.unpack(">I", recording[at : at + 4])[0]]
    jpeg = io.BytesIO()
    Pillow.new("RGB", (120, 90)).save(jpeg, "JPEG")
    data = box(b"data", struct.pack(">II", 13, 0), jpeg.getvalue())
    handler = box(b"hdlr", bytes(8), b"mdir", b"appl", bytes(9))
    meta = box(b"meta", bytes(4), handler, box(b"ilst", box(b"covr", data)))
    cover = box(b"udta", meta)
    place = header if first else len(moov)
    content = recording[:at] + box(b"moov", moov[:place], cover, moov[place:])

    if first:
        with pytest.raises(ConfigError, match=r"cover picture.*ffmpeg -i a\.mp4 -map 0:V -c copy"):
            pictures(tmp_path / "a.mp4", content)
    else:
        assert pictures(tmp_path / "a.mp4", content)[0].shape == (64, 160, 3)


def test_a_phone_held_upright_gives_upright_pictures(recording: bytes, tmp_path: Path) -> None:
    """The rotation that the file states, a quarter turn clockwise, is applied, and in its sense."""
    at = recording.find(b"tkhd") + 44
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 64 << 16, 0, 1 << 30)

    shown = pictures(tmp_path / "a.mp4", recording[:at] + matrix + recording[at + 36 :])[0]

    assert shown.shape == (160, 64, 3)
    assert shown[:24, -24:].mean() > 200  # upper left has become upper right
    assert shown[:24, :24].mean() < 60
    assert shown[-24:].mean() < 60


def test_sizes_and_colour_formats_may_change(tmp_path: Path) -> None:
    """Pictures of another colour format or size come whole, at the first one's size."""
    sizes = [(320, 240)] * 4 + [(640, 480)] * 3
    content = io.BytesIO()
    for number, size in enumerate(sizes):
        pixels = np.zeros((size[1], size[0], 3), np.uint8)
        pixels[:, size[0] // 2 :] = 250
        Pillow.fromarray(pixels).save(content, "JPEG", subsampling=1 if number < 2 else 2)

    shown = pictures(tmp_path / "a.mjpeg", content.getvalue())

    assert [picture.shape for picture in shown] == [(240, 320, 3)] * 7
    assert all(picture[:, :150].mean() < 20 < 230 < picture[:, 170:].mean() for picture in shown)

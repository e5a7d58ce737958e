"""Tracked pose files."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from support.stepped_time import SteppedTime

from inference.flow_input import normalize
from tracker.errors import BadPoses
from tracker.limits import MAX_COORDINATE_PX
from tracker.sources.pose_file import read_people
from tracker.sources.recorded_poses import PosesSource

BODY = [float(n) for n in range(51)]


def entry(first: float = 0.0) -> dict[str, Any]:
    """One frame of a person."""
    return {"keypoints": [first, *BODY[1:]], "scores": 2.5}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a pose file and returns its path."""

    def _write(content: object, name: str = "a.json") -> Path:
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        data = text if isinstance(text, bytes) else text.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        return path

    return _write


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("as_list", [False, True])
def test_every_form_reads_alike(write: Callable[..., Path], name: str, as_list: bool) -> None:
    """Dict or list, plain or gzipped: frames come sorted with their joints."""
    frames = {"0012": entry(12), "0003": entry(3)}
    person = [{frame: one} for frame, one in frames.items()] if as_list else frames

    people = read_people(write({"7": person}, name))

    assert people[7].frames.tolist() == [3, 12]
    assert people[7].joints.shape == (2, 17, 3)
    assert people[7].joints[:, 0, 0].tolist() == [3, 12]


@pytest.mark.parametrize(
    ("content", "blamed"),
    [
        ("[", "a.json"),
        ("[" * 100_000, "a.json"),
        ("{}x", "a.json"),
        (b'{"1\xff": {}}', "a.json"),
        (b'{"1": {"\xff": 1}}', "person '1'"),
        ({"1": 3}, "person '1'"),
        ({"anna": {}}, "person 'anna'"),
        ({"1": {}, "01": {}}, "person '01'"),
        ({"1": {"-4": entry()}}, "frame '-4'"),
        ({"1": {"0001": entry(), "0002": {"keypoints": [1.0]}}}, "frame '0002'"),
        ({"1": [{"5": {"scores": 1}}]}, "frame '5'"),
        ({"1": {"6": {"keypoints": ["x"] * 51}}}, "frame '6'"),
        ({"1": {"6": entry(1e39)}}, "frame 6"),
        ({"7": {"5": entry(), "6": entry(-3e38)}}, "person '7', frame 6: keypoints"),
        ({"1": {"6": entry(float("nan"))}}, "a.json"),
    ],
)
def test_what_is_wrong_is_named(write: Callable[..., Path], content: object, blamed: str) -> None:
    """A malformed file is refused with the place of the offending element."""
    with pytest.raises(BadPoses, match=blamed):
        read_people(write(content))


def test_whatever_reads_can_be_normalised(write: Callable[..., Path]) -> None:
    """The largest numbers that a file may hold are far from float32's end."""
    most = [MAX_COORDINATE_PX if n % 2 else -MAX_COORDINATE_PX for n in range(51)]
    people = read_people(write({"1": {str(n): {"keypoints": most} for n in range(2)}}))

    with np.errstate(all="raise"):
        windows = normalize(np.broadcast_to(people[1].joints[:1], (1, 48, 17, 3)))

    assert np.isfinite(windows).all()
    with pytest.raises(BadPoses, match="beyond"):
        read_people(write({"1": {"0": {"keypoints": [*most[:-1], 1.001e6]}}}))


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read is told as such."""
    no_gzip, damaged = tmp_path / "b.json.gz", tmp_path / "c.json.gz"
    no_gzip.write_bytes(b"no gzip")
    damaged.write_bytes(gzip.compress(b"{}")[:10] + b"\x07" + gzip.compress(b"{}")[11:])

    for path in (tmp_path / "none.json", no_gzip, damaged):
        with pytest.raises(BadPoses, match="cannot be read"):
            read_people(path)


def test_plays_once_in_real_time(write: Callable[..., Path], time: SteppedTime) -> None:
    """Frames come at the file's rate, numbered from its first one, with the file's ids."""
    path = write({"5": {"0100": entry(), "0103": entry()}, "2": {"0103": entry()}})

    frames = list(PosesSource("gate", path, fps=10, clock=time, stop=time.stop))

    assert [frame.seq for frame in frames] == [0, 1, 2, 3]
    np.testing.assert_allclose([f.at - frames[0].at for f in frames], [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert [[pose.number for pose in frame.poses] for frame in frames] == [[5], [], [], [5, 2]]
    assert (frames[0].width_px, frames[0].height_px, frames[0].image) == (1280, 720, None)


def test_each_loop_is_a_new_session(write: Callable[..., Path], time: SteppedTime) -> None:
    """Across the seam of a loop nobody is the same person."""
    path = write({"5": {"0": entry(), "1": entry()}})
    frames = []

    for frame in PosesSource("gate", path, loop=True, clock=time, stop=time.stop):
        frames.append(frame)
        if len(frames) == 6:
            time.stop.set()

    assert [frame.seq for frame in frames] == [0, 1] * 3
    assert len({frame.session for frame in frames}) == 3


def test_a_slow_reader_gets_the_newest_frame(write: Callable[..., Path], time: SteppedTime) -> None:
    """Frames that a slow reader missed are left out, not queued."""
    path = write({"5": {str(n): entry() for n in range(101)}})
    seen = []

    for frame in PosesSource("gate", path, fps=10, clock=time, stop=time.stop):
        seen.append(frame.seq)
        assert time.now - frame.at <= 0.1 + 1e-6
        time.now += 0.5

    assert seen == list(range(0, 101, 5))


def test_stop_ends_the_play(write: Callable[..., Path]) -> None:
    """A source that was told to stop gives nothing more."""
    path = write({"5": {str(n): entry() for n in range(100)}})
    stop = Event()
    stop.set()

    assert list(PosesSource("gate", path, stop=stop)) == []


def test_a_file_with_nobody_is_refused(write: Callable[..., Path]) -> None:
    """A file without a single pose cannot be a camera."""
    with pytest.raises(BadPoses, match="nobody"):
        PosesSource("gate", write({"1": {}}))


@pytest.mark.shared
def test_published_files_read(shared: Path) -> None:
    """Files as AlphaPose wrote them are read."""
    path = next((shared / "data" / "aihub" / "pose").glob("*.json.gz"))

    people = read_people(path)

    assert sum(len(person.frames) for person in people.values()) > 3000


def test_numbers_that_json_lacks_are_named(write: Callable[..., Path]) -> None:
    """NaN, which Python writes, is told with its place and what to write instead."""
    content = json.dumps({"1": {"0": entry(float("nan"))}})

    with pytest.raises(BadPoses, match=r"a\.json: NaN at byte \d+: JSON has no such number"):
        read_people(write(content))


def test_a_byte_order_mark_is_skipped(write: Callable[..., Path]) -> None:
    """A file that an editor of Windows has saved reads as before."""
    content = b"\xef\xbb\xbf" + json.dumps({"1": {"0": entry()}}).encode()

    assert list(read_people(write(content))) == [1]

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.data.pose_writer import OnGrid, PoseFile, part_of
from tracker.sources.pose_file import read_people
from tracker.types import PersonId, Samples


def body(number: int) -> np.ndarray:
    """Poses whose every number tells which they are, (number, 17, 3)."""
    return np.arange(number * 51, dtype=np.float32).reshape(number, 17, 3) / 8


def samples(at: float, number: int, *, restarts: bool) -> Samples:
    """What a frame adds to person 4."""
    return Samples(PersonId("c", "s", 4), 0, at, body(number), restarts=restarts, due=False)


@given(
    st.dictionaries(
        st.integers(1, 99), st.sets(st.integers(0, 10_000), min_size=1, max_size=9), max_size=4
    )
)
@pytest.mark.slow
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, seen: dict[int, set[int]]
) -> None:
    """People, frame numbers and joints survive, whatever the gaps."""
    file = tmp_path_factory.mktemp("poses") / "a.json"
    poses = PoseFile()
    for person, frames in seen.items():
        poses.add(person, sorted(frames), body(len(frames)))

    written = poses.write(file)
    people = read_people(file)

    assert written == sum(len(frames) for frames in seen.values())
    assert poses.people == len(seen)
    assert {number: person.frames.tolist() for number, person in people.items()} == {
        number: sorted(frames) for number, frames in seen.items()
    }
    for person in people.values():
        np.testing.assert_allclose(person.joints, body(len(person.frames)), atol=5e-4)


def test_a_restart_is_another_person_at_its_own_time(tmp_path: Path) -> None:
    """On the grid, frame numbers count from the video's beginning; a restart begins anew there."""
    poses = PoseFile()
    grid = OnGrid(poses, fps=24.0)
    for part in (
        samples(0.5, 1, restarts=True),
        samples(0.6, 2, restarts=False),
        samples(3.0, 1, restarts=True),
        samples(3.01, 0, restarts=False),
    ):
        grid.add(part)

    poses.write(tmp_path / "a.json")
    people = read_people(tmp_path / "a.json")

    assert {n: person.frames.tolist() for n, person in people.items()} == {1: [12, 13, 14], 2: [72]}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """A file is either the old one or the new one, whole."""
    file = tmp_path / "a.json"
    file.write_text("old")
    poses = PoseFile()
    poses.add(1, (0,), np.zeros((2, 17, 3), np.float32))  # two poses, one number

    with pytest.raises(ValueError, match="zip"):
        poses.write(file)

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_nobody_takes_a_half_file_for_a_pose_file(tmp_path: Path) -> None:
    """While it is written a file neither ends in .json nor is it seen by patterns such as *."""
    part = part_of(tmp_path / "a.json", 7)

    assert part.suffix != ".json"
    assert part.name.startswith(".")

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from export.bench.vision.tracking_quality import quality
from tracker.errors import ConfigError
from tracker.types import PersonId, Pose, Track

JOINTS = np.zeros((17, 3), np.float32)
PEDESTRIAN, REFLECTION = 1, 12

Truth = Sequence[tuple[int, int, float]]  # frame, number, left edge of a box of 10×20 px


def _truth(path: Path, rows: Truth, *, kind: int = -1, counts: int = 1) -> Path:
    lines = [f"{frame},{number},{left},0,10,20,{counts},{kind},1" for frame, number, left in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def _tracks(rows: Truth) -> Mapping[int, Sequence[Track]]:
    tracks: dict[int, list[Track]] = {}
    for frame, number, left in rows:
        box_px = np.array([left, 0, left + 10, 20], np.float32)
        person = PersonId("gate", "s", number)
        tracks.setdefault(frame, []).append(Track(person, frame, frame / 10, Pose(JOINTS, box_px)))
    return tracks


def _judged(folder: Path, truth: Truth, found: Truth, *, frames: int = 4) -> dict[str, float | int]:
    path = _truth(folder / "gt.txt", truth)
    return quality(path, _tracks(found), range(1, frames + 1))


def _walk(number: int, left: float, frames: Sequence[int] = (1, 2, 3, 4)) -> Truth:
    return [(frame, number, left) for frame in frames]


def test_perfect_tracks_score_one(tmp_path: Path) -> None:
    """Whatever numbers the tracker gives, as long as it keeps them."""
    figures = _judged(tmp_path, [*_walk(1, 0), *_walk(2, 50)], [*_walk(9, 0), *_walk(8, 50)])

    for name in ("precision", "recall", "mota", "idf1", "hota"):
        assert figures[name] == 1
    assert (figures["people"], figures["tracks"], figures["id_switches"]) == (2, 2, 0)


def test_misses_and_inventions_are_counted(tmp_path: Path) -> None:
    """Of eight truths two are missed; two of eight boxes are far from everybody."""
    found = [*_walk(1, 0), *_walk(2, 50, (1, 2)), *_walk(3, 90, (3, 4))]

    figures = _judged(tmp_path, [*_walk(1, 0), *_walk(2, 50)], found)

    assert figures["precision"] == figures["recall"] == figures["idf1"] == 0.75
    assert figures["mota"] == 0.5


def test_a_changed_number_halves_the_identity(tmp_path: Path) -> None:
    """One switch; each hit shares its identity with half of the person: HOTA is the root of .5."""
    figures = _judged(tmp_path, _walk(1, 0), [*_walk(1, 0, (1, 2)), *_walk(2, 0, (3, 4))])

    assert (figures["recall"], figures["id_switches"], figures["mota"]) == (1, 1, 0.75)
    assert figures["idf1"] == 0.5
    assert figures["hota"] == pytest.approx(0.5**0.5, abs=1e-4)


def test_frames_that_were_not_looked_at_do_not_count(tmp_path: Path) -> None:
    """A camera that gives every second frame is judged on those."""
    path = _truth(tmp_path / "gt.txt", _walk(1, 0))

    figures = quality(path, _tracks(_walk(5, 0, (1, 3))), [1, 3])

    assert (figures["frames"], figures["mota"], figures["hota"]) == (2, 1, 1)


def test_a_reflection_counts_neither_for_nor_against(tmp_path: Path) -> None:
    """MOTChallenge's preparation: boxes on what is no pedestrian are taken out on both sides."""
    rows = [(1, 1, 0.0), (2, 1, 0.0)]
    walker = _truth(tmp_path / "walker.txt", rows, kind=PEDESTRIAN).read_text()
    mirrored = [(frame, 2, 50.0) for frame, _, _ in rows]
    image = _truth(tmp_path / "image.txt", mirrored, kind=REFLECTION, counts=0).read_text()
    (tmp_path / "gt.txt").write_text(walker + image)

    figures = quality(tmp_path / "gt.txt", _tracks([*rows, *mirrored]), [1, 2])

    assert (figures["precision"], figures["mota"], figures["people"]) == (1, 1, 1)


def test_nobody_found_is_no_error(tmp_path: Path) -> None:
    """A blind tracker misses everybody and invents nobody."""
    figures = _judged(tmp_path, _walk(1, 0), [])

    assert (figures["recall"], figures["idf1"], figures["hota"], figures["tracks"]) == (0, 0, 0, 0)


def test_a_file_that_is_no_truth_is_named(tmp_path: Path) -> None:
    """The error is ours and tells the file."""
    path = tmp_path / "gt.txt"
    path.write_text("frame one\n")

    with pytest.raises(ConfigError, match=r"gt\.txt is not in MOTChallenge's format"):
        quality(path, {}, [1])

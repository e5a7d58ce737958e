import json
from pathlib import Path

import numpy as np
import pytest

from export.bench.tracking import Seen, quality, read_truth
from export.cli import main
from tracker.errors import ConfigError, ModelUnavailable
from tracker.models import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"


def _seen(**left_px: float) -> Seen:
    """Boxes of 10×20 px, by number: `_seen(n1=0, n2=50)`."""
    edges = [[left, 0, left + 10, 20] for left in left_px.values()]
    boxes_px = np.array(edges, np.float32).reshape(-1, 4)
    return Seen([int(name.removeprefix("n")) for name in left_px], boxes_px)


def test_perfect_tracks_score_one() -> None:
    """Whatever numbers the tracker gives, as long as it keeps them."""
    figures = quality([_seen(n1=0, n2=50)] * 4, [_seen(n8=50, n9=0)] * 4)

    assert figures["precision"] == figures["recall"] == figures["mota"] == figures["idf1"] == 1
    assert figures["id_switches"] == 0
    assert (figures["people"], figures["tracks"]) == (2, 2)


def test_misses_and_inventions_are_counted() -> None:
    """Of four truths one is missed; one of four boxes is far from everybody."""
    truth = [_seen(n1=0, n2=50), _seen(n1=0, n2=50)]

    figures = quality(truth, [_seen(n1=0, n2=50), _seen(n1=0, n3=90)])

    assert figures["precision"] == figures["recall"] == 0.75
    assert figures["mota"] == 0.5
    assert figures["idf1"] == 0.75


def test_a_changed_number_is_one_switch_and_halves_the_identity() -> None:
    """Detection stays perfect; a gap before the change does not hide it."""
    figures = quality([_seen(n1=0)] * 4, [_seen(n1=0), _seen(n1=0), _seen(n2=0), _seen(n2=0)])
    gap = quality([_seen(n1=0)] * 3, [_seen(n1=0), Seen(), _seen(n2=0)])

    assert (figures["recall"], figures["id_switches"]) == (1, 1)
    assert figures["mota"] == 0.75
    assert figures["idf1"] == 0.5
    assert gap["id_switches"] == 1


def test_a_standing_pair_is_not_given_up_for_a_better_fit() -> None:
    """CLEAR-MOT keeps last frame's pair while it overlaps enough; no switch is made of it."""
    figures = quality([_seen(n1=0)] * 2, [_seen(n1=0), _seen(n1=3, n2=0)])

    assert figures["id_switches"] == 0
    assert figures["precision"] == pytest.approx(2 / 3, abs=1e-4)


def test_half_an_overlap_is_needed() -> None:
    """A box shifted by 3 of 10 px is a hit (IoU .54), by 4 px none (IoU .43)."""
    assert quality([_seen(n1=0)], [_seen(n1=3)])["recall"] == 1
    assert quality([_seen(n1=0)], [_seen(n1=4)])["recall"] == 0


def test_nobody_is_no_error() -> None:
    """An empty video has no mistakes; a blind tracker no hits."""
    assert quality([Seen()], [Seen()])["mota"] == 1
    assert quality([_seen(n1=0)], [Seen()])["idf1"] == 0


def test_truth_is_read_as_motchallenge_writes_it(tmp_path: Path) -> None:
    """Left, top, width, height become edges; what does not count is left out."""
    path = tmp_path / "gt.txt"
    path.write_text("2,7,10,20,30,40,1,1,1\n2,8,0,0,5,5,0,1,1\n5,7,11,20,30,40,1,1,1\n")

    truth = read_truth(path)

    assert {frame: seen.numbers for frame, seen in truth.items()} == {2: [7], 5: [7]}
    np.testing.assert_array_equal(truth[2].boxes_px, [[10, 20, 40, 60]])


def test_a_file_that_is_no_truth_is_named(tmp_path: Path) -> None:
    """The error is ours and tells the file."""
    path = tmp_path / "gt.txt"
    path.write_text("frame one\n")

    with pytest.raises(ConfigError, match=r"gt\.txt is no ground truth"):
        read_truth(path)


@pytest.mark.slow
@pytest.mark.shared
def test_the_command_judges_a_real_street(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sixty frames of the small copy, with motion's boxes: some people found, few invented."""
    try:
        ModelStore([], MODELS).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    rows = np.loadtxt(shared / "data" / "mot" / "PETS09-S2L1" / "gt.txt", delimiter=",")
    rows[:, 2:6] *= 0.625  # the small copy's scale
    np.savetxt(tmp_path / "gt.txt", rows, delimiter=",", fmt="%g")
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"

    words = f"bench tracking --video {video} --truth {tmp_path / 'gt.txt'} --boxes motion"
    code = main([*words.split(), "--frames", "60", "--json"])

    assert code == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 60
    assert report["recall"] > 0.2
    assert report["precision"] > 0.5

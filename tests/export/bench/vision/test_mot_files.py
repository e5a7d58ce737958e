from pathlib import Path

import numpy as np
import pytest

from export.bench.vision.mot_files import read_sequence
from tracker.errors import ConfigError

GT = "1,7,10,20,30,40,1,1,1\n4,7,14,20,30,40,1,1,1\n"
INFO = "[Sequence]\nframeRate=14\nseqLength=9\nimWidth=640\nimHeight=480\n"


def _folder(tmp_path: Path, *, gt: str = GT, det: str) -> Path:
    (tmp_path / "gt.txt").write_text(gt)
    (tmp_path / "det.txt").write_text(det)
    return tmp_path


def test_a_sequence_is_read_as_motchallenge_writes_it(tmp_path: Path) -> None:
    """Left, top, width, height become edges; rate, length and size come from seqinfo.ini."""
    folder = _folder(tmp_path, det="2,-1,10,20,30,40,0.5,-1,-1,-1\n2,-1,0,0,5,5,1,-1,-1,-1\n")
    (folder / "seqinfo.ini").write_text(INFO)

    sequence = read_sequence(folder)

    assert (sequence.fps, sequence.frames) == (14.0, 9)
    assert (sequence.width_px, sequence.height_px) == (640, 480)
    assert list(sequence.detections) == [2]
    first, second = sequence.detections[2]
    np.testing.assert_array_equal(first.box_px, [10, 20, 40, 60])
    assert (first.score, second.score) == (0.5, 1.0)


def test_an_old_sequence_tells_itself(tmp_path: Path) -> None:
    """Without seqinfo.ini the boxes say how long and large it is, and 10 frames/s is assumed."""
    sequence = read_sequence(_folder(tmp_path, det="6,-1,10,20,30,40,0.5\n"))

    assert (sequence.fps, sequence.frames) == (10.0, 6)
    assert (sequence.width_px, sequence.height_px) == (44, 60)


def test_margins_become_scores(tmp_path: Path) -> None:
    """A support vector machine's margins, below 0 and above 1, are squeezed: 0 is half sure."""
    sequence = read_sequence(_folder(tmp_path, det="1,-1,0,0,5,5,0\n2,-1,0,0,5,5,2.5\n"))

    assert sequence.detections[1][0].score == 0.5
    assert 0.9 < sequence.detections[2][0].score < 1


@pytest.mark.parametrize("text", ["frame one\n", "1,2,3\n"])
def test_a_file_of_another_format_is_named(tmp_path: Path, text: str) -> None:
    """The error is ours and tells the file."""
    with pytest.raises(ConfigError, match=r"gt\.txt is not in MOTChallenge's format"):
        read_sequence(_folder(tmp_path, gt=text, det="1,-1,0,0,5,5,1\n"))

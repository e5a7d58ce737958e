import json
from pathlib import Path

import numpy as np
import pytest

from export.bench.vision.tracking import tracking_options
from export.cli import main
from tracker.errors import ConfigError, ModelUnavailable
from tracker.tracking.bytetrack import TrackingOptions
from tracker.weights.store import ModelStore

MODELS = Path.home() / ".cache" / "posewarden" / "models"


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A published sequence of one person who walks for 20 frames, every one of them detected."""
    folder = tmp_path / "STREET-01"
    folder.mkdir()
    walk = [f"{frame},{{}},{10 * frame},50,40,100,1,-1,-1,-1" for frame in range(1, 21)]
    (folder / "gt.txt").write_text("\n".join(walk).format(*[4] * 20))
    (folder / "det.txt").write_text("\n".join(walk).format(*[-1] * 20))
    return folder


def test_every_combination_is_a_row(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Frame rates × options: all but the first frame of the only person is hit in each."""
    words = ["--mot", str(street), "--every", "1", "2", "--tracker", "lost_s=2", "lost_s=1"]

    code = main(["bench", "tracking", *words, "--json"])

    assert code == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["every"], row["tracker"], row["frames"]) for row in rows] == [
        (1, "lost_s=2", 20),
        (1, "lost_s=1", 20),
        (2, "lost_s=2", 10),
        (2, "lost_s=1", 10),
    ]
    for row in rows:
        assert (row["sequence"], row["boxes"]) == ("STREET-01", "det.txt")
        assert row["precision"] == 1
        assert row["recall"] == pytest.approx(1 - 1 / row["frames"])
        assert row["track_cpu_ms"] > 0


def test_the_table_is_markdown(street: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A header, a rule and a row of equally many cells."""
    main(["bench", "tracking", "--mot", str(street)])

    lines = capsys.readouterr().out.splitlines()

    assert [line.count("|") for line in lines] == [lines[0].count("|")] * 3
    assert "hota" in lines[0]


def test_options_are_written_by_name() -> None:
    """What is not named keeps its default."""
    assert tracking_options("") == TrackingOptions()
    assert tracking_options("lost_s=1,sure=0.4") == TrackingOptions(lost_s=1, sure=0.4)


@pytest.mark.parametrize("words", ["lost=1", "lost_s", "lost_s=long"])
def test_an_option_that_is_none_is_told(words: str) -> None:
    """The error names the word and the options there are."""
    with pytest.raises(ConfigError, match=rf"{words}.*begin_overlap"):
        tracking_options(words)


def test_a_video_wants_its_truth(capsys: pytest.CaptureFixture[str]) -> None:
    """One without the other judges nothing."""
    assert main(["bench", "tracking", "--video", "street.avi"]) == 1
    assert "--video and --truth belong together" in capsys.readouterr().err


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
    assert report["landmarks_cpu_ms"] > report["track_cpu_ms"] > 0

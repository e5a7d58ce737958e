"""The table of labelled clips."""

from pathlib import Path

import pytest

from export.bench.events.clips import read_clips
from tracker.errors import ConfigError

HEAD = "set\tclip\tclass\tfall_start_s\tdown_s\tnote\n"


def _table(folder: Path, *lines: str, head: str = HEAD) -> Path:
    for name in ("a", "b"):
        (folder / "home" / f"{name}.mp4").parent.mkdir(exist_ok=True)
        (folder / "home" / f"{name}.mp4").touch()
    table = folder / "clips.tsv"
    table.write_text(head + "".join(f"{line}\n" for line in lines))
    return table


def test_times_may_be_empty_and_further_columns_are_ignored(tmp_path: Path) -> None:
    """A clip without times has none; one with times has both."""
    table = _table(tmp_path, "home\ta\tfall\t1.50\t2.25\tseen", "home\tb\tnormal\t\t\t")

    fall, ordinary = read_clips(table, tmp_path)

    assert fall.times_s == (1.5, 2.25)
    assert fall.path == tmp_path / "home" / "a.mp4"
    assert fall.is_event
    assert ordinary.times_s is None
    assert not ordinary.is_event


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("home\ta\tfall\tsoon\t2\t", "line 2: fall_start_s is 'soon'"),
        ("home\ta\tfall\t-1\t2\t", "fall_start_s is '-1'"),
        ("home\ta\tfall\t1\tnan\t", "down_s is 'nan'"),
        ("home\ta\tfall\t3\t2\t", "down_s 2.0 lies before 3.0"),
        ("home\t\tfall\t\t\t", "line 2: set, clip and class must not be empty"),
        ("home\tmissing\tfall\t\t\t", "1 clips"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, remark: str) -> None:
    """What is wrong is said with the line and the value."""
    with pytest.raises(ConfigError, match=remark):
        read_clips(_table(tmp_path, line), tmp_path)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """A table with other columns is refused."""
    with pytest.raises(ConfigError, match="lacks the columns class, down_s"):
        read_clips(_table(tmp_path, "home\ta\t1", head="set\tclip\tfall_start_s\n"), tmp_path)


def test_only_the_sets_asked_for_are_read(tmp_path: Path) -> None:
    """An unknown set is refused, and the known ones are listed."""
    table = _table(tmp_path, "home\ta\tnormal\t\t\t")

    assert len(read_clips(table, tmp_path, ["home"])) == 1
    with pytest.raises(ConfigError, match="no clips of work; its sets: home"):
        read_clips(table, tmp_path, ["work"])

from pathlib import Path

import pytest

from export.data.rate_file import NAME, Note, note_in, rate_of
from tracker.errors import ConfigError


def test_a_note_is_read_back(tmp_path: Path) -> None:
    """What was noted about a folder's frame numbers is told to whoever reads them."""
    note = Note("rtmo", "native", 12.5)

    note.write(tmp_path / "poses")

    assert note_in(tmp_path / "poses") == note
    assert rate_of(tmp_path / "poses") == 12.5


def test_a_folder_without_a_note_tells_nothing(tmp_path: Path) -> None:
    """Pose files that somebody else made have a rate that only people know."""
    assert note_in(tmp_path) is None
    assert rate_of(tmp_path) is None


@pytest.mark.parametrize("text", ["", "fps: fast", "{", "{pose: x, frames: grid, fps: 0}"])
def test_a_malformed_note_is_named(tmp_path: Path, text: str) -> None:
    """A note that somebody edited is an error, never a guess."""
    (tmp_path / NAME).write_text(text)

    with pytest.raises(ConfigError, match=NAME):
        rate_of(tmp_path)


def test_cameras_of_nearly_one_rate_agree() -> None:
    """29.97 and 30 frames/s may lie together; estimators, kinds of frames and rates may not mix."""
    note = Note("blazepose", "native", 30.0)

    assert note.agrees(Note("blazepose", "native", 29.97))
    assert not note.agrees(Note("blazepose", "native", 25.0))
    assert not note.agrees(Note("rtmo", "native", 30.0))
    assert not note.agrees(Note("blazepose", "grid", 30.0))

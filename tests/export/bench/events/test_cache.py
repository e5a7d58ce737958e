"""Records kept between runs."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.event_clips import write_video

from export.bench.events import cache
from export.bench.events.cache import ExtractionFailed, RecordCache, extraction_key
from export.bench.events.clips import EventClip
from tracker.errors import ConfigError, ModelUnavailable
from tracker.pose.blazepose import Sight
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore


@pytest.fixture
def records(tmp_path: Path) -> RecordCache:
    """A cache of its own."""
    try:
        ModelStore([], cache_folder("models")).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    return RecordCache(
        tmp_path / "cache", pose="blazepose", models=[], pulled=cache_folder("models")
    )


def _clip(folder: Path, name: str) -> EventClip:
    video = write_video(folder / "made" / f"{name}.mp4", frames=3, fps=5.0)
    return EventClip("made", name, "normal", video)


def _log(told: list[tuple[int, int]]) -> Callable[[int, int], None]:
    return lambda done, of: told.append((done, of))


@pytest.mark.slow
def test_an_interrupted_run_goes_on(records: RecordCache, tmp_path: Path) -> None:
    """Only what is missing is made; what is there is read, and nobody hears of work."""
    clips = [_clip(tmp_path, name) for name in ("a", "b")]
    told: list[tuple[int, int]] = []
    records.load(clips, jobs=1, progress=_log(told))
    assert told == [(0, 2), (1, 2), (2, 2)]
    records.path(clips[1]).unlink()
    told.clear()

    records.load(clips, jobs=2, progress=_log(told))
    records.load(clips, jobs=2, progress=_log(told))

    assert told == [(0, 1), (1, 1)]
    assert [clip.name for clip, _ in records.records(clips)] == ["a", "b"]


@pytest.mark.slow
def test_another_clip_of_the_same_name_is_another_record(
    records: RecordCache, tmp_path: Path
) -> None:
    """The file's content decides, not its place."""
    clip = _clip(tmp_path, "a")
    before = records.path(clip)

    write_video(clip.path, frames=5, fps=5.0)

    assert records.path(clip) != before


@pytest.mark.slow
def test_a_clip_that_is_no_video_is_named(records: RecordCache, tmp_path: Path) -> None:
    """Whichever process meets it."""
    clip = _clip(tmp_path, "a")
    clip.path.write_bytes(b"no video")

    with pytest.raises(ConfigError, match=r"made/a\.mp4"):
        records.load([clip], jobs=1, progress=_log([]))


@pytest.mark.slow
def test_a_process_that_dies_is_told(records: RecordCache, tmp_path: Path) -> None:
    """What was done before is kept, and the remedy is named."""
    clips = [_clip(tmp_path, name) for name in ("a", "b", "c")]

    def kill_after_the_first(done: int, of: int) -> None:  # noqa: ARG001 -- a progress'
        for child in psutil.Process().children() if done == 1 else ():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()

    with pytest.raises(ExtractionFailed, match="run the command again"):
        records.load(clips, jobs=1, progress=kill_after_the_first)

    assert records.path(clips[0]).is_file() or records.path(clips[1]).is_file()


def test_the_key_names_code_and_options() -> None:
    """The same ones give the same key, others another."""
    assert extraction_key(["blazepose"]) == extraction_key(["blazepose"])
    assert extraction_key(["blazepose"]) != extraction_key(["rtmo"])


def test_a_camera_that_lacks_a_part_has_records_of_its_own(
    records: RecordCache, tmp_path: Path
) -> None:
    """What it does not see is never taken for what the product sees."""
    folders = {
        RecordCache(
            tmp_path / "cache",
            pose="blazepose",
            models=[],
            pulled=cache_folder("models"),
            sight=sight,
        ).folder
        for sight in (Sight(), Sight(turning=False), Sight(following=False))
    }

    assert len(folders) == 3
    assert records.folder in folders


def test_comments_imports_and_layout_are_no_code() -> None:
    """What does the same means the same; another number does not."""
    plain = 'import a\n\n\ndef f(x):\n    """Say."""\n    return x + 1\n'
    same = "import b\n\ndef f( x ):  # why\n    return x + 1\n"

    assert cache._meaning(plain) == cache._meaning(same)
    assert cache._meaning(plain) != cache._meaning(same.replace("1", "2"))

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tracker.errors import ConfigError, ModelUnavailable
from tracker.weights.origins import SourceFailed, WeightSource
from tracker.weights.store import WEIGHTS, ModelStore, Weight

CONTENT = b"good weights"


class Giving(WeightSource):
    """A source that gives what it was made with."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        self.asked = 0

    def __str__(self) -> str:
        return f"a source of {self.content!r}"

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        self.asked += 1
        if self.content is None:
            raise SourceFailed("nobody at home")
        target.write_bytes(self.content[:limit_bytes])


def _weight(*sources: WeightSource) -> Weight:
    return Weight(
        name="net",
        file_name="net.bin",
        licence="Apache-2.0",
        purpose="testing",
        sha256=(hashlib.sha256(CONTENT).hexdigest(),),
        limit_bytes=100,
        sources=sources,
        other_names=("net_v1.bin",),
    )


def test_a_local_file_wins_over_any_download(tmp_path: Path) -> None:
    """The site's own folder is used without asking a source, under any known name."""
    source = Giving(CONTENT)
    (tmp_path / "net_v1.bin").write_bytes(CONTENT)
    store = ModelStore([tmp_path], tmp_path / "pulled", [_weight(source)])

    assert store.pull("net") == tmp_path / "net_v1.bin"
    assert source.asked == 0


def test_sources_are_tried_in_order_until_one_is_right(tmp_path: Path) -> None:
    """A dead source and one with a wrong file do not stop the third."""
    store = ModelStore([], tmp_path, [_weight(Giving(None), Giving(b"evil"), Giving(CONTENT))])

    path = store.pull("net")

    assert path == tmp_path / "net.bin"
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.bin"]


def test_a_pull_is_kept(tmp_path: Path) -> None:
    """The second pull needs no source."""
    source = Giving(CONTENT)
    store = ModelStore([], tmp_path, [_weight(source)])

    store.pull("net")
    store.pull("net")

    assert source.asked == 1
    assert store.find("net") == tmp_path / "net.bin"


def test_a_failure_names_everything_tried_and_the_remedy(tmp_path: Path) -> None:
    """Whoever reads the error knows what was tried, why it failed, and what to do."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "net.bin").write_bytes(b"something else")
    store = ModelStore([site], tmp_path / "pulled", [_weight(Giving(None), Giving(b"evil"))])

    with pytest.raises(ModelUnavailable) as failure:
        store.pull("net")

    text = str(failure.value)
    assert f"{site / 'net.bin'}: its SHA-256 is not a known one" in text
    assert f"{tmp_path / 'pulled' / 'net.bin'}: no such file" in text
    assert "a source of None: nobody at home" in text
    assert "a source of b'evil': the file's SHA-256 is " in text
    assert "Remedy: put net.bin with SHA-256" in text
    assert not (tmp_path / "pulled" / "net.bin").exists()


def test_a_folder_that_cannot_be_made_is_a_named_failure(tmp_path: Path) -> None:
    """A read-only disk is told like any other failure."""
    (tmp_path / "file").write_text("in the way")
    store = ModelStore([], tmp_path / "file" / "pulled", [_weight(Giving(CONTENT))])

    with pytest.raises(ModelUnavailable, match="cannot be written"):
        store.pull("net")


@pytest.mark.parametrize(
    ("content", "state"), [(None, "missing"), (b"evil", "wrong hash"), (CONTENT, "ok")]
)
def test_the_report_tells_the_state(tmp_path: Path, content: bytes | None, state: str) -> None:
    """Listing weights downloads nothing and calls a wrong file wrong."""
    source = Giving(CONTENT)
    if content is not None:
        (tmp_path / "net.bin").write_bytes(content)

    (report,) = ModelStore([], tmp_path, [_weight(source)]).report()

    assert report.state == state
    assert source.asked == 0


def test_unknown_weights_are_a_wrong_setting(tmp_path: Path) -> None:
    """A misspelt name is answered with the known ones."""
    with pytest.raises(
        ConfigError, match="are blazepose, blazepose-lite, yolox-nano, rtmo-s, rtmo-t"
    ):
        ModelStore([], tmp_path).pull("yolo")


def test_every_known_weight_has_a_licence_and_full_hashes() -> None:
    """Nothing enters the table without its licence and at least one SHA-256."""
    for weight in WEIGHTS:
        assert weight.licence == "Apache-2.0"
        assert weight.sha256
        assert all(len(digest) == 64 for digest in weight.sha256)


def test_two_who_ask_at_once_download_once(tmp_path: Path) -> None:
    """While one camera pulls a weight, another that needs it waits and takes the same file."""
    source = Giving(CONTENT)
    store = ModelStore([], tmp_path, [_weight(source)])
    with ThreadPoolExecutor(8) as cameras:
        paths = set(cameras.map(store.pull, ["net"] * 8))

    assert paths == {tmp_path / "net.bin"}
    assert source.asked == 1


def test_sources_that_failed_lately_are_not_asked_again(tmp_path: Path) -> None:
    """Who can do without waits for them once; a file that is put into place is taken at once."""
    seconds = [0.0]
    source = Giving(None)
    store = ModelStore([], tmp_path, [_weight(source)], clock=lambda: seconds[0])
    for seconds[0] in (0.0, 599.0, 600.0):
        with pytest.raises(ModelUnavailable):
            store.pull("net", again_after_s=600)

    assert source.asked == 2
    (tmp_path / "net.bin").write_bytes(CONTENT)
    assert store.pull("net", again_after_s=600) == tmp_path / "net.bin"
    assert source.asked == 2

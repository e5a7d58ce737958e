"""Whether a camera answers at all, asked again and again."""

import contextlib
import stat
from pathlib import Path

from support.rtsp import StartRtsp

from tracker.sources.diagnosis.diagnose import diagnose, is_reachable


def open_sockets() -> int:
    """How many sockets this process holds."""
    kinds = []
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            kinds.append(file.stat().st_mode)
    return sum(map(stat.S_ISSOCK, kinds))


def test_probing_leaves_no_socket_behind(rtsp: StartRtsp) -> None:
    """A lost camera may be probed for years."""
    server, gone = rtsp(), rtsp()
    gone.kill()
    before = open_sockets()

    reachable = [
        (is_reachable(server.url("cam"), 30.0), is_reachable(gone.url("cam"), 30.0))
        for _ in range(50)
    ]

    assert set(reachable) == {(True, False)}
    assert open_sockets() == before


def test_a_local_camera_that_is_not_there() -> None:
    """The device is named, with what to do."""
    found = diagnose(Path("/dev/video991"))

    assert found.reason == "device"
    assert found.text == "there is no /dev/video991; plug the camera in, or try another number"
    assert not is_reachable(Path("/dev/video991"))


def test_a_path_that_is_no_camera(tmp_path: Path) -> None:
    """Other devices, plain files and a missing link by name each have their sentence."""
    plain = tmp_path / "usb-046d_C920-video-index0"

    missing = diagnose(plain)
    plain.write_bytes(b"")

    assert (
        missing.text
        == f"there is no {plain}; plug the camera in, or look into {tmp_path} for its name"
    )
    for path in (plain, Path("/dev/null")):
        found = diagnose(path)
        assert found.reason == "device"
        assert f"{path} is no camera" in found.text

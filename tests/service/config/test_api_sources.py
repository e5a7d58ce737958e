"""Which sources may be set over the API."""

from pathlib import Path

import pytest

from service.config.api_sources import source_problem


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://user:password@10.0.0.7/stream",
        "http://127.0.0.1:8080/mjpeg",
        "usb:0",
        "/dev/v4l/by-id/usb-046d_HD_Pro-video-index0",
        "sim:?people=2",
    ],
)
def test_cameras_and_simulations_may(source: str) -> None:
    """Cameras stand in the site's own network: its addresses are not refused."""
    assert source_problem(source, None) is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("/etc/passwd", "media_folder"),
        ("file:///etc/passwd", "media_folder"),
        ("poses:/etc/passwd", "media_folder"),
        ("clip.mp4?loop=1", "media_folder"),
        ("/dev/sda", "no camera's device"),
        ("/dev/video0/../sda", "no camera's device"),
        ("http://169.254.169.254/latest/meta-data", "credentials"),
        ("rtsp://[fd00:ec2::254]/", "credentials"),
        ("gopher://camera:secret@x/", "unknown"),
    ],
)
def test_what_is_no_camera_is_refused_with_the_remedy(source: str, said: str) -> None:
    """Without its password."""
    problem = source_problem(source, None)

    assert problem is not None
    assert said in problem
    assert "secret" not in problem


def test_files_may_be_played_from_the_media_folder(tmp_path: Path) -> None:
    """From below it alone: neither by way of dots nor of a link out of it."""
    media = tmp_path / "media"
    media.mkdir()
    (tmp_path / "other.mp4").write_bytes(b"")
    (media / "link.mp4").symlink_to(tmp_path / "other.mp4")

    assert source_problem(f"{media}/clip.mp4?loop=1", media) is None
    assert source_problem(f"poses:{media}/poses.json?fps=12", media) is None
    for outside in (f"{media}/../other.mp4", f"{media}/link.mp4", f"{tmp_path}/other.mp4"):
        assert "does not lie below" in str(source_problem(outside, media))

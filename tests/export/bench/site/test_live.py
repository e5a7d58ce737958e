"""What a client is told of a watched camera."""

import argparse

import pytest

from export.bench.site.live import add_arguments, told

SEEN = {
    "fps": 14.9,
    "source_fps": 30.0,
    "notes": ["overloaded"],
    "alerts": [{"kind": "fall", "severity": "warning", "capture_to_client_ms": 310}],
}


def test_every_alert_is_told_with_its_kind_and_delay() -> None:
    """One line each, after the rate and what the camera has to do without."""
    assert told(SEEN).splitlines() == [
        "14.9 of 30.0 frames/s  overloaded",
        "fall (warning), 310 ms after its frame was captured",
        "1 alerts",
    ]


def test_either_a_video_or_a_camera_is_watched() -> None:
    """Both at once would be two benches."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    assert parser.parse_args(["--source", "rtsp://gate/1"]).video is None
    for words in ([], ["--source", "rtsp://gate/1", "--video", "x.avi"]):
        with pytest.raises(SystemExit):
            parser.parse_args(words)

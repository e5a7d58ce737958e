"""Live streams of a camera, read until they are lost."""

from pathlib import Path
from typing import Any

import pytest

from tracker.errors import CameraLost
from tracker.sources.live_stream import VideoStream

SECRET = "s3cret"


def watch(address: str | Path, **options: Any) -> VideoStream:
    """A stream under a label that shows no password."""
    return VideoStream("gate", address, label="the camera", **options)


def lost(source: VideoStream) -> CameraLost:
    """Read the stream until it is lost."""
    with pytest.raises(CameraLost) as caught:
        list(source)
    assert SECRET not in str(caught.value)
    return caught.value

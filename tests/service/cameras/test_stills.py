"""A camera's newest picture is given to who asks, and to nobody else."""

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from support.waiting import eventually

from service.adapters.memory.stills import MemoryStills
from service.cameras.stills import WIDEST_PX, NewestPicture, encode, serve_stills
from tracker.errors import CameraLost
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import FrameSource
from tracker.types import Frame


class Two(FrameSource):
    """Gives two pictures and is lost."""

    def __iter__(self) -> Iterator[Frame]:
        for seq in range(2):
            image = np.full((90, 160, 3), 100 * seq, np.uint8)
            yield Frame("gate", "s", seq, 1.0 + seq, 160, 90, image)
        raise CameraLost("gone", reason="closed")


def test_the_newest_picture_is_remembered_while_the_camera_lives() -> None:
    """Once it is lost there is none."""
    newest = NewestPicture(Two())
    frames = iter(newest)

    first, second = next(frames), next(frames)

    assert newest.image is second.image is not first.image
    with pytest.raises(CameraLost):
        next(frames)
    assert newest.image is None


def test_a_picture_is_encoded_only_for_who_asks() -> None:
    """Nothing leaves the process before."""
    stills, stop = MemoryStills(clock=time.monotonic), threading.Event()
    newest = NewestPicture(Two())
    newest.image = np.full((90, 160, 3), 60, np.uint8)
    telemetry = InMemoryTelemetry()
    thread = threading.Thread(target=serve_stills, args=("gate", newest, stills, telemetry, stop))
    thread.start()
    try:
        assert stills.get("gate") is None

        def asked() -> bytes | None:
            stills.want("gate")
            return stills.get("gate")

        picture = eventually(asked)
    finally:
        stop.set()
        thread.join()

    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (90, 160, 3)


def test_a_large_picture_is_made_smaller() -> None:
    """Enough to draw on, and no more."""
    data = encode(np.zeros((2160, 3840, 3), np.uint8))

    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[1] == WIDEST_PX

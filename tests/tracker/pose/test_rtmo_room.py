"""Frames scaled where the network computes give what frames scaled by OpenCV give.

There is no card here: the same code runs with the CPU as the device.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker.errors import ModelMismatch
from tracker.pose import rtmo_network
from tracker.pose.rtmo_decode import RtmoOptions, decode, letterbox
from tracker.pose.rtmo_network import RtmoNetwork
from tracker.pose.rtmo_room import open_scaling
from tracker.types import Image
from tracker.weights.onnx_session import CPU, CUDA, open_session

SIDE_PX = 64
SIZES_PX = ((96, 72), (64, 64), (30, 100), (20, 10))


def _frame(width_px: int, height_px: int) -> Image:
    """A frame with somebody in its left half."""
    image = np.full((height_px, width_px, 3), 50, np.uint8)
    image[height_px // 8 : -height_px // 8, width_px // 8 : width_px // 2] = (255, 0, 200)
    return image


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_frames_scaled_on_the_device_show_the_same_people(
    save_rtmo: Callable[..., Path], tmp_path: Path, batch: int | None
) -> None:
    """Cameras of different sizes share a batch; each gets its own people back, in its pixels."""
    file = save_rtmo(tmp_path / "net.onnx", batch=batch, side_px=SIDE_PX)
    found = []
    for on_device in (False, True):
        network = RtmoNetwork(file, provider="cpu", scale_on_device=on_device)
        assert network.scale_on_device is on_device
        room = network.room()
        number = min(len(SIZES_PX), network.largest)
        places = [room.draw(slot, _frame(*SIZES_PX[slot])) for slot in range(number)]
        answers = room.run(number)
        found.append([decode(*a, p, RtmoOptions()) for a, p in zip(answers, places, strict=True)])

    for by_host, by_device, size_px in zip(*found, SIZES_PX, strict=False):
        pixel = max(max(size_px) / SIDE_PX, 1)
        (one,), (other,) = by_host, by_device
        assert other.box_px == pytest.approx(one.box_px, abs=pixel)
        assert other.joints == pytest.approx(one.joints, abs=pixel)


@pytest.mark.parametrize("frame_px", [(640, 360), (100, 300), (40, 30)])
def test_the_graph_draws_as_opencv_does(frame_px: tuple[int, int]) -> None:
    """Bytes in, the same picture to one grey value: the place, the grey around, the pixels."""
    random = np.random.default_rng(0).integers(0, 256, (*frame_px[::-1], 3), np.uint8)
    image = np.asarray(cv2.GaussianBlur(random, (0, 0), 2), np.uint8)
    place = letterbox(frame_px, (128, 128))
    expected = np.full((3, 128, 128), 114, np.float32)
    place.draw(image, expected)
    (width_px, height_px), below_px = place.inner_px, 128 - place.top_px - place.inner_px[1]
    around = [0, 0, place.top_px, place.left_px]
    around += [0, 0, below_px, 128 - place.left_px - width_px]

    (picture,) = open_scaling("cpu", CPU).run(
        None,
        {"frame": image, "size": np.array([1, 3, height_px, width_px]), "around": np.array(around)},
    )

    np.testing.assert_allclose(picture[0], expected, atol=1.0)


def test_frames_never_cross_for_nothing() -> None:
    """Where the graph would run elsewhere than the network it is not used."""
    with pytest.raises(ModelMismatch, match=f"would be scaled on {CPU}, not {CUDA}"):
        open_scaling("cpu", CUDA)


def test_a_device_that_cannot_scale_is_said(
    rtmo_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The network goes on with frames scaled by the processor, and the log says why."""

    def broken(_wanted: str, _provider: str) -> object:
        return open_session(b"no graph", wanted="cpu")

    monkeypatch.setattr(rtmo_network, "open_scaling", broken)

    with caplog.at_level(logging.WARNING):
        network = RtmoNetwork(rtmo_file, provider="cpu", scale_on_device=True)

    assert not network.scale_on_device
    assert caplog.messages == ["RTMO's frames are scaled on the CPU"]
    room = network.room()
    place = room.draw(0, _frame(96, 72))
    assert len(decode(*room.run(1)[0], place, RtmoOptions())) == 1

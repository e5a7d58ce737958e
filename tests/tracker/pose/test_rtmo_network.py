from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tracker.errors import ModelMismatch, ModelUnavailable
from tracker.pose.rtmo_decode import PAD, RtmoOptions, decode, letterbox
from tracker.pose.rtmo_network import CUDA, RtmoNetwork
from tracker.types import Image
from tracker.weights.store import RTMO_S, RTMO_T, ModelStore, Weight

RED = 2


def test_cuda_meets_its_batch_sizes_alone(rtmo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On CUDA three pictures run as four, padded by what the buffer holds: here by a poison."""
    network = RtmoNetwork(rtmo_file, provider="cpu")
    pictures = network.buffer()
    pictures[3, RED] = 255

    assert len(network.run(pictures, 3)) == 3
    monkeypatch.setattr(RtmoNetwork, "provider", CUDA)
    with pytest.raises(Exception, match="out of data bounds"):
        network.run(pictures, 3)
    pictures[3] = 0
    assert len(network.run(pictures, 3)) == 3


def test_what_is_no_onnx_file_is_told(tmp_path: Path) -> None:
    """A missing and a broken file are unavailable weights."""
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    for name in ("missing.onnx", "broken.onnx"):
        with pytest.raises(ModelUnavailable, match=name):
            RtmoNetwork(tmp_path / name)


def test_another_network_is_refused(
    save_rtmo: Callable[..., Path], yolox_file: Path, tmp_path: Path
) -> None:
    """A network with other ports, or with other rows behind the same ports, is no RTMO."""
    with pytest.raises(ModelMismatch, match="dets and keypoints are wanted"):
        RtmoNetwork(yolox_file)
    with pytest.raises(ModelMismatch, match="answers with rows of"):
        RtmoNetwork(save_rtmo(tmp_path / "odd.onnx", side_px=64, box_numbers=3))


@pytest.mark.parametrize(("weight", "side_px"), [(RTMO_S, 640), (RTMO_T, 416)])
def test_the_official_file_sees_people(
    weight: Weight, side_px: int, store: ModelStore, street: list[Image]
) -> None:
    """On a street with six to eight people it finds most, and the same alone and in a batch."""
    path = store.find(weight.name)
    if path is None:
        pytest.skip(f"not here: posewarden models pull with `pose: {weight.pose}`")
    network = RtmoNetwork(path, provider="cpu", threads=2)
    place = letterbox((street[0].shape[1], street[0].shape[0]), (side_px, side_px))
    pictures = network.buffer()
    pictures[:] = PAD
    for slot, image in enumerate(street[: len(pictures)]):
        place.draw(image, pictures[slot])

    together = network.run(pictures, len(pictures))
    for slot, answer in enumerate(together):
        (alone,) = network.run(pictures[slot : slot + 1], 1)
        by_batch, by_itself = (
            decode(*each, place, RtmoOptions(score_min=0.4)) for each in (answer, alone)
        )
        assert 4 <= len(by_itself) <= 10
        assert len(by_batch) == len(by_itself)
        for one, other in zip(by_batch, by_itself, strict=True):
            np.testing.assert_allclose(one.joints, other.joints, atol=0.05)

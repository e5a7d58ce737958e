"""The extraction half: a clip through the camera's stages."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from support.event_clips import SIZE_PX, write_video

from export.bench.events.camera_side import BEGIN_AT, HELD_S, BoxRecorder, build_camera_side
from export.bench.events.camera_side import record_clip as record
from export.bench.events.record import DETECTED, GATED
from tracker.detection.motion import MotionGate
from tracker.detection.yolox import YoloxBoxes
from tracker.errors import ConfigError, ModelUnavailable
from tracker.sources.video_file import VideoFile
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore


def _store() -> ModelStore:
    store = ModelStore([], cache_folder("models"))
    try:
        store.pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    return store


@pytest.mark.slow
def test_the_first_picture_is_held_for_two_seconds(tmp_path: Path) -> None:
    """All frames are looked at, a tenth of a second apart, the clip's own ones after the held."""
    video = write_video(tmp_path / "one.mp4", frames=12, fps=10.0)

    found = record(video, build_camera_side("blazepose", _store()))

    held = round(HELD_S * 10)
    assert len(found.frames) == held + 12
    assert [frame.seq for frame in found.frames] == list(range(held + 12))
    assert np.diff([frame.at for frame in found.frames]) == pytest.approx(0.1, abs=1e-5)
    assert found.begin_at == pytest.approx(BEGIN_AT + HELD_S)
    assert (found.own_frames, found.seconds) == (12, pytest.approx(1.2))
    assert (found.width_px, found.height_px) == SIZE_PX


@pytest.mark.slow
def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    file = tmp_path / "one.mp4"
    file.write_bytes(b"no video")

    with pytest.raises(ConfigError, match=r"one\.mp4"):
        record(file, build_camera_side("blazepose", _store()))


@pytest.mark.slow
@pytest.mark.shared
def test_recording_changes_no_box(shared: Path) -> None:
    """The gate lets the same boxes through, though fainter ones are noted; held pictures, too."""
    weights = shared / "data" / "weights" / "yolox_nano_coco80_416.onnx"
    street = VideoFile("c", shared / "data/video/vtest_480x360_10fps_795f.mp4", real_time=False)
    recorder = BoxRecorder()
    plain = MotionGate(YoloxBoxes(weights))
    tapped = recorder.tap(GATED, MotionGate(recorder.tap(DETECTED, YoloxBoxes(weights))))
    fainter = 0
    for frame in islice(street, 15):
        assert frame.image is not None
        for at in (frame.at, frame.at + 0.05):  # the second time it is held
            recorder.begin_frame()
            expected = plain.detect(frame.image, at)

            found = tapped.detect(frame.image, at)

            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(recorder.boxes[GATED], expected)
            fainter += int((recorder.boxes[DETECTED][:, 4] < 0.2).sum())
    assert fainter > 0

"""A camera that needs weights, before it has them and after."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from tracker.errors import CameraLost, ModelMismatch, ModelUnavailable
from tracker.ports import FrameSource, PoseEstimator
from tracker.pose.lazy_estimator import LazyEstimator
from tracker.tracking.carried import CarriedPoses
from tracker.types import NO_BOXES, Frame, Pose

BODY = Pose(np.ones((17, 3), np.float32), np.zeros(4, np.float32), 1)


class Played(FrameSource):
    """Gives two frames at each opening."""

    opened = 0

    def __iter__(self) -> Iterator[Frame]:
        self.opened += 1
        for seq in range(2):
            yield Frame("gate", f"s{self.opened}", seq, seq / 10, 64, 48, poses=(BODY,))

    def is_reachable(self, within_s: float) -> bool | None:
        return within_s > 0

    def notes(self) -> tuple[str, ...]:
        return ("watching the substream",)


class Builder:
    """Fails with each of these errors in turn, then builds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.built = 0

    def __call__(self) -> tuple[PoseEstimator, tuple[str, ...]]:
        if self.errors:
            raise self.errors.pop(0)
        self.built += 1
        return CarriedPoses(), ("weak detector",)


def test_weights_that_cannot_be_had_lose_the_camera_until_they_can() -> None:
    """Its source is opened only then, and the reason is what was tried."""
    source = Played()
    camera = LazyEstimator(source, Builder(ModelUnavailable("no network"), ModelUnavailable("no")))

    for text in ("no network", "no"):
        with pytest.raises(CameraLost, match=f"^{text}$") as caught:
            list(camera)
        assert (caught.value.reason, source.opened) == ("weights", 0)
    poses = [camera.estimate(frame, NO_BOXES) for frame in camera]

    assert poses == [[BODY], [BODY]]


def test_a_source_that_is_opened_again_keeps_its_estimator() -> None:
    """What a lost source costs is not a second look at the weights."""
    build, source = Builder(), Played()
    camera = LazyEstimator(source, build)

    sessions = [frame.session for _ in range(3) for frame in camera]

    assert sessions == ["s1", "s1", "s2", "s2", "s3", "s3"]
    assert build.built == 1


def test_the_remarks_of_both_are_told() -> None:
    """What the estimator does without stands before what the source says."""
    camera = LazyEstimator(Played(), Builder())

    assert camera.notes() == ("watching the substream",)
    list(camera)
    assert camera.notes() == ("weak detector", "watching the substream")


def test_what_finds_people_is_logged_once_with_the_first_frame(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither before the camera is live nor when it is opened again."""

    class Sees(CarriedPoses):
        def networks(self) -> Mapping[str, str | float]:
            return {"boxes": "YOLOX-nano", "lite_below_px": 96.0}

    camera = LazyEstimator(Played(), lambda: (Sees(), ()))
    with caplog.at_level("INFO"):
        frames = iter(camera)
        before = len(caplog.records)
        next(frames)
        list(frames)
        list(camera)

    (line,) = caplog.records
    assert (before, line.message) == (0, "people are looked for")
    assert vars(line)["camera"] == "gate"
    assert (vars(line)["boxes"], vars(line)["lite_below_px"]) == ("YOLOX-nano", 96.0)


def test_a_knock_is_the_source_s() -> None:
    """A server that is back is told of, whether there are weights or not."""
    assert LazyEstimator(Played(), Builder(ModelUnavailable("no network"))).is_reachable(1.0)


def test_weights_that_are_no_model_of_ours_end_the_camera() -> None:
    """Trying again cannot help there."""
    with pytest.raises(ModelMismatch):
        list(LazyEstimator(Played(), Builder(ModelMismatch("another network"))))

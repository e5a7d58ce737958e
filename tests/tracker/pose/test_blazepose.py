from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker.detection.yolox import YoloxBoxes
from tracker.errors import ModelUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.blazepose import BlazePose, Sight
from tracker.pose.crop import crop_of
from tracker.pose.landmarks import LandmarkNetwork
from tracker.skeleton import COCO_17
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import NO_BOXES, Float32, Frame, Image, Pose

NOSE, LEFT_HIP, LEFT_ANKLE = (COCO_17.index(name) for name in ("nose", "left_hip", "left_ankle"))


def _frame(image: Image | None) -> Frame:
    return Frame("gate", "s", 0, 0.0, 480, 360, image)


def _people(blazepose_file: Path, yolox_file: Path, image: Image, threads: int = 1) -> list[Pose]:
    detector = YoloxBoxes(yolox_file, score_min=0.5)
    return BlazePose(blazepose_file, detector, InMemoryTelemetry(), threads=threads).estimate(
        _frame(image), NO_BOXES
    )


def test_people_stand_upright_in_their_boxes(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """Heads are above hips above ankles, and joints lie near the box, best box first."""
    poses = _people(blazepose_file, yolox_file, street[0])

    assert len(poses) >= 3
    assert [pose.score for pose in poses] == sorted((p.score for p in poses), reverse=True)
    for pose in poses:
        height_px = pose.box_px[3] - pose.box_px[1]
        y_px = pose.joints[:, 1]
        assert y_px[NOSE] < y_px[LEFT_HIP] < y_px[LEFT_ANKLE]
        assert np.ptp(y_px) == pytest.approx(height_px, rel=0.4)
        assert (pose.joints[:, :2] > pose.box_px[:2] - height_px / 3).all()
        assert (pose.joints[:, :2] < pose.box_px[2:] + height_px / 3).all()
        assert ((pose.joints[:, 2] >= 0) & (pose.joints[:, 2] <= 1)).all()


def test_the_mirrored_picture_gives_the_mirrored_people(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """Left and right are the body's own: the poses of a mirrored scene lie mirrored."""
    straight = _people(blazepose_file, yolox_file, street[0])
    mirrored = _people(blazepose_file, yolox_file, cv2.flip(street[0], 1))

    centre_px = straight[0].joints[[5, 6, 11, 12], 0].mean()
    others_px = [480 - pose.joints[[5, 6, 11, 12], 0].mean() for pose in mirrored]
    assert min(abs(centre_px - other_px) for other_px in others_px) < 4


def test_threads_change_nothing_but_the_time(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """Two interpreters side by side give the poses of one, in the same order."""
    alone = _people(blazepose_file, yolox_file, street[0])
    shared = _people(blazepose_file, yolox_file, street[0], threads=2)

    assert len(alone) == len(shared)
    for first, second in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(first.joints, second.joints)


def test_a_box_without_a_body_is_nobody_to_follow(
    blazepose_file: Path, street: list[Image]
) -> None:
    """Pavement that a detector takes for a person gives a box to reckon with, and no body."""

    class Pavement:
        def detect(self, image: Image, at: float) -> np.ndarray:  # noqa: ARG002 -- always the same
            return np.array([[300, 250, 330, 340, 0.9]], np.float32)

    blank = np.full_like(street[0], 150)

    (seen,) = BlazePose(blazepose_file, Pavement(), InMemoryTelemetry()).estimate(
        _frame(blank), NO_BOXES
    )

    assert not seen.body_seen
    assert not seen.followed
    assert seen.score < 0.7, "it must not begin a person"


class Blind:
    """A detector that sees nobody."""

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- never anything
        return np.empty((0, 5), np.float32)


def test_whom_the_detector_misses_is_found_where_expected(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """An expectation beside the person leads to her pose, and to a box around her, not itself."""
    seen = _people(blazepose_file, yolox_file, street[0])[0]
    aside_px = np.array([6, -4, 6, -4], np.float32)

    expected = (seen.box_px + aside_px)[None]
    blind = BlazePose(blazepose_file, Blind(), InMemoryTelemetry())
    (pose,) = blind.estimate(_frame(street[0]), expected)
    lost = BlazePose(
        blazepose_file, Blind(), InMemoryTelemetry(), sight=Sight(following=False)
    ).estimate(_frame(street[0]), expected)

    height_px = seen.box_px[3] - seen.box_px[1]
    away_px = np.linalg.norm(pose.joints[:, :2] - seen.joints[:, :2], axis=1)
    assert np.median(away_px) < 0.05 * height_px
    np.testing.assert_allclose(pose.box_px, seen.box_px, atol=0.12 * height_px)
    assert pose.score < 0.7, "it must not begin a person"
    assert lost == []


def test_nobody_is_told_twice(blazepose_file: Path, yolox_file: Path, street: list[Image]) -> None:
    """Two expectations that lead to the same body give one pose."""
    seen = _people(blazepose_file, yolox_file, street[0])[0]
    beside = seen.box_px + np.array([5, 0, 5, 0], np.float32)

    poses = BlazePose(blazepose_file, Blind(), InMemoryTelemetry()).estimate(
        _frame(street[0]), np.stack([seen.box_px, beside])
    )

    assert len(poses) == 1


def test_refusals_are_counted_by_reason(blazepose_file: Path, street: list[Image]) -> None:
    """Pavement where somebody was expected counts as a place without presence."""
    tally = InMemoryTelemetry()
    blank = np.full_like(street[0], 150)

    BlazePose(blazepose_file, Blind(), tally).estimate(
        _frame(blank), np.array([[300, 250, 330, 340]], np.float32)
    )

    assert tally.value("poses_refused_total", reason="presence") == 1
    assert tally.value("poses_refused_total", reason="implausible") == 0


def _look(network: LandmarkNetwork, image: Image, box_px: Float32) -> tuple[Float32, float]:
    """Look at somebody upright."""
    return network.look(image, crop_of(box_px, 0.0, image.shape[0]))


def test_people_half_outside_the_picture_are_looked_at(blazepose_file: Path) -> None:
    """A box at an edge, as large as the picture or empty in a corner still gives joints."""
    image = np.full((120, 160, 3), 90, np.uint8)
    network = LandmarkNetwork(blazepose_file.read_bytes())

    for box_px in ([0, 0, 160, 120], [150, 20, 160, 120], [0, 90, 30, 120], [160, 120, 160, 120]):
        joints, presence = _look(network, image, np.array(box_px, np.float32))

        assert np.isfinite(joints).all()
        assert 0 <= presence <= 1


def test_a_shifted_person_gives_shifted_joints(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """Joints are in the frame's pixels wherever the crop lies, black border or not."""
    network = LandmarkNetwork(blazepose_file.read_bytes())
    box_px = YoloxBoxes(yolox_file, score_min=0.5).detect(street[0], 0.0)[0, :4]
    left_px, top_px = (int(edge) for edge in box_px[:2])
    shifted = street[0][top_px:, left_px:]

    joints, _ = _look(network, street[0], box_px)
    again, _ = _look(network, shifted, box_px - [left_px, top_px, left_px, top_px])

    shift_px = joints[:, :2] - again[:, :2]
    np.testing.assert_allclose(np.median(shift_px, 0), [left_px, top_px], atol=2)


def _surest(yolox_file: Path, image: Image) -> Float32:
    """The box of the person whom YOLOX is surest of."""
    boxes = YoloxBoxes(yolox_file, score_min=0.5).detect(image, 0.0)
    return np.asarray(boxes[boxes[:, 4].argmax(), :4])


@pytest.mark.slow
def test_whom_the_lower_edge_cuts_keeps_the_joints_that_are_seen(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """Two thirds of a body are not taken for a small whole one; what is outside is not claimed."""
    network = LandmarkNetwork(blazepose_file.read_bytes())
    right = []
    for image in street[::6]:
        box_px = _surest(yolox_file, image)
        whole, _ = _look(network, image, box_px)
        edge_px = round(float(box_px[1] + 0.7 * (box_px[3] - box_px[1])))

        part, _ = _look(network, image[:edge_px], np.array([*box_px[:3], edge_px], np.float32))

        trunk_px = np.linalg.norm(whole[5:7, :2].mean(0) - whole[11:13, :2].mean(0))
        away_px = np.linalg.norm(part[:, :2] - whole[:, :2], axis=1)
        right.append((away_px[whole[:, 1] < edge_px] < 0.25 * trunk_px).mean())
        assert (part[part[:, 1] >= edge_px, 2] == 0).all()
    assert np.mean(right) > 0.7, "a crop around the part alone gives less than half"


def test_hidden_joints_are_less_sure(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """A patch over the legs takes confidence from the legs."""
    network = LandmarkNetwork(blazepose_file.read_bytes())
    box_px = _surest(yolox_file, street[0])
    left, top, right, bottom = box_px.round().astype(int)
    painted = street[0].copy()
    painted[(top + bottom) // 2 : bottom + 10, left - 10 : right + 10] = 110

    seen, _ = _look(network, street[0], box_px)
    hidden, _ = _look(network, painted, box_px)

    assert seen[13:, 2].min() > 0.6
    assert hidden[13:, 2].mean() < seen[13:, 2].mean() - 0.2


def test_time_is_told_by_stage(blazepose_file: Path, yolox_file: Path, street: list[Image]) -> None:
    """Each frame adds one duration of the boxes and one of the landmarks."""
    tally = InMemoryTelemetry()

    BlazePose(blazepose_file, YoloxBoxes(yolox_file), tally).estimate(_frame(street[0]), NO_BOXES)

    for stage in ("boxes", "landmarks"):
        total_s, number = tally.observed("stage_duration_seconds", stage=stage)
        assert number == 1
        assert total_s > 0


def test_a_frame_without_a_picture_has_nobody(blazepose_file: Path, yolox_file: Path) -> None:
    """Sources that carry poses in place of pictures are not looked at."""
    estimator = BlazePose(blazepose_file, YoloxBoxes(yolox_file), InMemoryTelemetry())

    assert estimator.estimate(_frame(None), NO_BOXES) == []


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, yolox_file: Path) -> None:
    """A broken file is named in the error."""
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"not a model")

    with pytest.raises(ModelUnavailable, match=r"broken\.tflite is not a readable landmark model"):
        BlazePose(path, YoloxBoxes(yolox_file), InMemoryTelemetry())


def test_calm_people_are_looked_at_in_every_second_frame(
    blazepose_file: Path, yolox_file: Path, street: list[Image]
) -> None:
    """At ten frames a second, walkers cost half: where they are is seen all the same."""
    tally, tracker = InMemoryTelemetry(), ByteTrack()
    estimator = BlazePose(blazepose_file, YoloxBoxes(yolox_file, score_min=0.05), tally)
    network = LandmarkNetwork(blazepose_file.read_bytes())
    apart, bodies = [], 0
    for seq, image in enumerate(street[:8]):
        frame = Frame("gate", "s", seq, seq / 10, image.shape[1], image.shape[0], image)
        poses = estimator.estimate(frame, tracker.expected(frame.at))
        tracker.update(frame, poses)
        for pose in (pose for pose in poses if pose.carried):
            seen, _ = _look(network, image, pose.box_px)
            trunk_px = np.abs(pose.joints[5:13, :2] - seen[5:13, :2]).mean()
            apart.append(trunk_px / (pose.box_px[3] - pose.box_px[1]))
        bodies += sum(pose.body_seen for pose in poses)

    assert tally.value("bodies_total", outcome="saved") == len(apart) > bodies / 10
    assert np.median(apart) < 0.06, "of the body's height"
    assert tally.value("frames_searched_total") == 8

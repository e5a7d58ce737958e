import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.pose.rtmo_decode import PAD, RtmoOptions, decode, letterbox
from tracker.types import Float32

SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 4000))
SQUARE = (640, 640)


@given(SIZES, st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)))
def test_there_and_back_is_the_same_point(
    frame_px: tuple[int, int], share: tuple[float, float]
) -> None:
    """Mapping a point to the network's picture and back changes nothing."""
    place = letterbox(frame_px, SQUARE)
    point = np.multiply(share, frame_px).astype(np.float32)

    back = place.to_frame(place.to_network(point))

    # A float of the network's picture resolves 2^-14 px, which the frame shows enlarged.
    enlarged = max(np.divide(frame_px, place.inner_px))
    np.testing.assert_allclose(back, point, rtol=1e-5, atol=2e-3 * max(enlarged, 1))


@given(SIZES)
def test_a_frame_is_as_large_as_it_can_be(frame_px: tuple[int, int]) -> None:
    """The frame lies inside the picture, fills it along one side, and keeps its shape."""
    place = letterbox(frame_px, SQUARE)

    left_top = np.array((place.left_px, place.top_px))
    assert (left_top >= 0).all()
    assert (left_top + place.inner_px <= SQUARE).all()
    assert max(place.inner_px) == 640
    scale = 640 / max(frame_px)
    wanted = np.maximum(np.multiply(frame_px, scale), 1)
    np.testing.assert_allclose(place.inner_px, wanted, atol=0.5 + 1e-9)


def test_a_frames_corners_land_on_its_images_corners() -> None:
    """The outermost pixels of the frame are the outermost of its image, no half pixel aside."""
    place = letterbox((1280, 720), SQUARE)
    edges = np.array([[-0.5, -0.5], [1279.5, 719.5]], np.float32)

    np.testing.assert_allclose(place.to_network(edges), [[-0.5, 139.5], [639.5, 499.5]])


def test_drawing_leaves_the_grey_alone() -> None:
    """The picture holds the frame's own values, unscaled, in BGR planes; around it nothing new."""
    image = np.zeros((320, 640, 3), np.uint8)
    image[...] = (10, 20, 30)
    picture = np.full((3, 640, 640), PAD, np.float32)

    letterbox((640, 320), SQUARE).draw(image, picture)

    assert (picture[:, :160] == PAD).all()
    assert (picture[:, 480:] == PAD).all()
    for plane, value in zip(picture[:, 160:480], (10, 20, 30), strict=True):
        assert (plane == value).all()


def _row(left: float, score: float, width: float = 50) -> list[float]:
    return [left, 100, left + width, 200, score]


def _decoded(*rows: list[float], joints: Float32 | None = None) -> list:
    if joints is None:
        joints = np.full((len(rows), 17, 3), 0.5, np.float32)
    detections = np.array(rows, np.float32).reshape(-1, 5)
    return decode(detections, joints, letterbox(SQUARE, SQUARE), RtmoOptions())


def test_nobody_is_nobody() -> None:
    """A picture without rows has no poses."""
    assert _decoded() == []


def test_the_surest_come_first_and_the_weakest_not_at_all() -> None:
    """Poses are ordered by score; rows below the least score are dropped."""
    poses = _decoded(_row(100, 0.3), _row(200, 0.19), _row(300, 0.9))

    assert [pose.score for pose in poses] == pytest.approx([0.9, 0.3])
    assert [pose.box_px[0] for pose in poses] == [300, 100]


def test_repeated_rows_are_one_person() -> None:
    """Of rows that overlap by more than the limit, the surest one stays; neighbours stay too."""
    poses = _decoded(_row(100, 0.8), _row(100, 0.8), _row(104, 0.7), _row(125, 0.6))

    assert [pose.box_px[0] for pose in poses] == [100, 125]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_nobody(bad: float) -> None:
    """A row with a joint or an edge that is no number is dropped, the others are kept."""
    joints = np.full((2, 17, 3), 0.5, np.float32)
    joints[1, 4, 0] = bad

    assert [pose.score for pose in _decoded(_row(9, 0.5), _row(300, 0.9), joints=joints)] == [0.5]
    assert _decoded(_row(bad, 0.9)) == []


def test_boxes_end_at_the_frames_edge() -> None:
    """A box is cut at the frame; one that lies outside is nobody; joints stay where they are."""
    joints = np.full((2, 17, 3), -20, np.float32)

    (pose,) = _decoded(_row(-20, 0.9), _row(700, 0.9), joints=joints)

    np.testing.assert_allclose(pose.box_px, [0, 100, 30, 200], atol=1e-4)
    np.testing.assert_allclose(pose.joints[:, :2], -20, atol=1e-4)


def test_confidences_are_probabilities() -> None:
    """Scores and confidences that stray out of [0, 1] are brought back."""
    joints = np.full((1, 17, 3), 0.5, np.float32)
    joints[0, 0, 2], joints[0, 1, 2] = -0.1, 1.1

    (pose,) = _decoded(_row(100, 1.01), joints=joints)

    assert pose.score == 1.0
    np.testing.assert_array_equal(pose.joints[:3, 2], np.array([0, 1, 0.5], np.float32))

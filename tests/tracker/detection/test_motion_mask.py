import numpy as np
import pytest

from tracker.detection.motion_mask import MotionMask, in_mask, moved_share
from tracker.types import NO_BOXES, Float32, Image

BACKGROUND = np.random.default_rng(3).integers(60, 120, (120, 160, 3), np.uint8)
FIGURE = np.array([[50, 40, 70, 90]], np.float32)
FIGURE_AREA = 20 * 50


def _scene(*, figure: bool = False) -> Image:
    image = BACKGROUND.copy()
    if figure:
        image[40:90, 50:70] = 230
    return image


def _watch(motion: MotionMask, image: Image, times: range, people: Float32 = NO_BOXES) -> int:
    """Show a picture at tenths of seconds; return how many pixels still move."""
    moving = 0
    for tenth in times:
        mask, _ = motion.look(image)
        motion.learn(tenth / 10, people)
        moving = int(mask.sum())
    return moving


def test_what_stays_becomes_background_by_time_not_by_frames() -> None:
    """A thing is forgotten after its seconds, whether the camera gives ten pictures or two."""
    for step in (1, 5):
        motion = MotionMask(memory_s=5.0)
        assert _watch(motion, _scene(), range(0, 400, step)) == 0

        assert _watch(motion, _scene(figure=True), range(400, 430, step)) > 0.8 * FIGURE_AREA
        assert _watch(motion, _scene(figure=True), range(430, 480, step)) < 0.2 * FIGURE_AREA


def test_who_stands_still_is_no_background_for_long() -> None:
    """Where people are known to be, the background is learned many times as slowly."""
    motion = MotionMask(memory_s=2.0)
    _watch(motion, _scene(), range(0, 400, 2))

    assert _watch(motion, _scene(figure=True), range(400, 600, 2), FIGURE) > 0.8 * FIGURE_AREA
    assert _watch(motion, _scene(figure=True), range(600, 1200, 2), FIGURE) < 0.2 * FIGURE_AREA


def test_looking_alone_teaches_nothing() -> None:
    """However often it is looked at, a picture that is not learned stays different."""
    motion = MotionMask()
    _watch(motion, _scene(), range(50))

    masks = [motion.look(_scene(figure=True))[0].sum() for _ in range(200)]

    assert masks[0] == masks[-1] > 0.8 * FIGURE_AREA


def test_a_new_size_begins_a_new_background() -> None:
    """The first picture of another size moves nowhere, and the next ones work as ever."""
    motion = MotionMask()
    _watch(motion, _scene(figure=True), range(30))

    mask, scale = motion.look(_scene()[:60, :80])

    assert mask.shape == (60, 80)
    assert scale == 1.0
    assert mask.sum() == 0
    assert motion.lessons == 0
    assert _watch(motion, _scene()[:60, :80], range(30, 50)) == 0


def test_a_clock_set_back_stops_no_lessons() -> None:
    """After the clock fell back by an hour the background goes on being learned."""
    motion = MotionMask(memory_s=1.0)
    _watch(motion, _scene(), range(36_000, 36_100))

    assert _watch(motion, _scene(figure=True), range(0, 100)) < 0.2 * FIGURE_AREA


def test_a_hole_in_the_pictures_is_no_hour_of_learning() -> None:
    """Whoever stands there after an hour without pictures is not taken for background at once."""
    motion = MotionMask(memory_s=5.0)
    _watch(motion, _scene(), range(400))

    assert _watch(motion, _scene(figure=True), range(36_000, 36_010)) > 0.8 * FIGURE_AREA


def test_boxes_are_cut_to_the_mask() -> None:
    """Boxes outside the picture, empty or inside out have no share of motion, and none raises."""
    boxes = np.array([[-50, -50, 20, 20], [900, 0, 950, 40], [30, 30, 10, 10]], np.float32)
    mask = np.ones((30, 40), np.uint8)

    places = in_mask(boxes, 0.5, mask.shape)

    assert places.tolist() == [[0, 0, 10, 10], [40, 0, 40, 20], [15, 15, 5, 5]]
    assert moved_share(mask, places)[:2] == pytest.approx([1, 0])

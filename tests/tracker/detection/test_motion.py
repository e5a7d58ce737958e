import numpy as np
import pytest

from tracker.detection.motion import MotionBoxes, MotionGate
from tracker.detection.motion_mask import MotionMask
from tracker.ports import BoxDetector
from tracker.types import Float32, Image

RNG = np.random.default_rng(3)
BACKGROUND = RNG.integers(60, 120, (240, 320, 3), np.uint8)


def _scene(*boxes_px: tuple[int, int, int, int]) -> Image:
    """A still background with bright figures at left, top, width, height."""
    image = BACKGROUND.copy()
    for left, top, width, height in boxes_px:
        image[top : top + height, left : left + width] = 230
    return image


class Fixed(BoxDetector):
    """A detector that sees the same boxes in every picture."""

    def __init__(self, boxes: Float32) -> None:
        self.boxes = boxes

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- always the same
        return self.boxes


def test_a_walking_figure_is_boxed() -> None:
    """A moving upright shape is found where it is, sure enough to begin a person."""
    detector = MotionBoxes()
    for index in range(20):
        detector.detect(_scene(), index / 10)

    for index in range(20, 30):
        left_px = 8 * index - 120
        boxes = detector.detect(_scene((left_px, 80, 24, 70)), index / 10)

        assert boxes.shape == (1, 5)
        assert boxes[0, :4] == pytest.approx([left_px, 80, left_px + 24, 150], abs=4)
        assert boxes[0, 4] >= 0.7


def test_an_empty_scene_has_nobody() -> None:
    """A still picture gives no boxes, not even the first."""
    detector = MotionBoxes()

    assert all(len(detector.detect(_scene(), index / 10)) == 0 for index in range(30))


def test_a_flat_or_tiny_thing_is_no_person() -> None:
    """A passing band or a leaf has not the shape or size of a person."""
    detector = MotionBoxes()
    for index in range(20):
        detector.detect(_scene(), index / 10)

    assert len(detector.detect(_scene((40, 100, 200, 12), (20, 20, 4, 8)), 2.0)) == 0


def test_two_who_meet_are_looked_for_apart() -> None:
    """Where people are expected their own boxes come first; the blob they share is no third one."""
    detector = MotionBoxes()
    for index in range(20):
        detector.detect(_scene(), index / 10)
    pair = np.array([[100, 80, 124, 150], [120, 80, 144, 150]], np.float32)

    boxes = detector.propose(_scene((100, 80, 44, 70), (250, 80, 24, 70)), 2.0, pair)

    assert boxes.shape == (3, 5)
    np.testing.assert_array_equal(boxes[:2, :4], pair)
    assert (boxes[:2, 4] < 0.7).all(), "an expectation begins nobody"
    assert boxes[2, :4] == pytest.approx([250, 80, 274, 150], abs=4)


def test_where_nothing_differs_nobody_is_looked_for() -> None:
    """An expected place that looks like the empty scene is not proposed, nor one outside of it."""
    detector = MotionBoxes()
    for index in range(20):
        detector.detect(_scene(), index / 10)
    gone = np.array([[100, 80, 124, 150], [-90, -90, -20, -20], [400, 0, 420, 60]], np.float32)

    assert len(detector.propose(_scene(), 2.0, gone)) == 0


def test_a_change_of_light_is_nobody() -> None:
    """A picture that goes black, stays so and comes back shows nobody at any time."""
    detector = MotionBoxes()
    pictures = [*[_scene()] * 20, *[np.zeros_like(BACKGROUND)] * 30, *[_scene()] * 30]

    found = [len(detector.detect(image, index / 10)) for index, image in enumerate(pictures)]

    assert found == [0] * len(pictures)


def test_after_a_change_of_light_walkers_are_seen_again() -> None:
    """The new light is the background after two seconds, not after minutes."""
    detector = MotionBoxes()
    bright = np.minimum(BACKGROUND.astype(int) + 90, 255).astype(np.uint8)
    for index in range(20):
        detector.detect(_scene(), index / 10)
    for index in range(20, 45):
        detector.detect(bright, index / 10)
    bright[80:150, 100:124] = 0

    assert len(detector.detect(bright, 4.5)) == 1


@pytest.mark.slow
def test_who_stands_in_a_change_of_light_is_not_learned_with_it() -> None:
    """New light is learned in haste, but not the people in it: they are looked for ever after."""
    detector = MotionBoxes()
    standing = np.array([[100, 80, 124, 150]], np.float32)
    lit = np.maximum(_scene((100, 80, 24, 70)).astype(int) - 50, 0).astype(np.uint8)
    for index in range(20):
        detector.detect(_scene(), index / 10)

    boxes = [detector.propose(lit, index / 10, standing) for index in range(20, 220)]

    assert all(np.array_equal(found[:1, :4], standing) for found in boxes)
    assert len(boxes[-1]) == 1, "the new light is background, and nobody else is seen in it"


def test_a_new_size_midway_is_only_a_new_beginning() -> None:
    """After the camera changed its resolution nobody is seen at once, and walkers soon after."""
    detector = MotionBoxes()
    for index in range(20):
        detector.detect(_scene(), index / 10)

    assert len(detector.detect(_scene((40, 20, 24, 70))[:200, :300], 2.0)) == 0
    for index in range(21, 40):
        detector.detect(_scene()[:200, :300], index / 10)
    assert len(detector.detect(_scene((100, 80, 24, 70))[:200, :300], 4.0)) == 1


@pytest.mark.parametrize("times", [[2.0, 1.0, 0.0], [2.0, 2.0, 2.0], [2.0, 9e9, 2.0]])
def test_clocks_that_jump_do_not_raise(times: list[float]) -> None:
    """Times that stand still, go back or leap are only bad luck for the background."""
    detector = MotionBoxes()
    gate = MotionGate(Fixed(np.array([[10, 10, 30, 60, 0.6]], np.float32)))

    for at in times:
        for image in (_scene(), np.zeros_like(BACKGROUND), _scene()[:31, :17]):
            assert detector.detect(image, at).shape[1] == 5
            assert gate.detect(image, at).shape[1] == 5


def test_the_gate_closes_on_what_never_moves() -> None:
    """A still thing that looks like a person is dropped; where somebody walked is kept."""
    still, walked = [20, 40, 60, 140, 0.65], [150, 40, 190, 140, 0.6]
    gate = MotionGate(Fixed(np.array([still, walked], np.float32)))
    for index in range(20):
        gate.detect(_scene(), index / 10)

    found = [gate.detect(_scene((155, 50, 30, 80)), index / 10) for index in range(20, 26)]

    assert found[-1][:, 4] == pytest.approx([0.6])


def test_the_gate_stays_open_for_ten_seconds_after_motion() -> None:
    """Somebody who stops stays visible for a while, a false person does not for ever."""
    gate = MotionGate(Fixed(np.array([[150, 40, 190, 140, 0.6]], np.float32)))
    for index in range(15):
        gate.detect(_scene(), index / 10)
    for index in range(15, 21):
        gate.detect(_scene((155, 50, 30, 80)), index / 10)

    kept = {at: len(gate.detect(_scene(), float(at))) for at in (3, 6, 9, 11, 15, 20)}

    assert kept == {3: 1, 6: 1, 9: 1, 11: 1, 15: 0, 20: 0}


def test_who_is_surely_a_person_need_not_move() -> None:
    """Somebody may stand there from the first picture; what only looks like a person may not."""
    sure, unsure = [20, 40, 60, 140, 0.75], [150, 40, 190, 140, 0.65]
    gate = MotionGate(Fixed(np.array([sure, unsure], np.float32)))

    for index in range(20):
        boxes = gate.detect(_scene(), index / 10)

        assert boxes[:, 4] == pytest.approx([0.75])


def test_a_clock_set_back_does_not_hold_the_gate_open() -> None:
    """Motion from the future is forgotten at once."""
    gate = MotionGate(Fixed(np.array([[150, 40, 190, 140, 0.6]], np.float32)))
    for index in range(20):
        gate.detect(_scene(), 100 + index / 10)
    gate.detect(_scene((155, 50, 30, 80)), 102.0)

    assert len(gate.detect(_scene(), 50.0)) == 0


def test_a_camera_that_changes_its_resolution_goes_on() -> None:
    """A new picture size starts the memory anew."""
    gate = MotionGate(Fixed(np.array([[10, 10, 30, 60, 0.6]], np.float32)))
    gate.detect(_scene(), 0.0)

    assert gate.detect(_scene()[:120, :160], 0.1).shape[1] == 5


def test_a_box_that_is_where_none_was_passes_between_two_looks() -> None:
    """Who sets off is let through in the same picture, though no look at motion was due."""
    detector = Fixed(np.array([[130, 40, 170, 140, 0.6]], np.float32))
    gate = MotionGate(detector)
    for index in range(21):
        gate.detect(_scene(), index / 10)
    detector.boxes = np.array([[150, 40, 190, 140, 0.6]], np.float32)

    assert len(gate.detect(_scene((155, 50, 30, 80)), 2.1)) == 1


def test_fewer_looks_at_motion_keep_the_same_boxes() -> None:
    """Of people who walk, stop, and of things that never move, the same ones pass."""
    detectors = [Fixed(np.empty((0, 5), np.float32)) for _ in range(2)]
    always, seldom = MotionGate(detectors[0], look_s=0.0), MotionGate(detectors[1])
    still = [20.0, 40, 60, 140, 0.65]

    for index in range(150):
        left_px = 100 + min(max(index - 20, 0), 60) * 2  # walks for six seconds, then stands
        walker = [left_px - 5, 40.0, left_px + 35, 140, 0.5]
        for detector in detectors:
            detector.boxes = np.array([still, walker][: 1 + (index >= 20)], np.float32)
        image = _scene((left_px, 50, 30, 80)) if index >= 20 else _scene()

        expected = always.detect(image, index / 10)

        assert seldom.detect(image, index / 10) == pytest.approx(expected)


def test_motion_is_looked_at_twice_a_second_while_nothing_depends_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sure boxes need no motion, and what did not move a moment ago need not be asked again."""
    looks, look = [], MotionMask.look

    def counted(mask: MotionMask, image: Image) -> tuple[Image, float]:
        looks.append(1)
        return look(mask, image)

    monkeypatch.setattr(MotionMask, "look", counted)
    sure, still = [20, 40, 60, 140, 0.75], [150, 40, 190, 140, 0.6]
    gate = MotionGate(Fixed(np.array([sure, still], np.float32)))
    for index in range(10):  # the first pictures, of which each counts
        gate.detect(_scene(), index / 10)
    looks.clear()

    for index in range(10, 60):
        gate.detect(_scene(), index / 10)

    assert len(looks) == 10

from dataclasses import replace

import numpy as np

from tracker.detection.key_frames import KeyFrames, box_around, is_new
from tracker.types import NO_BOXES, Float32, Frame, Image

PICTURE = np.zeros((300, 400, 3), np.uint8)
WALKER = [100, 100, 140, 200]
OTHER = [250, 100, 290, 200]


class Sights:
    """A detector that reports the boxes it was given, and counts how often it was asked."""

    def __init__(self, *boxes: list[float]) -> None:
        self.boxes = np.array(boxes, np.float32).reshape(-1, 5)
        self.asked = 0

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- always the same
        self.asked += 1
        return self.boxes


def _frame(seq: int = 0) -> Frame:
    return Frame("gate", "s", seq, seq / 10, 400, 300, PICTURE)


def _boxes(*boxes: list[float]) -> Float32:
    return np.array(boxes, np.float32).reshape(-1, 4)


def test_between_key_frames_only_the_expected_are_sought() -> None:
    """With interval 3 the detector works at every third frame; the followed are sought always."""
    sights = Sights([*WALKER, 0.9])
    where = KeyFrames(sights, lambda: 3)
    expected = _boxes(WALKER)

    places = [where.places(_frame(seq), expected) for seq in range(7)]

    assert [len(place.found) for place in places] == [1, 0, 0, 1, 0, 0, 1]
    assert [len(place.missed) for place in places] == [0, 1, 1, 0, 1, 1, 0]
    assert sights.asked == 3


def test_who_is_new_is_seen_in_two_frames_running() -> None:
    """A person begins with two frames: a key frame that shows a newcomer brings another one."""
    sights = Sights([*WALKER, 0.9])
    where = KeyFrames(sights, lambda: 5)

    found = [len(where.places(_frame(0), NO_BOXES).found)]
    found += [len(where.places(_frame(seq), _boxes(WALKER)).found) for seq in range(1, 5)]

    assert found == [1, 1, 0, 0, 0]


def test_at_low_rates_the_whole_picture_is_searched_all_the_same() -> None:
    """On a loaded machine frames lie far apart: nobody may stay unseen for three of them."""
    sights = Sights([*WALKER, 0.9])
    where = KeyFrames(sights, lambda: 3)

    for number in range(6):
        where.places(_frame(10 * number), _boxes(WALKER))

    assert sights.asked == 6


def test_the_interval_may_change_at_any_frame() -> None:
    """A load regulator that relents has the whole picture searched at once."""
    sights = Sights([*WALKER, 0.9])
    interval = 4
    where = KeyFrames(sights, lambda: interval)
    expected = _boxes(WALKER)
    asked = []

    for seq in range(6):
        interval = 4 if seq < 3 else 1
        where.places(_frame(seq), expected)
        asked.append(sights.asked)

    assert asked == [1, 1, 1, 2, 3, 4]


def test_whom_the_detector_misses_is_sought_where_expected() -> None:
    """Each expected person needs a box of her own: one box does not stand for two people."""
    beside = [110, 100, 150, 200]

    places = KeyFrames(Sights([*WALKER, 0.9])).places(_frame(), _boxes(beside, WALKER))

    np.testing.assert_array_equal(places.found[:, :4], _boxes(WALKER))
    np.testing.assert_array_equal(places.missed, _boxes(beside))


def test_who_has_left_the_picture_is_not_sought() -> None:
    """An expectation whose middle lies outside the picture is no place to look at."""
    places = KeyFrames(Sights()).places(_frame(), _boxes([-60, 100, 20, 200], [-20, 100, 60, 200]))

    np.testing.assert_array_equal(places.missed, _boxes([-20, 100, 60, 200]))


def test_a_weak_box_counts_only_where_somebody_is_expected() -> None:
    """Nobody can begin with it, so that its pose would be worked out for nothing."""
    places = KeyFrames(Sights([*WALKER, 0.3], [*OTHER, 0.4])).places(_frame(), _boxes(OTHER))

    np.testing.assert_array_equal(places.found[:, :4], _boxes(OTHER))


def test_boxes_come_best_first() -> None:
    """Whatever the detector's order is, the surest box is looked at first."""
    places = KeyFrames(Sights([*WALKER, 0.6], [*OTHER, 0.9])).places(_frame(), NO_BOXES)

    np.testing.assert_array_equal(places.found[:, 4], np.array([0.9, 0.6], np.float32))


def _standing(left_px: float = 100.0, top_px: float = 50.0) -> Float32:
    """A body of 100 px, seen from the front."""
    x = [0, 3, -3, 6, -6, 15, -15, 20, -20, 22, -22, 9, -9, 9, -9, 9, -9]
    y = [8, 5, 5, 7, 7, 22, 22, 38, 38, 52, 52, 52, 52, 76, 76, 100, 100]
    points = np.stack([np.array(x) + left_px, np.array(y) + top_px, np.ones(17)], axis=1)
    return points.astype(np.float32)


def test_a_box_holds_the_body_and_its_outline() -> None:
    """Skull and feet reach beyond the joints."""
    left, top, right, bottom = box_around(_standing())

    assert (left, right) == (78 - 0.075 * 95, 122 + np.float32(0.072 * 95))
    assert top < 55 - 5 < 150 + 5 < bottom


def test_the_same_body_twice_is_one_body() -> None:
    """The pose of somebody hidden that fell upon the one who hides is not told twice."""
    here, beside = _standing(), _standing(left_px=130)

    assert not is_new(_standing(left_px=104), [beside, here])
    assert is_new(beside, [here])
    assert is_new(here, [])


def test_a_faint_box_is_looked_at_only_where_nothing_plainer_shows_the_person() -> None:
    """Of two people expected, one has a plain box: the faint one beside it is no second look."""
    faint = [[edge + 2 for edge in box] + [0.1] for box in (WALKER, OTHER, [0, 0, 40, 100])]
    sights = Sights([*WALKER, 0.6], *faint)

    places = KeyFrames(sights).places(_frame(), _boxes(WALKER, OTHER))

    assert places.found[:, 0].tolist() == [WALKER[0], OTHER[0] + 2]
    assert not len(places.missed)


def test_a_picture_in_which_nobody_was_is_not_searched_again() -> None:
    """Unless it changes, or a second has passed: nobody lies unseen for longer than that."""
    sights = Sights()
    where = KeyFrames(sights, sparing=True)
    spared = [where.places(_frame(seq), NO_BOXES).spared for seq in range(12)]

    assert spared == ["", *["unchanged"] * 9, "", "unchanged"]
    changed = replace(_frame(12), image=np.full_like(PICTURE, 90))
    assert where.places(changed, NO_BOXES).searched


def test_a_picture_with_somebody_unsure_is_searched_again() -> None:
    """Whom the detector half sees may be somebody: a still picture is no reason to stop looking."""
    sights = Sights([*WALKER, 0.3])
    where = KeyFrames(sights, sparing=True)

    assert all(where.places(_frame(seq), NO_BOXES).searched for seq in range(5))


def test_why_a_frame_was_not_searched_is_said() -> None:
    """The load of the machine, here."""
    where = KeyFrames(Sights([*WALKER, 0.9]), lambda: 3)

    spared = [where.places(_frame(seq), _boxes(WALKER)).spared for seq in range(4)]

    assert spared == ["", "load", "load", ""]
